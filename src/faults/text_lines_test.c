/* Lines put into texts and taken out again. */
#include "faults/shared/text_lines.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROOM 4096

static const char resolv[] = "# nameserver 9.9.9.9\nsearch a\nnameserver 10.0.0.1\noptions x\n"
			     "nameserver\t10.0.0.2\n";

static void add(const char *text, const char *lines, const char *word, const char *wanted,
	const char *removed)
{
	autobuf struct buf to = BUF_INIT(ROOM), from = BUF_INIT(ROOM);

	lines_add(text, lines, word, &to, &from);
	assert_string_equal(buf_text(&to), wanted);
	assert_string_equal(buf_text(&from), removed);
}

static void take(
	const char *text, const char *lines, const char *instead, const char *wanted, bool found)
{
	autobuf struct buf to = BUF_INIT(ROOM);

	assert_int_equal(lines_take_out(text, lines, instead, &to), found);
	assert_string_equal(buf_text(&to), wanted);
}

static void adds(void **state)
{
	(void)state;
	add(resolv, "nameserver 127.1.1.1\n", "nameserver",
		"# nameserver 9.9.9.9\nsearch a\nnameserver 127.1.1.1\noptions x\n",
		"nameserver 10.0.0.1\nnameserver\t10.0.0.2\n");
	add("search a", "nameserver 127.1.1.1\n", "nameserver", "search a\nnameserver 127.1.1.1\n",
		"");
	add("", "x\n", NULL, "x\n", "");
	add("a\nb", "y\n", "", "y\na\nb", "");
	add("nameserver 1", "y\n", "nameserver", "y\n", "nameserver 1\n");
	add("127.0.0.1 localhost", "1.2.3.4 a #t\n", NULL, "127.0.0.1 localhost\n1.2.3.4 a #t\n",
		"");
}

static void takes_out(void **state)
{
	(void)state;
	take("a\nX\nb\n", "X\n", "", "a\nb\n", true);
	take("a\nX\nY\nb\n", "X\nY\n", "o1\no2\n", "a\no1\no2\nb\n", true);
	take("a\nY\nnew\nb\n", "X\nY\n", "o\n", "a\no\nnew\nb\n", true); /* edited: X is gone */
	take("X\na\nX", "X\n", "", "X\na\n", true);			 /* only one of two */
	take("a\nXX\n", "X\n", "o\n", "a\nXX\n", false);
	take("", "X\n", "o\n", "", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds),
		cmocka_unit_test(takes_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
