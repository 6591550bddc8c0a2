/* What a decision costs, and a change, with none to many rules standing: rows for bench/rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/rand.h"
#include "dns/book.h"

enum { QUERIES = 1000, PATTERNS = 1000 };

static long rounds = 200;

static double processor_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* of the rows of kinds */

static void require(int r, const struct err *e)
{
	if (r == 0)
		return;
	fprintf(stderr, "rule_costs: %s\n", e->msg);
	exit(1);
}

static struct dns_address address(const char *text)
{
	struct dns_client c;
	struct err e;

	require(dns_client_parse(text, &c, &e), &e);
	return c.net;
}

/* What the patterns of one kind look like, and the names that they hit. */
static const struct kind {
	const char *name, *pattern, *asked;
} kinds[] = {
	{ "exact", "host-%d.shop.svc.cluster.local", "host-%d.shop.svc.cluster.local" },
	{ "prefix", "host-%d.*", "host-%d.shop.svc.cluster.local" },
	{ "suffix", "*.z%d.example.com", "www.z%d.example.com" },
	{ "glob", "host-?%d.*.local", "host-x%d.shop.svc.cluster.local" },
};

static void set(
	struct book *b, const char *name, const char *client, const char *format, int first, int n)
{
	struct dns_client c;
	char(*texts)[64] = malloc((size_t)n * sizeof(*texts));
	const char **patterns = malloc((size_t)n * sizeof(*patterns));
	struct rule_spec spec = { .door = "bench",
		.name = name,
		.part = "",
		.clients = &c,
		.n_clients = 1,
		.patterns = patterns,
		.n_patterns = (size_t)n,
		.what = DNS_DO_ERROR,
		.rcode = DNS_SERVFAIL,
		.percent = 100 };
	struct book_step step = { .what = BOOK_SET, .spec = &spec };
	struct err e = { .msg = "no memory" };

	require(texts && patterns ? 0 : -ERR_NOMEM, &e);
	require(dns_client_parse(client, &c, &e), &e);
	for (int i = 0; i < n; i++) {
		snprintf(texts[i], sizeof(texts[i]), format, first + i);
		patterns[i] = texts[i];
	}
	require(book_change(b, &step, 1, NULL, &e), &e);
	free(texts);
	free((void *)patterns);
}

struct packets {
	uint8_t octets[QUERIES][256];
	size_t len[QUERIES];
};

static void ask(struct packets *p, const char *format, int rules)
{
	struct rand dice = rand_seeded(1);
	char name[64];

	memset(p, 0, sizeof(*p));
	for (int i = 0; i < QUERIES; i++) {
		uint8_t *at = p->octets[i];

		snprintf(name, sizeof(name), format,
			rules ? (int)rand_below(&dice, (uint64_t)rules) : i);
		at[5] = 1;
		p->len[i] = DNS_HEADER + dns_name_wire(name, at + DNS_HEADER);
		dns_set_u16(at + p->len[i], DNS_A);
		dns_set_u16(at + p->len[i] + 2, DNS_IN);
		p->len[i] += 4;
	}
}

/* Read, decide and, where a rule fits, answer. */
static double cost(struct book *b, const char *client, const struct packets *p, int *ret_hits)
{
	struct dns_address a = address(client);
	struct book_reader *reader;
	uint8_t out[DNS_UDP_SAFE];
	struct dns_query q;
	struct decision d;
	struct err e;
	double start;
	int hits = 0;

	require(book_reader_new(b, &reader, &e), &e);
	start = processor_ns();
	for (long round = 0; round < rounds; round++)
		for (int i = 0; i < QUERIES; i++) {
			if (i % 64 == 0)
				book_enter(reader);
			dns_query_parse(p->octets[i], p->len[i], &q);
			if (book_decide(reader, &a, &q, false, 0, &d))
				hits += rule_answer(&d, &q, out, sizeof(out)) > 0;
			if (i % 64 == 63 || i + 1 == QUERIES)
				book_leave(reader);
		}
	start = processor_ns() - start;
	book_reader_free(reader);
	*ret_hits = hits;
	return start / (double)(rounds * QUERIES);
}

static void row_cost(struct book *b, const char *client, const struct kind *kind, int rules,
	const char *who, bool should_hit)
{
	static struct packets packets;
	int hits;
	double ns;

	ask(&packets, should_hit || !rules ? kind->asked : "none-%d.shop.svc.cluster.local", rules);
	ns = cost(b, client, &packets, &hits);
	if (should_hit != (hits > 0)) {
		fprintf(stderr, "rule_costs: %s %s: %d hits\n", kind->name, who, hits);
		exit(1);
	}
	printf("query.%s.%d.%s %.0f ns\n", kind->name, rules, who, ns);
}

static void queries(const struct kind *kind, int rules)
{
	struct book *b;
	struct err e;

	require(book_open(NULL, &b, &e), &e);
	if (rules > 0)
		set(b, "rules", "10.0.0.1", kind->pattern, 0, rules);
	row_cost(b, "10.0.0.2", kind, rules, "bystander", false);
	if (rules > 0) {
		row_cost(b, "10.0.0.1", kind, rules, "target_hit", true);
		row_cost(b, "10.0.0.1", kind, rules, "target_miss", false);
	}
	book_close(b);
}

/* --- changes ---------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* One Set of many patterns, of its own name each time and then replaced, with others standing. */
static void sets(const char *path, int standing)
{
	enum { SETS = 100 };
	double ms[SETS], processor = 0;
	struct book *b;
	struct err e;
	char name[32];

	require(book_open(path, &b, &e), &e);
	if (standing > 0)
		set(b, "standing", "10.0.0.1", kinds[0].pattern, 0, standing);
	for (int i = 0; i < SETS; i++) {
		int64_t start;

		snprintf(name, sizeof(name), "set%d", i % 10);
		processor -= processor_ns();
		start = clock_mono_ns();
		set(b, name, "10.0.0.2", kinds[i % 4].pattern, i * PATTERNS, PATTERNS);
		ms[i] = (double)(clock_mono_ns() - start) / 1e6;
		processor += processor_ns();
	}
	qsort(ms, SETS, sizeof(*ms), by_value);
	printf("set_1000.%s.%d.median %.3f ms\n", path ? "ledger" : "memory", standing,
		ms[SETS / 2]);
	printf("set_1000.%s.%d.processor %.3f ms\n", path ? "ledger" : "memory", standing,
		processor / SETS / 1e6);
	printf("set_1000.%s.%d.worst %.3f ms\n", path ? "ledger" : "memory", standing,
		ms[SETS - 1]);
	book_close(b);
}

/* Rules of one pattern, for a client each, one after the other. */
static void updates(const char *path, int standing)
{
	int n = (int)rounds * 100;
	struct book *b;
	struct err e;
	int64_t start;

	require(book_open(path, &b, &e), &e);
	if (standing > 0)
		set(b, "standing", "10.0.0.1", kinds[0].pattern, 0, standing);
	start = clock_mono_ns();
	for (int i = 0; i < n; i++) {
		char name[32], client[32];

		snprintf(name, sizeof(name), "update%d", i % 5000);
		snprintf(client, sizeof(client), "10.1.%d.%d", i / 256 % 20, i % 256);
		set(b, name, client, kinds[0].pattern, i, 1);
	}
	printf("updates.%s.%d %.0f /s\n", path ? "ledger" : "memory", standing,
		n * 1e9 / (double)(clock_mono_ns() - start));
	book_close(b);
}

int main(int argc, char **argv)
{
	static const int sizes[] = { 0, 1000, 100000 };
	const char *path = argc > 1 ? argv[1] : "rules.ledger";
	struct rusage used;

	if (argc > 2)
		rounds = strtol(argv[2], NULL, 10);
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		for (size_t i = k > 0; i < ARRAY_LEN(sizes); i++)
			queries(&kinds[k], sizes[i]);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		sets(NULL, sizes[i]);
		sets(path, sizes[i]);
		unlink(path);
		updates(NULL, sizes[i]);
		updates(path, sizes[i]);
		unlink(path);
	}
	getrusage(RUSAGE_SELF, &used);
	printf("memory.peak %.1f MiB\n", (double)used.ru_maxrss / 1024);
	return 0;
}
