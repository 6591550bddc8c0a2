#include "agent/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int ends[2];
static struct message in;

static int setup(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
}

static int teardown(void **state)
{
	(void)state;
	close(ends[0]);
	return close(ends[1]);
}

static void test_words(void **state)
{
	char *v[] = { (char *)"create", (char *)"", (char *)"a b", NULL };
	struct words sent = { v, 3 };
	autowords struct words got = { 0 };

	(void)state;
	assert_int_equal(message_send_words(ends[0], MESSAGE_ORDER, 7, &sent, NULL), 0);
	assert_int_equal(message_receive(ends[1], &in, 0, NULL), 0);
	assert_int_equal(in.kind, MESSAGE_ORDER);
	assert_int_equal(in.id, 7);
	assert_int_equal(message_words(&in, &got, NULL), 0);
	assert_int_equal(got.n, 3);
	assert_string_equal(got.v[0], "create");
	assert_string_equal(got.v[1], "");
	assert_string_equal(got.v[2], "a b");
}

static void test_bad_messages(void **state)
{
	autowords struct words got = { 0 };
	const uint32_t short_of[] = { MESSAGE_ORDER, 1, 0, 5 };
	static char large[MESSAGE_MOST + 1];

	(void)state;
	assert_int_equal(message_receive(ends[1], &in, MSG_DONTWAIT, NULL), -ERR_BUSY);
	assert_int_equal(send(ends[0], "abc", 3, 0), 3);
	assert_int_equal(message_receive(ends[1], &in, 0, NULL), -ERR_PROTOCOL);
	assert_int_equal(send(ends[0], short_of, sizeof(short_of), 0), sizeof(short_of));
	assert_int_equal(message_receive(ends[1], &in, 0, NULL), -ERR_PROTOCOL);
	assert_int_equal(message_send(ends[0], MESSAGE_PART, 1, 0, "open", 4, 0, NULL), 0);
	assert_int_equal(message_receive(ends[1], &in, 0, NULL), 0);
	assert_int_equal(message_words(&in, &got, NULL), -ERR_PROTOCOL);
	assert_int_equal(message_send(ends[0], MESSAGE_PART, 1, 0, large, sizeof(large), 0, NULL),
		-ERR_INVALID);
	shutdown(ends[0], SHUT_RDWR);
	assert_int_equal(message_receive(ends[1], &in, 0, NULL), -ERR_NOTFOUND);
}

static void test_largest(void **state)
{
	static char data[MESSAGE_MOST];

	(void)state;
	memset(data, 'x', sizeof(data));
	assert_int_equal(message_send(ends[0], MESSAGE_END, 1, 2, data, sizeof(data), 0, NULL), 0);
	assert_int_equal(message_receive(ends[1], &in, 0, NULL), 0);
	assert_int_equal(in.len, sizeof(data));
	assert_memory_equal(in.data, data, sizeof(data));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_words, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_largest, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
