/* Patterns of names. */
#include "dns/pattern.h"

#include <string.h>

/* What stands in the text of a glob beside literal octets. */
enum {
	GLOB_STAR = 1,
	GLOB_ONE,
	GLOB_SET, /* number of ranges, 1 when negated, then first and last of each */
	GLOB_QUOTE,
	GLOB_OPS,
};

struct parser {
	const char *at;
	uint8_t plain[PATTERN_MAX + 1]; /* the literal octets alone */
	uint8_t glob[PATTERN_MAX + 1];
	size_t n_plain, n_glob;
	size_t stars, others;	    /* how many of them */
	bool star_first, star_last; /* a star is what it begins, ends with */
	bool dot_last;		    /* an unescaped dot is what it ends with */
};

static bool parser_add(struct parser *p, uint8_t octet)
{
	if (p->n_glob < PATTERN_MAX)
		p->glob[p->n_glob++] = octet;
	else
		return false;
	return true;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
}

static bool parser_literal(struct parser *p, uint8_t octet)
{
	if (p->n_plain == PATTERN_MAX)
		return false;
	octet = lower(octet);
	p->plain[p->n_plain++] = octet;
	p->star_last = false;
	return (octet >= GLOB_OPS || parser_add(p, GLOB_QUOTE)) && parser_add(p, octet);
}

/* Behind a backslash. */
static bool parser_escape(struct parser *p, uint8_t *ret)
{
	unsigned value = 0;

	if (!*p->at)
		return false;
	if (*p->at < '0' || *p->at > '9') {
		*ret = *p->at == '.' ? 0 : (uint8_t)*p->at; /* as in struct dns_name */
		p->at++;
		return true;
	}
	for (int i = 0; i < 3; i++, p->at++) {
		if (*p->at < '0' || *p->at > '9')
			return false;
		value = value * 10 + (unsigned)(*p->at - '0');
	}
	*ret = value == '.' ? 0 : (uint8_t)value;
	return value < 256;
}

static bool parser_set_octet(struct parser *p, uint8_t *ret)
{
	char c = *p->at;

	if (!c)
		return false;
	p->at++;
	if (c == '\\')
		return parser_escape(p, ret);
	*ret = (uint8_t)c;
	return true;
}

/* Behind "[". false: it never closes, or holds nothing. */
static bool parser_set(struct parser *p)
{
	size_t head = p->n_glob;
	uint8_t ranges = 0;
	bool negated = *p->at == '!' || *p->at == '^';

	p->at += negated;
	if (!parser_add(p, GLOB_SET) || !parser_add(p, 0) || !parser_add(p, negated))
		return false;
	do {
		uint8_t first, last;

		if (!parser_set_octet(p, &first))
			return false;
		last = first;
		if (p->at[0] == '-' && p->at[1] && p->at[1] != ']') {
			p->at++;
			if (!parser_set_octet(p, &last))
				return false;
		}
		if (!parser_add(p, lower(first)) || !parser_add(p, lower(last)))
			return false;
		ranges++;
	} while (*p->at != ']');
	p->at++;
	p->glob[head + 1] = ranges;
	p->others++;
	p->star_last = false;
	return true;
}

static bool parser_star(struct parser *p)
{
	if (p->star_last) /* ** is * */
		return true;
	if (p->n_glob == 0)
		p->star_first = true;
	p->star_last = true;
	p->stars++;
	return parser_add(p, GLOB_STAR);
}

static bool parser_next(struct parser *p)
{
	char c = *p->at++;
	uint8_t octet = (uint8_t)c;

	p->dot_last = c == '.';
	switch (c) {
	case '*':
		return parser_star(p);
	case '?':
		p->others++;
		p->star_last = false;
		return parser_add(p, GLOB_ONE);
	case '[':
		return parser_set(p);
	case '\\':
		return parser_escape(p, &octet) && parser_literal(p, octet);
	default:
		return parser_literal(p, octet);
	}
}

/* Labels of 1 to 63 octets with a dot behind each, or the root. */
static bool is_name(const uint8_t *text, size_t len)
{
	size_t label = 0;

	if (len == 1 && text[0] == '.')
		return true;
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '.') {
			label++;
			continue;
		}
		if (label == 0 || label > 63)
			return false;
		label = 0;
	}
	return len > 0 && len < DNS_NAME_MAX;
}

static void pattern_take(
	struct pattern *ret, enum pattern_kind kind, const uint8_t *text, size_t len)
{
	ret->kind = (uint8_t)kind;
	ret->len = (uint8_t)len;
	memcpy(ret->text, text, len);
}

static int pattern_literal(
	const struct parser *p, const char *text, struct pattern *ret, struct err *e)
{
	bool below = p->n_plain > 1 && p->plain[0] == '.';

	if (!is_name(p->plain + below, p->n_plain - below) || (below && p->n_plain == 2))
		return err_set(e, ERR_INVALID, 0,
			"pattern `%.100s`: no name: a label is empty or longer than 63 octets, or "
			"all is longer than 254",
			text);
	pattern_take(
		ret, below ? PATTERN_BELOW : PATTERN_EXACT, p->plain + below, p->n_plain - below);
	return 0;
}

/* With a wildcard in it. */
static void pattern_wild(const struct parser *p, struct pattern *ret)
{
	bool all = p->n_plain == 0 || (p->star_first && p->dot_last && p->n_plain == 1);

	if (p->stars != 1 || p->others > 0 || !(p->star_first || p->star_last))
		pattern_take(ret, PATTERN_GLOB, p->glob, p->n_glob);
	else if (all)
		pattern_take(ret, PATTERN_ALL, p->plain, 0);
	else
		pattern_take(
			ret, p->star_last ? PATTERN_PREFIX : PATTERN_SUFFIX, p->plain, p->n_plain);
}

/* Lower case, when there is nothing but letters of a name in it. */
static bool copy_plain(const char *text, size_t len, struct pattern *ret)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c == '*' || c == '?' || c == '[' || c == '\\')
			return false;
		ret->text[i] = lower(c);
	}
	if (ret->kind != PATTERN_PREFIX && ret->text[len - 1] != '.')
		ret->text[len++] = '.';
	ret->len = (uint8_t)len;
	return true;
}

/*
 * The same in one pass for what most patterns are: names, and those with one star at an end. false:
 * it is not one of these, or not right.
 */
static bool pattern_simple(const char *text, struct pattern *ret)
{
	size_t len = strlen(text);
	bool head = text[0] == '*', tail = text[len - 1] == '*', below = text[0] == '.';

	if (len < 3 || len >= PATTERN_MAX || (tail && (head || below)))
		return false;
	ret->kind = head    ? PATTERN_SUFFIX
		    : tail  ? PATTERN_PREFIX
		    : below ? PATTERN_BELOW
			    : PATTERN_EXACT;
	if (!copy_plain(text + (head || below), len - (head || below) - tail, ret))
		return false;
	return head || tail || is_name(ret->text, ret->len);
}

static void parser_begin(struct parser *p, const char *text)
{
	p->at = text;
	p->n_plain = p->n_glob = p->stars = p->others = 0;
	p->star_first = p->star_last = p->dot_last = false;
}

int pattern_parse(const char *text, struct pattern *ret, struct err *e)
{
	struct parser p;

	if (!*text)
		return err_set(e, ERR_INVALID, 0, "pattern: empty (`*` is every name)");
	if (pattern_simple(text, ret))
		return 0;
	parser_begin(&p, text);
	while (*p.at)
		if (!parser_next(&p))
			return err_set(e, ERR_INVALID, 0,
				"pattern `%.100s`: longer than %d octets, a `[` that is not "
				"closed, or a `\\` with no octet behind it",
				text, PATTERN_MAX);
	if (!p.dot_last && !p.star_last && !parser_literal(&p, '.'))
		return err_set(e, ERR_INVALID, 0, "pattern `%.100s`: longer than %d octets", text,
			PATTERN_MAX);
	if (p.stars + p.others == 0)
		return pattern_literal(&p, text, ret, e);
	if (p.n_plain > 0 && p.plain[0] == '.' && p.glob[0] == '.')
		return err_set(e, ERR_INVALID, 0,
			"pattern `%.100s`: no name begins with a dot, and `.domain` takes no "
			"wildcards",
			text);
	pattern_wild(&p, ret);
	return 0;
}

/* --- matching --------------------------------------------------------------------------------- */

/* How long the step is when it takes this octet, else 0. */
static size_t glob_step(const uint8_t *glob, uint8_t octet)
{
	switch (glob[0]) {
	case GLOB_ONE:
		return 1;
	case GLOB_QUOTE:
		return glob[1] == octet ? 2 : 0;
	case GLOB_SET:
		for (unsigned i = 0; i < glob[1]; i++)
			if (glob[3 + 2 * i] <= octet && octet <= glob[4 + 2 * i])
				return glob[2] ? 0 : 3u + 2 * glob[1];
		return glob[2] ? 3u + 2 * glob[1] : 0;
	default:
		return glob[0] == octet;
	}
}

static bool glob_matches(const struct pattern *p, const struct dns_name *name)
{
	size_t at = 0, behind_star = 0, octet = 0, retry = 0;

	while (octet < name->len) {
		size_t step;

		if (at < p->len && p->text[at] == GLOB_STAR) {
			behind_star = ++at;
			retry = octet;
			continue;
		}
		step = at < p->len ? glob_step(p->text + at, name->text[octet]) : 0;
		if (step > 0) {
			at += step;
			octet++;
			continue;
		}
		if (behind_star == 0)
			return false;
		at = behind_star;
		octet = ++retry;
	}
	while (at < p->len && p->text[at] == GLOB_STAR)
		at++;
	return at == p->len;
}

static bool ends_with(const struct dns_name *name, const struct pattern *p)
{
	return name->len >= p->len && memcmp(name->text + name->len - p->len, p->text, p->len) == 0;
}

bool pattern_matches(const struct pattern *p, const struct dns_name *name)
{
	switch (p->kind) {
	case PATTERN_ALL:
		return true;
	case PATTERN_EXACT:
		return name->len == p->len && memcmp(name->text, p->text, p->len) == 0;
	case PATTERN_PREFIX:
		return name->len >= p->len && memcmp(name->text, p->text, p->len) == 0;
	case PATTERN_SUFFIX:
		return ends_with(name, p);
	case PATTERN_BELOW:
		return ends_with(name, p) &&
		       (name->len == p->len || name->text[name->len - p->len - 1] == '.');
	default:
		return glob_matches(p, name);
	}
}

size_t pattern_run(const struct pattern *p, size_t *at, uint8_t ret[static PATTERN_MAX])
{
	size_t n = 0, i = *at;

	while (i < p->len) {
		uint8_t op = p->text[i];

		if (op >= GLOB_OPS || op == GLOB_QUOTE) {
			i += op == GLOB_QUOTE;
			ret[n++] = p->text[i++];
			continue;
		}
		if (n > 0)
			break;
		i += op == GLOB_SET ? 3u + 2 * p->text[i + 1] : 1;
	}
	*at = i;
	return n;
}
