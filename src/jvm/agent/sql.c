#include "jvm/agent/sql.h"

#define DEPTH_MAX 32

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* keyword, name or number */
	TOKEN_QUOTED, /* a name in quotes; start and len are what is inside */
	TOKEN_LITERAL,
	TOKEN_MARK, /* one character */
};

struct token {
	enum token_kind kind;
	const char *start;
	size_t len;
};

/* How far the reading has come. */
struct scan {
	const struct sql *sql;
	size_t at;
};

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool word_is(const struct token *t, const char *keyword)
{
	size_t i = 0;

	if (t->kind != TOKEN_WORD)
		return false;
	for (; i < t->len && keyword[i]; i++)
		if (lower(t->start[i]) != keyword[i])
			return false;
	return i == t->len && !keyword[i];
}

/* One of the blank-separated keywords. */
static bool word_in(const struct token *t, const char *keywords)
{
	size_t i;

	if (t->kind != TOKEN_WORD)
		return false;
	while (*keywords) {
		for (i = 0; i < t->len && keywords[i] == lower(t->start[i]); i++)
			;
		if (i == t->len && (keywords[i] == ' ' || !keywords[i]))
			return true;
		while (*keywords && *keywords != ' ')
			keywords++;
		while (*keywords == ' ')
			keywords++;
	}
	return false;
}

static bool mark_is(const struct token *t, char c)
{
	return t->kind == TOKEN_MARK && *t->start == c;
}

static char peek(const struct scan *s, size_t ahead)
{
	return s->sql->len - s->at > ahead ? s->sql->text[s->at + ahead] : '\0';
}

static void skip_line(struct scan *s)
{
	while (s->at < s->sql->len && s->sql->text[s->at] != '\n')
		s->at++;
}

static void skip_comment(struct scan *s)
{
	for (s->at += 2; s->at < s->sql->len; s->at++) {
		if (peek(s, 0) == '*' && peek(s, 1) == '/') {
			s->at += 2;
			return;
		}
	}
}

static void skip_blank(struct scan *s)
{
	while (s->at < s->sql->len) {
		char c = peek(s, 0);

		if (c == ' ' || (c >= '\t' && c <= '\r'))
			s->at++;
		else if ((c == '-' && peek(s, 1) == '-') || (c == '#' && s->sql->backslash))
			skip_line(s);
		else if (c == '/' && peek(s, 1) == '*')
			skip_comment(s);
		else
			return;
	}
}

/* Behind the opening quote; a doubled quote stands for itself and stays doubled. */
static void quoted(struct scan *s, char quote, struct token *ret)
{
	const char *text = s->sql->text;

	ret->start = text + ++s->at;
	while (s->at < s->sql->len) {
		char c = text[s->at];

		if (c == '\\' && s->sql->backslash && quote != '`') {
			s->at += peek(s, 1) ? 2 : 1;
			continue;
		}
		if (c == quote && peek(s, 1) != quote)
			break;
		s->at += c == quote ? 2 : 1;
	}
	if (s->at > s->sql->len)
		s->at = s->sql->len;
	ret->len = (size_t)(text + s->at - ret->start);
	if (s->at < s->sql->len)
		s->at++;
}

/* $tag$ ... $tag$ of PostgreSQL: true when there is one here. */
static bool dollar_quoted(struct scan *s, struct token *ret)
{
	const char *text = s->sql->text;
	size_t tag = 1, end;

	while (is_word(peek(s, tag)) && peek(s, tag) != '$')
		tag++;
	if (s->sql->backslash || peek(s, tag) != '$')
		return false;
	tag++;
	for (end = s->at + tag; end + tag <= s->sql->len; end++) {
		size_t i = 0;

		while (i < tag && text[end + i] == text[s->at + i])
			i++;
		if (i == tag)
			break;
	}
	ret->kind = TOKEN_LITERAL;
	s->at = end + tag <= s->sql->len ? end + tag : s->sql->len;
	return true;
}

static struct token next(struct scan *s)
{
	struct token t = { .kind = TOKEN_END };
	char c;

	skip_blank(s);
	if (s->at >= s->sql->len)
		return t;
	c = s->sql->text[s->at];
	t.start = s->sql->text + s->at;
	if (c == '\'' || c == '"' || c == '`') {
		t.kind = c == '\'' ? TOKEN_LITERAL : TOKEN_QUOTED;
		quoted(s, c, &t);
		return t;
	}
	if (c == '$' && dollar_quoted(s, &t))
		return t;
	t.kind = is_word(c) ? TOKEN_WORD : TOKEN_MARK;
	do
		s->at++;
	while (t.kind == TOKEN_WORD && s->at < s->sql->len && is_word(s->sql->text[s->at]));
	t.len = (size_t)(s->sql->text + s->at - t.start);
	return t;
}

bool sql_verb(const struct sql *sql, const char **ret, size_t *ret_len)
{
	struct scan s = { .sql = sql };
	struct token t = next(&s);
	int depth = 0;

	while (mark_is(&t, '(') || mark_is(&t, ';'))
		t = next(&s);
	if (word_is(&t, "with")) {
		while (t.kind != TOKEN_END) {
			depth += mark_is(&t, '(') - mark_is(&t, ')');
			if (depth <= 0 && word_in(&t, "select insert update delete replace merge"))
				break;
			t = next(&s);
		}
	}
	if (t.kind != TOKEN_WORD)
		return false;
	*ret = t.start;
	*ret_len = t.len;
	return true;
}

/* --- tables ---------------------------------------------------------------------------------- */

struct tables {
	struct scan scan;
	struct token last, now;
	unsigned depth;
	bool query[DEPTH_MAX]; /* a statement stands between these parentheses */
	bool list[DEPTH_MAX];  /* a comma here is followed by one more table */
	bool (*each)(void *ctx, const char *name, size_t len);
	void *ctx;
};

static void advance(struct tables *t)
{
	t->last = t->now;
	t->now = next(&t->scan);
}

static bool is_name(const struct token *t)
{
	return (t->kind == TOKEN_WORD && !(*t->start >= '0' && *t->start <= '9')) ||
	       (t->kind == TOKEN_QUOTED && t->len);
}

/* The name that begins at `now`, with what qualifies it. */
static bool table_name(struct tables *t, bool function_too)
{
	char name[2 * SQL_NAME_MAX + 2];
	size_t len = 0, last = 0;
	bool more;

	do {
		if (!is_name(&t->now) || t->now.len > SQL_NAME_MAX - len)
			return false;
		last = len;
		for (size_t i = 0; i < t->now.len; i++)
			name[len++] = t->now.start[i];
		advance(t);
		more = mark_is(&t->now, '.');
		if (more) {
			if (len + 1 >= SQL_NAME_MAX)
				return false;
			name[len++] = '.';
			advance(t);
		}
	} while (more);
	if (!function_too && mark_is(&t->now, '('))
		return false;
	return t->each(t->ctx, name + last, len - last) || (last && t->each(t->ctx, name, len));
}

/* FROM, JOIN, INTO, UPDATE, TABLE, a comma: is it one that a table follows here? */
static bool before_table(const struct tables *t)
{
	if (!t->query[t->depth])
		return false; /* extract(year FROM x) */
	if (mark_is(&t->now, ','))
		return t->list[t->depth];
	if (word_is(&t->now, "from"))
		return !word_is(&t->last, "distinct"); /* IS DISTINCT FROM */
	if (word_is(&t->now, "update"))
		return !word_in(&t->last, "for key on do");
	if (word_is(&t->now, "replace") || word_is(&t->now, "insert"))
		return t->last.kind == TOKEN_END || mark_is(&t->last, ';') ||
		       mark_is(&t->last, ')') || mark_is(&t->last, '(');
	return word_in(&t->now, "join into table truncate using");
}

static void parenthesis(struct tables *t)
{
	advance(t);
	if (t->depth + 1 < DEPTH_MAX)
		t->depth++;
	t->query[t->depth] = word_in(&t->now, "select with insert update delete") ||
			     mark_is(&t->now, '(');
	t->list[t->depth] = false;
}

static bool tables_behind(struct tables *t)
{
	bool list = mark_is(&t->now, ',') || word_in(&t->now, "from join update");

	do
		advance(t);
	while (word_in(&t->now, "if not exists low_priority high_priority delayed ignore quick "
				"only lateral into table from"));
	if (list)
		t->list[t->depth] = true;
	return table_name(t, !list);
}

static bool table_step(struct tables *t)
{
	if (mark_is(&t->now, '(')) {
		parenthesis(t);
		return false;
	}
	if (mark_is(&t->now, ')') && t->depth)
		t->depth--;
	else if (word_in(&t->now, "where set group order having limit union values select window "
				  "returning for"))
		t->list[t->depth] = false;
	else if (before_table(t))
		return tables_behind(t);
	advance(t);
	return false;
}

bool sql_tables(
	const struct sql *sql, bool (*each)(void *ctx, const char *name, size_t len), void *ctx)
{
	struct tables t = { .scan = { .sql = sql }, .each = each, .ctx = ctx };

	t.query[0] = true;
	advance(&t);
	while (t.now.kind != TOKEN_END)
		if (table_step(&t))
			return true;
	return false;
}
