/* The index against a walk over all rules, and while others change it. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/rand.h"
#include "dns/book_testing.h"
#include "dns/pattern.h"

enum { RULES = 300, ROUNDS = 1000 };

static const char *const words[] = { "a", "b", "ab", "web", "db", "x1", "x2", "example", "com",
	"svc", "local", "long-label-of-a-name" };
static const char *const clients[] = { "any", "10.0.0.1", "10.0.0.2", "10.0.0.0/24", "10.0.0.0/8",
	"fd00::1", "fd00::/16", "::/0", "p/one", "p/two" };
static const char *const addresses[] = { "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.9.9.9", "fd00::1",
	"fd00::2", "2001:db8::1" };

static struct rand dice;

static const char *pick(const char *const *from, size_t n)
{
	return from[rand_below(&dice, n)];
}

/* Names and patterns of the same few words, so that many match. */
static void make(char *ret, size_t size, bool wild)
{
	static const char *const glue[] = { ".", ".", ".", "*", "?", "[a-x]", "" };
	size_t len = 0, n = 1 + rand_below(&dice, 4);

	ret[0] = '\0';
	if (wild && rand_below(&dice, 6) == 0)
		len += (size_t)snprintf(ret, size, "%s", rand_below(&dice, 2) ? "*" : "*.");
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(ret + len, size - len, "%s%s",
			pick(words, ARRAY_LEN(words)),
			i + 1 == n ? "" : glue[rand_below(&dice, wild ? ARRAY_LEN(glue) : 3)]);
	if (wild && rand_below(&dice, 4) == 0)
		snprintf(ret + len, size - len, "*");
	if (wild && ret[0] != '*' && !strpbrk(ret, "*?[") && rand_below(&dice, 3) == 0) {
		memmove(ret + 1, ret, strlen(ret) + 1);
		ret[0] = '.';
	}
}

struct own { /* what a rule must do, by the book's own words */
	struct test_spec t;
	char name[16], texts[3][256];
	const char *patterns[3];
	uint64_t number;
	bool up;
};

static struct own own[RULES];
static const char *pod_at[2];

static bool is_client(const struct dns_client *c, const char *text)
{
	struct dns_address a = address(text);

	if (c->kind == DNS_CLIENT_ANY)
		return true;
	if (c->kind == DNS_CLIENT_POD)
		return strcmp(pod_at[strcmp(c->pod, "p/two") == 0], text) == 0;
	for (unsigned i = 0; i < c->prefix; i++)
		if ((c->net.b[i / 8] ^ a.b[i / 8]) & (0x80 >> i % 8))
			return false;
	return true;
}

static bool fits(const struct own *o, const char *client, const struct dns_query *q)
{
	struct pattern p;

	if (!o->up || !is_client(&o->t.client, client))
		return false;
	for (size_t i = 0; i < o->t.spec.n_patterns; i++) {
		assert_int_equal(pattern_parse(o->patterns[i], &p, NULL), 0);
		if (pattern_matches(&p, &q->name))
			return true;
	}
	return o->t.spec.n_patterns == 0;
}

static void expect(struct book *b, const char *client, const char *name)
{
	const struct own *first = NULL;
	uint32_t delay = 0;
	uint8_t packet[512];
	struct dns_query q;
	struct decision d = decide(b, client, name, DNS_A);

	query(name, DNS_A, packet, &q);
	for (size_t i = 0; i < RULES; i++) {
		const struct own *o = &own[i];

		if (!fits(o, client, &q))
			continue;
		if (o->t.spec.what == DNS_DO_DELAY)
			delay += o->t.spec.delay_ms;
		else if (!first || o->t.spec.priority > first->t.spec.priority ||
			 (o->t.spec.priority == first->t.spec.priority &&
				 o->number > first->number))
			first = o;
	}
	if (d.delay_ms != delay || d.what != (first ? first->t.spec.what : DNS_DO_NOTHING) ||
		(first && d.rcode != first->t.spec.rcode))
		fail_msg("%s asks for %s: delay %u, must be %u; action %d, must be %d of %s",
			client, name, d.delay_ms, delay, (int)d.what,
			first ? (int)first->t.spec.what : 0, first ? first->name : "nothing");
}

static void change_one(struct book *b, uint64_t number)
{
	static const char *const actions[] = { "error", "nxdomain", "refused", "nodata", "random",
		"drop", "delay", "delay" };
	struct own *o = &own[rand_below(&dice, RULES)];

	if (o->up && rand_below(&dice, 2)) {
		cancel(b, o->name);
		o->up = false;
		return;
	}
	snprintf(o->name, sizeof(o->name), "r%zu", (size_t)(o - own));
	spec_init(&o->t, o->name, pick(actions, ARRAY_LEN(actions)),
		pick(clients, ARRAY_LEN(clients)), NULL);
	o->t.spec.n_patterns = rand_below(&dice, 10) ? 1 + rand_below(&dice, 3) : 0;
	o->t.spec.patterns = o->patterns;
	for (size_t i = 0; i < o->t.spec.n_patterns; i++) {
		make(o->texts[i], sizeof(o->texts[i]), true);
		o->patterns[i] = o->texts[i];
	}
	o->t.spec.priority = (int)rand_below(&dice, 3);
	o->t.spec.delay_ms = 1 + (uint32_t)rand_below(&dice, 50);
	o->number = number;
	o->up = true;
	spec_set(b, &o->t.spec);
}

static void move_pod(struct book *b)
{
	static const char *const pods[] = { "p/one", "p/two" };
	size_t which = rand_below(&dice, 2);
	struct dns_address to;
	struct book_pod pod = { pods[which], &to, 1, false };

	pod_at[which] = pick(addresses, ARRAY_LEN(addresses));
	to = address(pod_at[which]);
	assert_int_equal(book_pods(b, &pod, 1, false, NULL), 0);
}

static void test_against_a_walk(void **state)
{
	struct book_stats stats;
	struct book *b;
	char name[256];

	(void)state;
	dice = rand_seeded(1);
	pod_at[0] = pod_at[1] = "";
	assert_int_equal(book_open(NULL, &b, NULL), 0);
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		change_one(b, round);
		if (round % 10 == 0)
			move_pod(b);
		for (int i = 0; i < 5; i++) {
			make(name, sizeof(name), false);
			expect(b, pick(addresses, ARRAY_LEN(addresses)), name);
		}
	}
	for (size_t i = 0; i < RULES; i++)
		if (own[i].up)
			cancel(b, own[i].name);
	for (int i = 0; i < 3000; i++) { /* the thread takes off what is left of them */
		book_stats(b, &stats);
		if (stats.patterns == 0)
			break;
		clock_sleep_ms(10);
	}
	assert_int_equal(stats.experiments, 0);
	assert_int_equal(stats.patterns, 0);
	assert_in_range(stats.addresses, 1, 2); /* of the two pods that are known */
	book_close(b);
}

/* --- at the same time ------------------------------------------------------------------------- */

struct race {
	struct book *book;
	atomic_bool stop;
	atomic_int wrong;
	int number;
};

/* "kept" always holds: one of two rules that take each other's place, never both, never none. */
static void *ask(void *ctx)
{
	struct race *race = ctx;
	struct dns_address client = address("10.0.0.1");
	uint8_t packet[512];
	struct book_reader *reader;
	struct dns_query q;
	struct decision d;

	query("www.kept.example", DNS_A, packet, &q);
	assert_int_equal(book_reader_new(race->book, &reader, NULL), 0);
	while (!race->stop) {
		book_enter(reader);
		for (int i = 0; i < 16; i++) {
			book_decide(reader, &client, &q, false, 0, &d);
			if (d.delay_ms != 10)
				race->wrong++;
		}
		book_leave(reader);
	}
	book_reader_free(reader);
	return NULL;
}

static void *alter(void *ctx)
{
	struct race *race = ctx;
	static atomic_int numbers;
	int own_number = numbers++;
	struct rand own_dice = rand_seeded((uint64_t)own_number);
	char name[32], pattern[64];

	while (!race->stop) {
		struct test_spec kept, other;
		struct book_step steps[] = { { .what = BOOK_SET, .spec = &kept.spec },
			{ .what = BOOK_SET, .spec = &other.spec } };

		snprintf(name, sizeof(name), "n%d", (int)rand_below(&own_dice, 50));
		snprintf(pattern, sizeof(pattern), "%s%d.%s", rand_below(&own_dice, 2) ? "*" : "h?",
			own_number, rand_below(&own_dice, 2) ? "example" : "*");
		spec_init(&kept, "kept", "delay", "10.0.0.0/8",
			rand_below(&own_dice, 2) ? "*.kept.example" : "www.*");
		spec_init(&other, name, "drop", "10.0.0.1", pattern);
		assert_int_equal(book_change(race->book, steps, 2, NULL, NULL), 0);
		if (rand_below(&own_dice, 4) == 0)
			cancel(race->book, name);
	}
	return NULL;
}

static void test_at_the_same_time(void **state)
{
	pthread_t askers[2], alterers[8];
	struct race race = { 0 };

	(void)state;
	assert_int_equal(book_open(NULL, &race.book, NULL), 0);
	set(race.book, "kept", "delay", "10.0.0.0/8", "www.*");
	for (size_t i = 0; i < ARRAY_LEN(askers); i++)
		assert_int_equal(pthread_create(&askers[i], NULL, ask, &race), 0);
	for (size_t i = 0; i < ARRAY_LEN(alterers); i++)
		assert_int_equal(pthread_create(&alterers[i], NULL, alter, &race), 0);
	clock_sleep_ms(500);
	race.stop = true;
	for (size_t i = 0; i < ARRAY_LEN(askers); i++)
		pthread_join(askers[i], NULL);
	for (size_t i = 0; i < ARRAY_LEN(alterers); i++)
		pthread_join(alterers[i], NULL);
	assert_int_equal(race.wrong, 0);
	book_close(race.book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_a_walk),
		cmocka_unit_test(test_at_the_same_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
