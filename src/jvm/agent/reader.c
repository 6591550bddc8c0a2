#include "jvm/agent/reader.h"

#include "jvm/agent/rt_string.h"
#include "jvm/agent/sql.h"

static const struct {
	const char *name;
	enum reader_kind kind;
} kinds[] = {
	{ "sql-verb", READER_SQL_VERB },
	{ "sql-tables", READER_SQL_TABLES },
	{ "mysql-verb", READER_MYSQL_VERB },
	{ "mysql-tables", READER_MYSQL_TABLES },
	{ "url", READER_URL },
};

/* --- parsing: names are cut out of r->words in place ------------------------------------------ */

struct parser {
	struct reader *r;
	char *at;
};

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$';
}

static void skip_blanks(struct parser *p)
{
	while (*p->at == ' ')
		p->at++;
}

static bool take(struct parser *p, const char *mark)
{
	size_t n = strlen(mark);

	if (strncmp(p->at, mark, n) != 0)
		return false;
	p->at += n;
	return true;
}

static bool take_number(struct parser *p, int *ret)
{
	int n = 0;

	if (*p->at < '0' || *p->at > '9')
		return false;
	for (; *p->at >= '0' && *p->at <= '9'; p->at++) {
		n = n * 10 + (*p->at - '0');
		if (n > 255)
			return false;
	}
	*ret = n;
	return true;
}

static struct reader_step *new_step(struct parser *p, enum reader_step_kind kind)
{
	struct reader_step *s;

	if (p->r->steps_n == READER_STEPS_MAX)
		return NULL;
	s = &p->r->steps[p->r->steps_n++];
	*s = (struct reader_step){ .kind = kind, .number = -1 };
	return s;
}

static bool parse_element(struct parser *p)
{
	struct reader_step *s;

	if (take(p, "*]"))
		return new_step(p, READER_EACH) != NULL;
	s = new_step(p, READER_ELEMENT);
	return s && take_number(p, &s->number) && take(p, "]");
}

/* The name is ended in place only when what follows it has been seen. */
static bool parse_member(struct parser *p)
{
	struct reader_step *s = new_step(p, READER_FIELD);
	char *end;

	if (!s)
		return false;
	s->name = p->at;
	while (is_name(*p->at))
		p->at++;
	end = p->at;
	if (end == s->name)
		return false;
	if (take(p, "()")) {
		s->kind = READER_METHOD;
	} else if (take(p, "(\"")) {
		s->kind = READER_ASK;
		s->text = p->at;
		while (*p->at && *p->at != '"')
			p->at++;
		if (strncmp(p->at, "\")", 2) != 0)
			return false;
		*p->at = '\0';
		p->at += 2;
	}
	s->number = (int)(end - p->r->words); /* where the name ends: see end_names */
	return true;
}

static bool parse_term(struct parser *p)
{
	struct reader_step *s;

	skip_blanks(p);
	s = new_step(p, READER_START);
	if (!s || !(take(p, "this") || take_number(p, &s->number)))
		return false;
	for (;;) {
		if (take(p, ".")) {
			if (!parse_member(p))
				return false;
		} else if (take(p, "[")) {
			if (!parse_element(p))
				return false;
		} else {
			break;
		}
	}
	skip_blanks(p);
	return true;
}

static enum reader_kind parse_kind(struct parser *p)
{
	char *start = p->at;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (take(p, kinds[i].name) && take(p, ":"))
			return kinds[i].kind;
		p->at = start;
	}
	return READER_PLAIN;
}

static bool parse_path(struct parser *p)
{
	struct reader_path *path;

	if (p->r->paths_n == READER_PATHS_MAX)
		return false;
	path = &p->r->paths[p->r->paths_n++];
	skip_blanks(p);
	if (take(p, "stack")) {
		*path = (struct reader_path){ .kind = READER_STACK };
		skip_blanks(p);
		return true;
	}
	*path = (struct reader_path){ .kind = parse_kind(p), .first = p->r->steps_n };
	do
		if (!parse_term(p))
			return false;
	while (take(p, "+"));
	path->n = p->r->steps_n - path->first;
	return true;
}

static void end_names(struct reader *r)
{
	for (unsigned i = 0; i < r->steps_n; i++)
		if (r->steps[i].name)
			r->words[r->steps[i].number] = '\0';
}

bool reader_parse(const char *text, struct reader *ret)
{
	struct parser p = { .r = ret, .at = ret->words };

	if (strlen(text) > READER_TEXT_MAX)
		return false;
	memset(ret, 0, sizeof(*ret));
	rt_copy(ret->words, sizeof(ret->words), text);
	do
		if (!parse_path(&p))
			return false;
	while (take(&p, "|"));
	if (*p.at)
		return false;
	end_names(ret);
	return true;
}

/* --- values of a text ------------------------------------------------------------------------ */

struct values {
	reader_test *test;
	void *ctx;
};

static bool test_part(const struct values *v, const char *part, size_t len)
{
	char value[READER_VALUE_MAX];

	if (len >= sizeof(value))
		len = sizeof(value) - 1;
	memcpy(value, part, len);
	value[len] = '\0';
	return v->test(v->ctx, value);
}

static bool test_table(void *ctx, const char *name, size_t len)
{
	return test_part(ctx, name, len);
}

static bool test_verb(const struct values *v, const struct sql *sql)
{
	const char *verb;
	size_t len;

	return sql_verb(sql, &verb, &len) && test_part(v, verb, len);
}

/* "http://a:80/b?c" is tested as "http://a:80/b" and as "/b". */
static bool test_url(const struct values *v, const char *text, size_t len)
{
	size_t n = 0, path = 0;

	while (n < len && text[n] != '?' && text[n] != '#')
		n++;
	if (test_part(v, text, n))
		return true;
	while (path + 2 < n && memcmp(text + path, "://", 3) != 0)
		path++;
	if (path + 2 >= n)
		return false;
	for (path += 3; path < n && text[path] != '/';)
		path++;
	return path < n ? test_part(v, text + path, n - path) : test_part(v, "/", 1);
}

bool reader_values(
	enum reader_kind kind, const char *text, size_t len, reader_test *test, void *ctx)
{
	struct values v = { test, ctx };
	const struct sql sql = { text, len,
		kind == READER_MYSQL_VERB || kind == READER_MYSQL_TABLES };

	switch (kind) {
	case READER_SQL_VERB:
	case READER_MYSQL_VERB:
		return test_verb(&v, &sql);
	case READER_SQL_TABLES:
	case READER_MYSQL_TABLES:
		return sql_tables(&sql, test_table, &v);
	case READER_URL:
		return test_url(&v, text, len);
	default:
		return test_part(&v, text, len);
	}
}
