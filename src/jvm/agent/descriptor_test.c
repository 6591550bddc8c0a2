#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jvm/agent/descriptor.h"

static void parameters_are_counted(void **state)
{
	(void)state;
	assert_int_equal(descriptor_count("()V"), 0);
	assert_int_equal(descriptor_count("(IJ[[Ljava/lang/String;[D)V"), 4);
	assert_int_equal(descriptor_count("I"), -1);
	assert_int_equal(descriptor_count("(Lx)V"), -1);
	assert_int_equal(descriptor_count("(Q)V"), -1);
	assert_int_equal(descriptor_count("(I"), -1);
	assert_string_equal(descriptor_return("(I)[J"), "[J");
	assert_string_equal(descriptor_return("I"), "");
}

static void types_are_those_of_java(void **state)
{
	static const struct {
		const char *descriptor, *types;
		bool takes;
	} rows[] = {
		{ "()V", "", true },
		{ "(I)V", "", false },
		{ "()V", "int", false },
		{ "(IJ)V", "int,long", true },
		{ "(IJ)V", " int , long ", true },
		{ "(IJ)V", "int", false },
		{ "(I)V", "int,long", false },
		{ "(Ljava/lang/String;[[I)V", "java.lang.String,int[][]", true },
		{ "(Ljava/lang/String;)V", "java.lang.Strin", false },
		{ "(Ljava/lang/String;)V", "java.lang.String2", false },
		{ "(LA$B;)V", "A$B", true },
		{ "([I)V", "int", false },
		{ "(I)V", "int[]", false },
		{ "(ZBCSFD)V", "boolean,byte,char,short,float,double", true },
		{ "(I)V", "integer", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
			descriptor_takes(rows[i].descriptor, rows[i].types), rows[i].takes);
}

static void classes_are_compared_without_letter_case(void **state)
{
	(void)state;
	assert_true(descriptor_same_class("a/b/C$D", "a.b.C$D"));
	assert_true(descriptor_same_class("a/b/C", "A.B.c"));
	assert_false(descriptor_same_class("a/b/C", "a.b.C2"));
	assert_false(descriptor_same_class("a/b/C2", "a.b.C"));
	assert_false(descriptor_same_class("a/b/C", "b.C"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_are_counted),
		cmocka_unit_test(types_are_those_of_java),
		cmocka_unit_test(classes_are_compared_without_letter_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
