/* What is read of a JVM from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "jvm/jvm.h"
#include "jvm/perfdata.h"

#define STATUS(state, tgids, caught)                                                               \
	"Name:\tjava\nUmask:\t0022\nState:\t" state "\nTgid:\t71\nUid:\t1\t1001\t1001\t1001\n"     \
	"Gid:\t2\t1002\t1002\t1002\nNStgid:\t" tgids "\nSigCgt:\t" caught "\n"

static void a_status(void **state)
{
	struct jvm jvm;
	struct err e;

	(void)state;
	assert_int_equal(
		jvm_parse_status(STATUS("S (sleeping)", "71\t7", "2000000181005ccf"), &jvm, &e), 0);
	assert_int_equal(jvm.uid, 1001);
	assert_int_equal(jvm.gid, 1002);
	assert_int_equal(jvm.inner, 7);
	assert_true(jvm.takes_sigquit);
	assert_false(jvm.stopped);
	assert_int_equal(jvm_parse_status(STATUS("T (stopped)", "71", "0"), &jvm, &e), 0);
	assert_int_equal(jvm.inner, 71);
	assert_false(jvm.takes_sigquit);
	assert_true(jvm.stopped);
	assert_int_equal(jvm_parse_status("", &jvm, &e), -ERR_PROTOCOL);
	assert_int_equal(jvm_parse_status(STATUS("S", "\tx", "0"), &jvm, &e), -ERR_PROTOCOL);
}

static void a_switch_counts_as_it_stands_last(void **state)
{
	(void)state;
	assert_false(jvm_switch("", "X", false));
	assert_true(jvm_switch("-XX:+X", "X", false));
	assert_false(jvm_switch("-XX:+X -cp a -XX:-X", "X", true));
	assert_false(jvm_switch("-XX:+XY -XX:X", "X", false));
	assert_true(jvm_switch("-XX:-Y\n-XX:+X", "X", false));
}

static void a_container(void **state)
{
	char id[65];

	(void)state;
	jvm_parse_container("0::/user.slice\n", id);
	assert_string_equal(id, "");
	jvm_parse_container("0::/system.slice/docker-"
			    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
			    ".scope\n",
		id);
	assert_string_equal(id, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
}

static void a_release(void **state)
{
	(void)state;
	assert_int_equal(jvm_release("1.8.0_402"), 8);
	assert_int_equal(jvm_release("17.0.15"), 17);
	assert_int_equal(jvm_release("25"), 25);
	assert_int_equal(jvm_release("25-ea"), 25);
	assert_int_equal(jvm_release(""), 0);
}

static void what_may_not_be_attached_to(void **state)
{
	struct jvm good = { .process = { getpid(), 1 },
		.make = JVM_HOTSPOT,
		.inner = 1,
		.uid = geteuid(),
		.takes_sigquit = true,
		.version = "17.0.15" };
	struct jvm bad[8];
	static const int wanted[] = { ERR_UNSUPPORTED, ERR_UNSUPPORTED, ERR_UNSUPPORTED,
		ERR_UNSUPPORTED, ERR_UNSUPPORTED, ERR_BUSY, ERR_BUSY, ERR_UNSUPPORTED };
	struct err e;

	(void)state;
	assert_int_equal(jvm_attachable(&good, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = good;
	bad[0].make = JVM_OPENJ9;
	bad[1].make = JVM_NONE;
	strncpy(bad[2].version, "1.7.0_80", sizeof(bad[2].version) - 1);
	strncpy(bad[3].options, "-Xmx1g -XX:+DisableAttachMechanism", 100);
	strncpy(bad[4].options, "-Xrs -Xmx1g", 100);
	bad[5].stopped = true;
	bad[6].takes_sigquit = false;
	strncpy(bad[7].options, "-XX:-EnableDynamicAgentLoading", 100);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(jvm_attachable(&bad[i], &e), -wanted[i]);
}

static void the_next_one_with_its_pid_is_another(void **state)
{
	struct jvm jvm = { .inner = 7 };
	struct process self;
	struct err e;

	(void)state;
	assert_int_equal(process_find(getpid(), &self, &e), 0);
	self.start--;
	assert_int_equal(jvm_look(&self, &jvm, &e), -ERR_NOTFOUND);
	assert_int_equal(jvm.inner, 7);
	self.start++;
	assert_int_equal(jvm_look(&self, &jvm, &e), 0);
	assert_int_equal(jvm.make, JVM_NONE);
}

/* One entry, "k" = "v". */
static const uint8_t counters[] = { 0xca, 0xfe, 0xc0, 0xc0, 1, 2, 0, 1, 60, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0, 1, 0, 0, 0, /* entry */ 28, 0, 0, 0, 20, 0, 0, 0, 2, 0, 0,
	0, 'B', 0, 5, 1, 24, 0, 0, 0, 'k', 0, 0, 0, 'v', 0, 0, 0 };

static void counters_of_a_jvm(void **state)
{
	uint8_t bent[sizeof(counters)];
	char text[8] = "";
	struct err e;

	(void)state;
	assert_int_equal(perfdata_text(counters, sizeof(counters), "k", text, 8, &e), 0);
	assert_string_equal(text, "v");
	assert_int_equal(
		perfdata_text(counters, sizeof(counters), "kk", text, 8, &e), -ERR_NOTFOUND);
	for (size_t n = 0; n < sizeof(counters); n++)
		assert_int_equal(perfdata_text(counters, n, "k", text, 8, &e), -ERR_PROTOCOL);
	memcpy(bent, counters, sizeof(bent));
	bent[40] = 9; /* the value is longer than the entry */
	assert_int_equal(perfdata_text(bent, sizeof(bent), "k", text, 8, &e), -ERR_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status),
		cmocka_unit_test(a_switch_counts_as_it_stands_last),
		cmocka_unit_test(a_container),
		cmocka_unit_test(a_release),
		cmocka_unit_test(what_may_not_be_attached_to),
		cmocka_unit_test(the_next_one_with_its_pid_is_another),
		cmocka_unit_test(counters_of_a_jvm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
