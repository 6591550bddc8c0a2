#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jvm/agent/site.h"

static void a_class_is_found_by_what_it_is_or_stands_on(void **state)
{
	const char *const interfaces[] = { "x/First", "x/Second" };
	const struct site_class c = { "a/B", "a/Base", interfaces, 2 };
	struct site s = { .class = "a.b", .by = "name" };

	(void)state;
	assert_true(site_has_class(&s, &c));
	s.class = "a.Base";
	assert_false(site_has_class(&s, &c));
	s.by = "super";
	assert_true(site_has_class(&s, &c));
	s = (struct site){ .class = "x.Second", .by = "interface" };
	assert_true(site_has_class(&s, &c));
	s.class = "x.Third";
	assert_false(site_has_class(&s, &c));
}

static void a_method_is_found_by_name_and_parameters(void **state)
{
	struct site s = { .class = "A", .by = "name", .method = "get,put,<init>" };

	(void)state;
	assert_true(site_has_method(&s, "put", "(I)V"));
	assert_true(site_has_method(&s, "PUT", "(I)V"));
	assert_true(site_has_method(&s, "<init>", "()V"));
	assert_false(site_has_method(&s, "pu", "(I)V"));
	assert_false(site_has_method(&s, "puts", "(I)V"));
	s.args = "int";
	assert_true(site_has_method(&s, "put", "(I)V"));
	assert_false(site_has_method(&s, "put", "(J)V"));
	s.args = NULL;
	s.argc = ">1";
	assert_false(site_has_method(&s, "put", "(I)V"));
	assert_true(site_has_method(&s, "put", "(IJ)V"));
	s.argc = "<2";
	assert_true(site_has_method(&s, "put", "(I)V"));
	s.argc = "1";
	assert_true(site_has_method(&s, "put", "(I)V"));
	s.argc = "x";
	assert_false(site_has_method(&s, "put", "(I)V"));
}

static void classes_that_are_not_touched_are_known(void **state)
{
	(void)state;
	assert_true(site_is_system("java/lang/String"));
	assert_true(site_is_system("sun/misc/Unsafe"));
	assert_true(site_is_system("com/sun/proxy/P"));
	assert_false(site_is_system("javax/servlet/http/HttpServlet"));
	assert_false(site_is_system("javafx/A"));
	assert_true(site_is_hidden("java/lang/invoke/LambdaForm$BMH/495053715"));
	assert_true(site_is_hidden("a/B$$Lambda.0x0000000840060a40"));
	assert_false(site_is_hidden("a/B"));
	assert_false(site_is_hidden("a/b2/C3"));
	assert_false(site_is_hidden("B1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_class_is_found_by_what_it_is_or_stands_on),
		cmocka_unit_test(a_method_is_found_by_name_and_parameters),
		cmocka_unit_test(classes_that_are_not_touched_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
