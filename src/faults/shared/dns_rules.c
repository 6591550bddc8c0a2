/* The rules of a DNS fault. */
#include "faults/shared/dns_rules.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"

enum { DNS_PORT = 53 };

static const struct dns_client anybody = { .kind = DNS_CLIENT_ANY };

/* --- from parameters -------------------------------------------------------------------------- */

static int take_patterns(struct dns_rules *r, const char *text, struct err *e)
{
	int result = words_split(text != NULL ? text : "", ',', &r->patterns, e);

	if (result < 0)
		return result;
	if (text != NULL && r->patterns.n == 0)
		return err_illegal(e, "patterns", text, "names separated by commas; * for all");
	r->pattern_texts = calloc(r->patterns.n + 1, sizeof(*r->pattern_texts));
	if (r->pattern_texts == NULL)
		return err_set(e, ERR_NOMEM, 0, "patterns");
	for (size_t i = 0; i < r->patterns.n; i++) {
		struct pattern ignored;
		struct err why = { 0 };

		if (pattern_parse(r->patterns.v[i], &ignored, &why) < 0)
			return err_illegal(e, "patterns", r->patterns.v[i], why.msg);
		r->pattern_texts[i] = r->patterns.v[i];
	}
	r->spec.patterns = r->pattern_texts;
	r->spec.n_patterns = r->patterns.n;
	return 0;
}

static bool is_address(const char *text)
{
	uint8_t a[16];

	return inet_pton(AF_INET, text, a) == 1 || inet_pton(AF_INET6, text, a) == 1;
}

static bool is_named(const struct dns_rules *r, const char *name)
{
	for (size_t i = 0; i < r->patterns.n; i++)
		if (strcasecmp(r->patterns.v[i], name) == 0)
			return true;
	for (size_t i = 0; i < r->spec.n_maps; i++)
		if (strcasecmp(r->maps[i].pattern, name) == 0)
			return true;
	return false;
}

/*
 * A fault for all names would cut off who ordered it: those that the agent protects (its console's)
 * are spared, also with a search domain behind them, unless they are what is asked for.
 */
static int take_protected(struct dns_rules *r, struct err *e)
{
	const char *text = getenv("GALE_PROTECT_NAMES");
	autowords struct words names = { 0 };
	int result = words_split(text != NULL ? text : "", ',', &names, e);

	for (size_t i = 0; i < names.n && result == 0; i++) {
		char spared[DNS_NAME_MAX + 2];
		int n = snprintf(spared, sizeof(spared), "%s.*", names.v[i]);

		if (n < (int)sizeof(spared) && !is_address(names.v[i]) && !is_named(r, names.v[i]))
			result = words_add(&r->spared_texts, spared, (size_t)n, e);
	}
	return result;
}

static int take_spared(struct dns_rules *r, const char *text, struct err *e)
{
	int result = words_split(text != NULL ? text : "", ',', &r->spared_texts, e);

	if (result == 0)
		result = take_protected(r, e);
	if (result < 0)
		return result;
	r->spared = calloc(r->spared_texts.n + 1, sizeof(*r->spared));
	if (r->spared == NULL)
		return err_set(e, ERR_NOMEM, 0, "patterns");
	for (; r->n_spared < r->spared_texts.n; r->n_spared++) {
		struct err why = { 0 };

		if (pattern_parse(r->spared_texts.v[r->n_spared], &r->spared[r->n_spared], &why) <
			0)
			return err_illegal(
				e, "exclude-patterns", r->spared_texts.v[r->n_spared], why.msg);
	}
	return 0;
}

static int take_types(struct dns_rules *r, const char *text, struct err *e)
{
	int result = words_split(text != NULL ? text : "", ',', &r->types, e);

	if (result < 0)
		return result;
	if (r->types.n > DNS_TYPES_MAX)
		return err_illegal(e, "types", text, "at most 16 types");
	for (size_t i = 0; i < r->types.n; i++)
		if (!dns_type_parse(r->types.v[i], &r->spec.types[r->spec.n_types++]))
			return err_illegal(e, "types", r->types.v[i],
				"types such as A, AAAA, CNAME, MX, TXT, SRV, or a number");
	return 0;
}

/* "domain=answer": the pair is split in place. */
static int take_pair(struct dns_rules *r, size_t i, struct err *e)
{
	char *domain = r->mapped.v[i], *answer = strchr(domain, '=');
	struct dns_map *s = &r->maps[r->spec.n_maps];

	if (answer == NULL || answer == domain || answer[1] == '\0' || strchr(answer + 1, '='))
		return err_illegal(e, "domain-ip", domain, "domain=address, separated by commas");
	*answer++ = '\0';
	r->answers[i] = answer;
	/* Pairs of one domain that follow each other are answered together. */
	if (r->spec.n_maps > 0 && str_eq(s[-1].pattern, domain)) {
		s[-1].n_answers++;
		return 0;
	}
	*s = (struct dns_map){ domain, &r->answers[i], 1 };
	r->spec.n_maps++;
	return 0;
}

/* The first that fits counts: names before wildcards, and of these the longer ones. */
static int by_closeness(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t x_len = strcspn(x, "="), y_len = strcspn(y, "=");
	bool x_wild = x[0] == '.' || strcspn(x, "*?[") < x_len;
	bool y_wild = y[0] == '.' || strcspn(y, "*?[") < y_len;

	if (x_wild != y_wild)
		return x_wild - y_wild;
	if (x_len != y_len)
		return x_len > y_len ? -1 : 1;
	return strcmp(x, y);
}

static int take_mapped(struct dns_rules *r, const char *text, struct err *e)
{
	int result = words_split(text, ',', &r->mapped, e);

	if (result < 0)
		return result;
	if (r->mapped.n == 0)
		return err_illegal(e, "domain-ip", text, "domain=address, separated by commas");
	qsort(r->mapped.v, r->mapped.n, sizeof(*r->mapped.v), by_closeness);
	r->maps = calloc(r->mapped.n, sizeof(*r->maps));
	r->answers = calloc(r->mapped.n, sizeof(*r->answers));
	if (r->maps == NULL || r->answers == NULL)
		return err_set(e, ERR_NOMEM, 0, "domain-ip");
	for (size_t i = 0; i < r->mapped.n && result == 0; i++)
		result = take_pair(r, i, e);
	r->spec.maps = r->maps;
	return result;
}

static unsigned code_of(const char *word)
{
	static const struct {
		const char *word;
		unsigned code;
	} codes[] = {
		{ "servfail", DNS_SERVFAIL },
		{ "refused", DNS_REFUSED },
		{ "nodata", DNS_NOERROR },
		{ "nxdomain", DNS_NXDOMAIN },
		{ "formerr", DNS_FORMERR },
		{ "notimp", DNS_NOTIMP },
	};
	size_t i = 0;

	while (!str_eq(codes[i].word, word)) /* one of the choices of dns error */
		i++;
	return codes[i].code;
}

static int fill(struct dns_rules *r, const struct dns_args *a, struct err *e)
{
	int result;

	r->spec.door = "host";
	r->spec.name = "fault";
	r->spec.part = "";
	r->spec.clients = &anybody;
	r->spec.n_clients = 1;
	r->spec.what = a->refuse ? DNS_DO_ERROR : a->what;
	r->spec.rcode = a->refuse ? DNS_REFUSED : a->error != NULL ? code_of(a->error) : a->rcode;
	r->spec.delay_ms = (uint32_t)a->time;
	r->spec.has_ttl = a->ttl != PARAM_UNSET;
	r->spec.ttl = r->spec.has_ttl ? (uint32_t)a->ttl : DNS_RULE_TTL;
	r->spec.percent = a->percent;
	result = addrs_parse(
		"server", a->server != NULL ? a->server : "", DNS_PORT, &r->servers, e);
	if (result == 0)
		result = take_patterns(r, a->patterns, e);
	if (result == 0)
		result = take_types(r, a->types, e);
	if (result == 0 && a->domain_ip != NULL)
		result = take_mapped(r, a->domain_ip, e);
	return result == 0 ? take_spared(r, a->exclude, e) : result;
}

int dns_rules_init(struct dns_rules *ret, const struct dns_args *a, struct err *e)
{
	struct book *book = NULL;
	int r;

	*ret = (struct dns_rules){ 0 };
	r = fill(ret, a, e);
	if (r == 0) /* the library has checks of its own */
		r = dns_rules_book(ret, 0, 0, &book, e);
	book_close(book);
	if (r < 0)
		dns_rules_done(ret);
	return r;
}

void dns_rules_done(struct dns_rules *r)
{
	words_free(&r->patterns);
	words_free(&r->spared_texts);
	words_free(&r->types);
	words_free(&r->mapped);
	addrs_free(&r->servers);
	free(r->spared);
	free(r->pattern_texts);
	free(r->maps);
	free(r->answers);
	*r = (struct dns_rules){ 0 };
}

int dns_rules_book(
	struct dns_rules *r, uint64_t seed, int64_t deadline_ms, struct book **ret, struct err *e)
{
	struct book_step step = { .what = BOOK_SET, .spec = &r->spec };
	struct book *book;
	int result = book_open(NULL, &book, e);

	if (result < 0)
		return result;
	r->spec.seed = seed;
	r->spec.has_seed = true;
	if (deadline_ms > 0)
		r->spec.deadline_wall_ms = clock_wall_ms() + deadline_ms - clock_boot_ms();
	result = book_change(book, &step, 1, NULL, e);
	if (result < 0)
		book_close(book);
	else
		*ret = book;
	return result;
}

/* --- to text ---------------------------------------------------------------------------------- */

void dns_rules_text(const struct dns_rules *r, const struct dns_args *a, char *ret, size_t size)
{
	enum dns_do what = r->spec.what;
	char ttl[40] = "";

	if (a->ttl != PARAM_UNSET)
		snprintf(ttl, sizeof(ttl), " (TTL %lld s)", a->ttl);
	if (what == DNS_DO_DELAY)
		snprintf(ret, size, "answered %lld ms later", a->time);
	else if (what == DNS_DO_STATIC)
		snprintf(ret, size, "answered with %.200s%s", a->domain_ip, ttl);
	else if (what == DNS_DO_DROP)
		snprintf(ret, size, "not answered at all");
	else if (what == DNS_DO_TTL)
		snprintf(ret, size, "answered with a TTL of %lld s", a->ttl);
	else if (what == DNS_DO_ERROR && r->spec.rcode == DNS_SERVFAIL)
		snprintf(ret, size, "answered with servfail");
	else
		snprintf(ret, size, "answered with %s%s", rule_action_name(what, r->spec.rcode),
			ttl);
}

/* --- examples --------------------------------------------------------------------------------- */

static bool name_of(const char *text, struct dns_name *ret)
{
	uint8_t wire[DNS_NAME_MAX];
	size_t len = dns_name_wire(text, wire);

	return len > 0 && dns_name_canonical(wire, len, ret) > 0;
}

static bool is_for(const struct dns_rules *r, const char *text)
{
	struct dns_name name;
	struct pattern p;
	bool found = r->spec.n_patterns == 0 && r->spec.n_maps == 0;

	if (!name_of(text, &name))
		return false;
	for (size_t i = 0; i < r->spec.n_patterns && !found; i++)
		found = pattern_parse(r->spec.patterns[i], &p, NULL) == 0 &&
			pattern_matches(&p, &name);
	for (size_t i = 0; i < r->spec.n_maps && !found; i++)
		found = pattern_parse(r->spec.maps[i].pattern, &p, NULL) == 0 &&
			pattern_matches(&p, &name);
	for (size_t i = 0; i < r->n_spared && found; i++)
		found = !pattern_matches(&r->spared[i], &name);
	return found;
}

/* The pattern with text for its wildcards; the first of a set is as good as any. */
static void instance(const char *pattern, char *ret, size_t size)
{
	struct buf b = BUF_INIT(DNS_NAME_MAX);

	if (pattern[0] == '.' && pattern[1] != '\0')
		pattern++;
	for (const char *at = pattern; *at != '\0'; at++) {
		if (*at == '*')
			buf_str(&b,
				at[1] == '\0' && at > pattern && at[-1] == '.' ? "test" : "gale");
		else if (*at == '?')
			buf_str(&b, "a");
		else if (*at == '[' && strchr(at, ']') != NULL) {
			buf_add(&b, at[1] == '!' ? "-" : at + 1, 1);
			at = strchr(at, ']');
		} else
			buf_add(&b, at, 1);
	}
	snprintf(ret, size, "%s", buf_text(&b));
	buf_free(&b);
}

bool dns_rules_example(const struct dns_rules *r, char *ret, size_t size)
{
	static const char any[] = "gale-probe.test";
	size_t n = r->spec.n_patterns + r->spec.n_maps;

	for (size_t i = 0; i < n; i++) {
		instance(i < r->spec.n_patterns ? r->spec.patterns[i]
						: r->spec.maps[i - r->spec.n_patterns].pattern,
			ret, size);
		if (is_for(r, ret))
			return true;
	}
	snprintf(ret, size, "%s", any);
	return is_for(r, ret);
}

/* What is spared; else the root: every server knows it, and only patterns for all are for it. */
bool dns_rules_other(const struct dns_rules *r, char *ret, size_t size)
{
	static const char *const others[] = { ".", "gale-other.test" };

	for (size_t i = 0; i < r->n_spared; i++) {
		instance(r->spared_texts.v[i], ret, size);
		if (!is_for(r, ret))
			return true;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(ret, size, "%s", others[i]);
		if (!is_for(r, ret))
			return true;
	}
	return false;
}

uint16_t dns_rules_type(const struct dns_rules *r)
{
	return r->spec.n_types > 0 ? r->spec.types[0] : DNS_A;
}
