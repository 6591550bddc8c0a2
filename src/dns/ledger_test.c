/* What is kept: restarts, torn ends, and the file written anew. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "dns/book_testing.h"

static char dir[64], path[96];

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/gale-ledger-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/rules", dir);
	return 0;
}

static int teardown(void **state)
{
	char other[128];

	(void)state;
	snprintf(other, sizeof(other), "%s.new", path);
	unlink(path);
	unlink(other);
	rmdir(dir);
	return 0;
}

static struct book *open_book(void)
{
	struct book *b;
	struct err e;

	if (book_open(path, &b, &e) < 0)
		fail_msg("%s", e.msg);
	return b;
}

static void test_restart(void **state)
{
	static const char *const to[] = { "192.0.2.1" };
	static const struct dns_map maps[] = { { "s.com", to, 1 } };
	struct dns_address first = address("10.0.0.1");
	struct test_spec t, drop;
	struct book_step steps[] = { { .what = BOOK_SET, .spec = &t.spec },
		{ .what = BOOK_SET, .spec = &drop.spec },
		{ .what = BOOK_POD, .pod = "shop/web-0", .addresses = &first, .n_addresses = 1 } };
	struct book *b = open_book();
	struct decision d;
	uint64_t ticket;

	(void)state;
	spec_init(&t, "map", "static", "shop/web-0", NULL);
	t.spec.maps = maps;
	t.spec.n_maps = 1;
	t.spec.ttl = 9;
	t.spec.has_ttl = true;
	spec_init(&drop, "drop", "drop", "shop/web-0", "*.com");
	drop.spec.priority = -3;
	drop.spec.types[drop.spec.n_types++] = DNS_A;
	drop.spec.deadline_wall_ms = clock_wall_ms() + 60000;
	assert_int_equal(book_change(b, steps, 3, &ticket, NULL), 0);
	set(b, "gone", "drop", "any", NULL);
	cancel(b, "gone");
	assert_int_equal(book_wait(b, ticket, NULL), 0);
	assert_true(book_durable(b) >= ticket);
	book_close(b);

	b = open_book();
	assert_int_equal(experiments(b), 2);
	d = decide(b, "10.0.0.1", "s.com", DNS_A);
	assert_int_equal(d.what, DNS_DO_STATIC);
	assert_int_equal(d.ttl, 9);
	assert_int_equal(decide(b, "10.0.0.1", "t.com", DNS_A).what, DNS_DO_DROP);
	assert_int_equal(decide(b, "10.0.0.1", "t.com", DNS_AAAA).what, DNS_DO_NOTHING);
	d = decide_at(b, "10.0.0.1", "t.com", DNS_A, false, clock_boot_ms() + 60001);
	assert_int_equal(d.what, DNS_DO_NOTHING);
	spec_set(b, &drop.spec); /* the same: nothing is written */
	book_close(b);
}

static void test_deadline_went_on(void **state)
{
	struct book *b = open_book();
	struct test_spec t;

	(void)state;
	spec_init(&t, "short", "drop", "any", NULL);
	t.spec.deadline_wall_ms = clock_wall_ms() + 200;
	spec_set(b, &t.spec);
	book_close(b);
	clock_sleep_ms(210);
	b = open_book();
	assert_int_equal(decide(b, "::1", "a", DNS_A).what, DNS_DO_NOTHING);
	book_close(b);
}

static void test_same_random_after_a_restart(void **state)
{
	struct book *b = open_book();
	struct test_spec t;
	uint64_t chance;

	(void)state;
	spec_init(&t, "r", "random", "any", NULL);
	t.spec.seed = 5;
	t.spec.has_seed = true;
	spec_set(b, &t.spec);
	chance = decide(b, "::1", "a", DNS_A).chance;
	book_close(b);
	b = open_book();
	assert_int_equal(decide(b, "::1", "a", DNS_A).chance, chance);
	assert_int_not_equal(decide(b, "::1", "a", DNS_A).chance, chance);
	book_close(b);
}

/* Cut anywhere, or with zeros or rubbish behind it, it is as after some whole change. */
static void test_torn(void **state)
{
	struct buf whole = BUF_INIT(1 << 20);
	struct book *b = open_book();
	struct stat st;

	(void)state;
	set(b, "one", "drop", "any", "one");
	set(b, "two", "drop", "any", "two");
	book_close(b);
	assert_int_equal(file_read(AT_FDCWD, path, &whole, NULL), 0);
	for (size_t len = 0; len <= whole.len; len++) {
		bool one, two;

		assert_int_equal(file_replace(path, 0600, whole.data, len, NULL), 0);
		b = open_book();
		one = decide(b, "::1", "one", DNS_A).what == DNS_DO_DROP;
		two = decide(b, "::1", "two", DNS_A).what == DNS_DO_DROP;
		assert_true(one || !two);
		assert_true(len < whole.len || two);
		set(b, "three", "drop", "any", "three");
		book_close(b);
		b = open_book();
		assert_int_equal(decide(b, "::1", "three", DNS_A).what, DNS_DO_DROP);
		assert_int_equal(experiments(b), 1u + one + two);
		book_close(b);
	}
	buf_add(&whole, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
	assert_int_equal(file_replace(path, 0600, whole.data, whole.len, NULL), 0);
	b = open_book();
	assert_int_equal(experiments(b), 2);
	book_close(b);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, whole.len - 12);
	buf_free(&whole);
}

static void test_not_ours(void **state)
{
	struct book *b, *second;

	(void)state;
	assert_int_equal(file_replace(path, 0600, "something else", 14, NULL), 0);
	assert_int_equal(book_open(path, &b, NULL), -ERR_STORE);
	unlink(path);
	b = open_book();
	assert_int_equal(book_open(path, &second, NULL), -ERR_BUSY);
	book_close(b);
}

static void test_written_anew(void **state)
{
	char name[32], long_name[1000];
	struct book_stats stats;
	struct book *b = open_book();

	(void)state;
	memset(long_name, '?', 250);
	long_name[250] = '\0';
	for (int i = 0; i < 12000; i++) {
		snprintf(name, sizeof(name), "r%d", i % 40);
		long_name[0] = (char)('a' + i % 26);
		set(b, name, "drop", "10.0.0.1", long_name);
	}
	for (int i = 0; i < 3000; i++) {
		book_stats(b, &stats);
		if (stats.journal_bytes < 2 << 20)
			break;
		clock_sleep_ms(10);
	}
	assert_in_range(stats.journal_bytes, 40 * 250, 2 << 20); /* of more than 3 MB */
	set(b, "last", "drop", "any", "last");
	book_close(b);
	b = open_book();
	assert_int_equal(experiments(b), 41);
	assert_int_equal(decide(b, "::1", "last", DNS_A).what, DNS_DO_DROP);
	book_close(b);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_restart),
		TEST(test_deadline_went_on),
		TEST(test_same_random_after_a_restart),
		TEST(test_torn),
		TEST(test_not_ours),
		TEST(test_written_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
