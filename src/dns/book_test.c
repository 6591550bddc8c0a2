/* The book: what is decided while experiments come and go. */
#include "dns/book_testing.h"

static struct book *book;

static int setup(void **state)
{
	(void)state;
	return book_open(NULL, &book, NULL);
}

static int teardown(void **state)
{
	(void)state;
	book_close(book);
	return 0;
}

static enum dns_do what(const char *client, const char *name)
{
	return decide(book, client, name, DNS_A).what;
}

static void test_two_on_one_client(void **state)
{
	(void)state;
	set(book, "one", "nxdomain", "10.0.0.1", "*.example.com");
	set(book, "two", "random", "10.0.0.1", "a.example.com");
	assert_int_equal(what("10.0.0.1", "A.example.com"), DNS_DO_RANDOM);
	assert_int_equal(decide(book, "10.0.0.1", "b.example.com", DNS_A).rcode, DNS_NXDOMAIN);
	assert_int_equal(what("10.0.0.2", "a.example.com"), DNS_DO_NOTHING);
	cancel(book, "two");
	assert_int_equal(decide(book, "10.0.0.1", "a.example.com", DNS_A).rcode, DNS_NXDOMAIN);
	cancel(book, "one");
	cancel(book, "one");
	assert_int_equal(what("10.0.0.1", "a.example.com"), DNS_DO_NOTHING);
	assert_int_equal(experiments(book), 0);
}

static void test_pod_moves(void **state)
{
	struct dns_address first = address("10.0.0.1"), second = address("fd00::2");
	struct book_pod pod = { "shop/web-0", &first, 1, false };

	(void)state;
	set(book, "one", "drop", "shop/web-0", "*");
	assert_int_equal(book_pod_state(book, "shop/web-0"), BOOK_POD_UNKNOWN);
	assert_int_equal(what("10.0.0.1", "a"), DNS_DO_NOTHING);
	assert_int_equal(book_pods(book, &pod, 1, true, NULL), 0);
	assert_int_equal(what("10.0.0.1", "a"), DNS_DO_DROP);
	pod.addresses = &second;
	assert_int_equal(book_pods(book, &pod, 1, false, NULL), 0);
	assert_int_equal(what("10.0.0.1", "a"), DNS_DO_NOTHING);
	assert_int_equal(what("fd00::2", "a"), DNS_DO_DROP);
	pod.n_addresses = 0;
	assert_int_equal(book_pods(book, &pod, 1, false, NULL), 0);
	assert_int_equal(what("fd00::2", "a"), DNS_DO_NOTHING);
	assert_int_equal(book_pod_state(book, "shop/web-0"), BOOK_POD_NONE);
	pod.n_addresses = 1;
	assert_int_equal(book_pods(book, &pod, 1, false, NULL), 0);
	assert_int_equal(what("fd00::2", "a"), DNS_DO_DROP);
	assert_int_equal(book_pods(book, NULL, 0, true, NULL), 0); /* it is not in the list */
	assert_int_equal(what("fd00::2", "a"), DNS_DO_NOTHING);
	assert_int_equal(book_pod_state(book, "shop/web-0"), BOOK_POD_UNKNOWN);
}

static void test_pod_told(void **state)
{
	struct dns_address first = address("10.0.0.1"), second = address("10.0.0.2");
	struct book_step step = {
		.what = BOOK_POD, .pod = "shop/web-0", .addresses = &first, .n_addresses = 1
	};
	struct book_pod pod = { "shop/web-0", &second, 1, false };

	(void)state;
	set(book, "one", "drop", "shop/web-0", "*");
	assert_int_equal(book_change(book, &step, 1, NULL, NULL), 0);
	assert_int_equal(what("10.0.0.1", "a"), DNS_DO_DROP);
	assert_int_equal(book_pods(book, &pod, 1, false, NULL), 0); /* the watch knows better */
	assert_int_equal(what("10.0.0.1", "a"), DNS_DO_NOTHING);
	assert_int_equal(what("10.0.0.2", "a"), DNS_DO_DROP);
	pod.gone = true;
	assert_int_equal(book_pods(book, &pod, 1, false, NULL), 0);
	assert_int_equal(what("10.0.0.1", "a"), DNS_DO_NOTHING);
	assert_int_equal(what("10.0.0.2", "a"), DNS_DO_NOTHING);
}

static void test_half_a_change(void **state)
{
	struct dns_address there = address("10.0.0.9");
	struct test_spec good, bad;
	struct book_step steps[] = { { .what = BOOK_CLEAR, .door = "test" },
		{ .what = BOOK_SET, .spec = &good.spec },
		{ .what = BOOK_POD, .pod = "a/b", .addresses = &there, .n_addresses = 1 },
		{ .what = BOOK_SET, .spec = &bad.spec } };
	struct err e;

	(void)state;
	spec_init(&good, "good", "drop", "any", NULL);
	spec_init(&bad, "bad", "drop", "any", "a..b");
	set(book, "one", "nxdomain", "any", "x");
	set(book, "pod", "nxdomain", "a/b", "y");
	assert_int_equal(book_change(book, steps, ARRAY_LEN(steps), NULL, &e), -ERR_INVALID);
	assert_non_null(strstr(e.msg, "bad"));
	assert_int_equal(what("::1", "x"), DNS_DO_ERROR);
	assert_int_equal(what("10.0.0.9", "y"), DNS_DO_NOTHING);
	assert_int_equal(experiments(book), 2);
	assert_int_equal(book_change(book, steps, 3, NULL, &e), 0);
	assert_int_equal(what("::1", "x"), DNS_DO_DROP);
	assert_int_equal(experiments(book), 1);
}

static void test_order(void **state)
{
	struct test_spec t;

	(void)state;
	set(book, "old", "drop", "any", "*.com");
	set(book, "new", "random", "10.0.0.0/8", "a.com");
	assert_int_equal(what("10.0.0.1", "a.com"), DNS_DO_RANDOM); /* the newest */
	spec_init(&t, "old", "drop", "any", "*.com");
	t.spec.priority = 1;
	spec_set(book, &t.spec);
	assert_int_equal(what("10.0.0.1", "a.com"), DNS_DO_DROP); /* the highest */
	set(book, "slow", "delay", "10.0.0.1", "a*");
	set(book, "slower", "delay", "any", NULL);
	assert_int_equal(decide(book, "10.0.0.1", "a.com", DNS_A).delay_ms, 20);
	assert_int_equal(decide(book, "10.0.0.2", "a.com", DNS_A).delay_ms, 10);
	spec_init(&t, "short", "ttl", "any", "a.com");
	t.spec.has_ttl = true;
	t.spec.ttl = 3;
	spec_set(book, &t.spec);
	assert_true(decide(book, "10.0.0.1", "a.com", DNS_A).has_ttl);
	assert_int_equal(decide(book, "10.0.0.1", "a.com", DNS_A).ttl, 3);
	cancel(book, "old");
	assert_int_equal(what("10.0.0.1", "a.com"), DNS_DO_RANDOM);
	cancel(book, "new");
	assert_int_equal(what("10.0.0.1", "a.com"), DNS_DO_NOTHING);
	assert_int_equal(decide(book, "10.0.0.1", "a.com", DNS_A).delay_ms, 20);
}

static void test_once_for_all_its_patterns(void **state)
{
	const char *patterns[] = { "a.com", "A.com.", "a*", "*.com", ".com", "*", "?.com", "*a*" };
	struct test_spec t;

	(void)state;
	spec_init(&t, "slow", "delay", "any", NULL);
	t.spec.patterns = patterns;
	t.spec.n_patterns = ARRAY_LEN(patterns);
	spec_set(book, &t.spec);
	assert_int_equal(decide(book, "::1", "a.com", DNS_A).delay_ms, 10);
	assert_int_equal(decide(book, "::1", "b.com", DNS_A).delay_ms, 10);
	cancel(book, "slow");
	assert_int_equal(decide(book, "::1", "a.com", DNS_A).delay_ms, 0);
}

static void test_types_and_ways(void **state)
{
	struct test_spec t;

	(void)state;
	spec_init(&t, "six", "nodata", "any", NULL);
	t.spec.types[t.spec.n_types++] = DNS_AAAA;
	spec_set(book, &t.spec);
	assert_int_equal(decide(book, "::1", "a", DNS_AAAA).what, DNS_DO_ERROR);
	assert_int_equal(decide(book, "::1", "a", DNS_A).what, DNS_DO_NOTHING);
	set(book, "cut", "truncate", "any", NULL);
	assert_int_equal(decide(book, "::1", "a", DNS_A).what, DNS_DO_TRUNCATE);
	assert_int_equal(
		decide_at(book, "::1", "a", DNS_A, true, clock_boot_ms()).what, DNS_DO_NOTHING);
}

static void test_percent(void **state)
{
	struct test_spec t;
	bool first[1000];
	int hits = 0;

	(void)state;
	spec_init(&t, "some", "drop", "any", NULL);
	t.spec.percent = 30;
	t.spec.seed = 7;
	t.spec.has_seed = true;
	spec_set(book, &t.spec);
	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		first[i] = what("::1", "a") == DNS_DO_DROP;
		hits += first[i];
	}
	assert_in_range(hits, 250, 350);
	cancel(book, "some");
	spec_set(book, &t.spec); /* the same seed, the same throws */
	for (size_t i = 0; i < ARRAY_LEN(first); i++)
		assert_int_equal(what("::1", "a") == DNS_DO_DROP, first[i]);
}

static void test_deadline(void **state)
{
	struct test_spec t;
	int64_t now = clock_boot_ms(), after;

	(void)state;
	spec_init(&t, "short", "drop", "any", NULL);
	t.spec.deadline_wall_ms = clock_wall_ms() + 4000;
	spec_set(book, &t.spec);
	after = clock_boot_ms() + 4001;
	assert_int_equal(decide_at(book, "::1", "a", DNS_A, false, now + 3900).what, DNS_DO_DROP);
	assert_int_equal(decide_at(book, "::1", "a", DNS_A, false, after).what, DNS_DO_NOTHING);
	assert_int_equal(experiments(book), 1);
	for (int i = 0; i < 3000 && experiments(book) > 0; i++)
		clock_sleep_ms(10);
	assert_int_equal(experiments(book), 0); /* nobody had to ask */
}

static void test_parts(void **state)
{
	struct book_step one = { .what = BOOK_CANCEL, .door = "test", .name = "x", .part = "p3" };
	struct test_spec t;

	(void)state;
	spec_init(&t, "x", "drop", "10.0.0.3", NULL);
	t.spec.part = "p3";
	spec_set(book, &t.spec);
	spec_init(&t, "x", "drop", "10.0.0.4", NULL);
	t.spec.part = "p4";
	spec_set(book, &t.spec);
	assert_int_equal(what("10.0.0.3", "a"), DNS_DO_DROP);
	assert_int_equal(what("10.0.0.4", "a"), DNS_DO_DROP);
	assert_int_equal(book_change(book, &one, 1, NULL, NULL), 0);
	assert_int_equal(what("10.0.0.3", "a"), DNS_DO_NOTHING);
	assert_int_equal(what("10.0.0.4", "a"), DNS_DO_DROP);
	cancel(book, "x");
	assert_int_equal(what("10.0.0.4", "a"), DNS_DO_NOTHING);
}

static void number_of(const struct book_entry *entry, void *ctx)
{
	if (strcmp(entry->spec->name, "same") == 0)
		*(uint64_t *)ctx = entry->number;
}

static void test_replace_all(void **state)
{
	struct test_spec same, changed;
	struct book_step steps[] = { { .what = BOOK_CLEAR, .door = "test" },
		{ .what = BOOK_SET, .spec = &same.spec },
		{ .what = BOOK_SET, .spec = &changed.spec } };
	uint64_t before = 0, after = 0;

	(void)state;
	spec_init(&same, "same", "drop", "10.0.0.0/24", "same");
	spec_init(&changed, "changed", "random", "any", "changed");
	set(book, "same", "drop", "10.0.0.0/24", "same");
	set(book, "changed", "drop", "any", "changed");
	set(book, "gone", "drop", "any", "gone");
	book_each(book, "test", number_of, &before);
	assert_int_equal(book_change(book, steps, 3, NULL, NULL), 0);
	book_each(book, NULL, number_of, &after);
	assert_int_equal(before, after);
	assert_int_equal(what("10.0.0.7", "same"), DNS_DO_DROP);
	assert_int_equal(what("10.0.1.7", "same"), DNS_DO_NOTHING);
	assert_int_equal(what("::1", "changed"), DNS_DO_RANDOM);
	assert_int_equal(what("::1", "gone"), DNS_DO_NOTHING);
	assert_int_equal(experiments(book), 2);
	/* one key twice in one change: the last one holds */
	steps[2].spec = &same.spec;
	steps[1].spec = &changed.spec;
	assert_int_equal(book_change(book, steps, 3, NULL, NULL), 0);
	assert_int_equal(experiments(book), 2);
	changed.spec.name = "same";
	assert_int_equal(book_change(book, steps + 1, 2, NULL, NULL), 0);
	assert_int_equal(what("10.0.0.7", "same"), DNS_DO_DROP);
	assert_int_equal(what("10.0.0.7", "changed"), DNS_DO_RANDOM); /* of the name "changed" */
	assert_int_equal(experiments(book), 2);
}

static void test_static(void **state)
{
	static const char *const to[] = { "192.0.2.1", "2001:db8::1", "192.0.2.2" };
	static const char *const other[] = { "other.example" };
	static const struct dns_map maps[] = { { "a.com", to, 3 }, { "*.b.com", other, 1 } };
	uint8_t packet[512], out[512];
	struct test_spec t;
	struct decision d;
	struct dns_query q;

	(void)state;
	spec_init(&t, "map", "static", "any", NULL);
	t.spec.maps = maps;
	t.spec.n_maps = 2;
	spec_set(book, &t.spec);
	query("a.com", DNS_A, packet, &q);
	d = decide(book, "::1", "a.com", DNS_A);
	assert_int_equal(d.what, DNS_DO_STATIC);
	assert_int_equal(rule_answer(&d, &q, out, sizeof(out)), q.len + 2 * 16);
	assert_memory_equal(out + q.len + 12, "\xc0\0\2\1", 4);
	query("a.com", DNS_AAAA, packet, &q);
	assert_int_equal(rule_answer(&d, &q, out, sizeof(out)), q.len + 28);
	query("a.com", DNS_TXT, packet, &q);
	assert_int_equal(rule_answer(&d, &q, out, sizeof(out)), q.len); /* no data */
	query("x.b.com", DNS_TXT, packet, &q);
	d = decide(book, "::1", "x.b.com", DNS_TXT);
	assert_int_equal(rule_answer(&d, &q, out, sizeof(out)), q.len + 12 + 15);
	assert_int_equal(what("::1", "c.com"), DNS_DO_NOTHING); /* not its name */
}

static void test_refused(void **state)
{
	static const char *const mixed[] = { "a.example", "192.0.2.1" };
	static const struct dns_map maps[] = { { "a.com", mixed, 2 } };
	struct test_spec t;
	struct book_step step = { .what = BOOK_SET, .spec = &t.spec };

	(void)state;
	assert_int_equal(rule_action_parse("nosuch", &t.spec, NULL), -ERR_INVALID);
	assert_true(rule_action_parse("", &t.spec, NULL) < 0);
#define REFUSED(change)                                                                            \
	spec_init(&t, "x", "drop", "any", "a.com");                                                \
	change;                                                                                    \
	assert_int_equal(book_change(book, &step, 1, NULL, NULL), -ERR_INVALID)
	REFUSED(t.spec.name = "");
	REFUSED(t.spec.name = "a\nb");
	REFUSED(t.spec.part = NULL);
	REFUSED(t.spec.percent = 0);
	REFUSED(t.spec.percent = 100.5);
	REFUSED(t.spec.percent = 0.0 / 0.0);
	REFUSED(t.spec.what = (enum dns_do)99);
	REFUSED(t.spec.what = DNS_DO_DELAY; t.spec.delay_ms = 0);
	REFUSED(t.spec.what = DNS_DO_TTL);
	REFUSED(t.spec.what = DNS_DO_STATIC);
	REFUSED(t.spec.n_types = 17);
	REFUSED(t.spec.what = DNS_DO_STATIC; t.spec.n_patterns = 0; t.spec.maps = maps;
		t.spec.n_maps = 1);
#undef REFUSED
	assert_int_equal(experiments(book), 0);
}

static void test_clients(void **state)
{
	static const char *const bad[] = { "", "10.0.0.0/33", "10.0.0", "a", "a/", "/a", "a/b/c",
		"10.0.0.1,10.0.0.2", "::/129" };
	struct dns_client c;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (dns_client_parse(bad[i], &c, NULL) != -ERR_INVALID)
			fail_msg("`%s` was taken", bad[i]);
	set(book, "four", "drop", "10.1.0.0/16", NULL);
	set(book, "six", "drop", "2001:db8::/33", NULL);
	assert_int_equal(what("10.1.255.255", "a"), DNS_DO_DROP);
	assert_int_equal(what("::ffff:10.1.0.1", "a"), DNS_DO_DROP);
	assert_int_equal(what("10.2.0.0", "a"), DNS_DO_NOTHING);
	assert_int_equal(what("2001:db8:7fff::1", "a"), DNS_DO_DROP);
	assert_int_equal(what("2001:db8:8000::1", "a"), DNS_DO_NOTHING);
	cancel(book, "four");
	set(book, "all4", "drop", "0.0.0.0/0", NULL);
	assert_int_equal(what("10.2.0.0", "a"), DNS_DO_DROP);
	assert_int_equal(what("::1", "a"), DNS_DO_NOTHING);
}

static void test_random_addresses(void **state)
{
	uint8_t v4[4], v6[16];
	bool seen[4][256] = { { false } };
	int values[4] = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 100000; i++) {
		rule_random_a(i * 0x9e3779b97f4a7c15, v4);
		assert_true(v4[0] >= 1 && v4[0] <= 223 && v4[0] != 127 && v4[0] != 10);
		assert_false(v4[0] == 192 && v4[1] == 168);
		rule_random_aaaa(i, v6);
		assert_int_equal(v6[0] & 0xe0, 0x20);
		for (int k = 0; k < 4; k++) {
			values[k] += !seen[k][v4[k]];
			seen[k][v4[k]] = true;
		}
	}
	assert_int_equal(values[0], 223 - 2);
	for (int k = 1; k < 4; k++)
		assert_int_equal(values[k], 256);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_two_on_one_client),
		TEST(test_pod_moves),
		TEST(test_pod_told),
		TEST(test_half_a_change),
		TEST(test_order),
		TEST(test_once_for_all_its_patterns),
		TEST(test_types_and_ways),
		TEST(test_percent),
		TEST(test_deadline),
		TEST(test_parts),
		TEST(test_replace_all),
		TEST(test_static),
		TEST(test_refused),
		TEST(test_clients),
		cmocka_unit_test(test_random_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
