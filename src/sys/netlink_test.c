#include "sys/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_round_trip(void **state)
{
	autobuf struct buf b = NL_BUF;
	struct ifinfomsg head = { .ifi_index = 7 }, got;
	struct nl_message m;
	struct nl_attr a;
	char text[8];
	size_t start, nest;

	(void)state;
	start = nl_begin(&b, RTM_NEWLINK, NLM_F_ACK, &head, sizeof(head));
	nl_put_str(&b, 1, "gale0");
	nest = nl_nest(&b, 2);
	nl_put_u8(&b, 3, 9);
	nl_put_be32(&b, 4, 0x01020304);
	nl_nest_end(&b, nest);
	nl_end(&b, start);
	assert_false(b.failed);

	struct nl_view v = { (const uint8_t *)b.data, b.len };
	assert_true(nl_next_message(&v, &m));
	assert_int_equal(m.head.nlmsg_type, RTM_NEWLINK);
	assert_true(nl_take(&m.body, &got, sizeof(got)));
	assert_int_equal(got.ifi_index, 7);
	assert_true(nl_next_attr(&m.body, &a));
	nl_text(&a, text, sizeof(text));
	assert_string_equal(text, "gale0");
	assert_true(nl_next_attr(&m.body, &a));
	assert_int_equal(a.type, 2);
	struct nl_view inner = a.body;
	assert_true(nl_next_attr(&inner, &a));
	assert_int_equal(a.body.at[0], 9);
	assert_true(nl_next_attr(&inner, &a));
	assert_memory_equal(a.body.at, "\1\2\3\4", 4);
	assert_false(nl_next_attr(&inner, &a));
	assert_false(nl_next_attr(&m.body, &a));
	assert_false(nl_next_message(&v, &m));
}

/* Lengths that lie end the walk; nothing is read behind the view. */
static void test_bad_lengths(void **state)
{
	struct {
		struct nlmsghdr head;
		struct nlattr attr;
	} wire = { { .nlmsg_len = sizeof(wire) }, { .nla_len = 200 } };
	struct nl_view v = { (const uint8_t *)&wire, sizeof(wire) };
	struct nl_message m;
	struct nl_attr a;

	(void)state;
	assert_true(nl_next_message(&v, &m));
	assert_false(nl_next_attr(&m.body, &a));
	wire.head.nlmsg_len = 3;
	v = (struct nl_view){ (const uint8_t *)&wire, sizeof(wire) };
	assert_false(nl_next_message(&v, &m));
	wire.head.nlmsg_len = sizeof(wire) + 1;
	assert_false(nl_next_message(&v, &m));
	a = (struct nl_attr){ 1, { (const uint8_t *)"ab", 2 } };
	assert_int_equal(nl_u32(&a), 0);
}

static void test_too_large(void **state)
{
	static const char big[70000];
	autobuf struct buf b = NL_BUF;

	(void)state;
	nl_put(&b, 1, big, sizeof(big));
	assert_true(b.failed);
}

static int count_links(const struct nl_message *m, void *ctx, struct err *e)
{
	(void)e;
	if (m->head.nlmsg_type == RTM_NEWLINK)
		(*(int *)ctx)++;
	return 0;
}

static void test_ask_kernel(void **state)
{
	autobuf struct buf b = NL_BUF;
	struct ifinfomsg all = { 0 }, none = { .ifi_index = 0x7ffffff0 };
	struct err e = { 0 };
	int fd = nl_open(NETLINK_ROUTE, &e), links = 0;

	(void)state;
	assert_true(fd >= 0);
	nl_end(&b, nl_begin(&b, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, &all, sizeof(all)));
	assert_int_equal(nl_call(fd, &b, count_links, &links, &e), 0);
	assert_true(links >= 1);
	buf_reset(&b);
	nl_end(&b, nl_begin(&b, RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, &none, sizeof(none)));
	assert_int_equal(nl_call(fd, &b, NULL, NULL, &e), -ERR_NOTFOUND);
	assert_int_equal(e.sys, ENODEV);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bad_lengths),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_ask_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
