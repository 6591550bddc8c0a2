/* The tables have the moments and the middle of the distributions, and those of tc where it is. */
#include "net/distribution.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "base/cleanup.h"

static const struct {
	enum net_distribution d;
	double middle, mean, deviation;
} shapes[] = {
	{ NET_NORMAL, 0, 0, 1 },
	{ NET_PARETO, -0.32, -0.033, 0.82 },
	{ NET_PARETONORMAL, -0.24, -0.025, 0.834 },
};

static void test_shapes(void **unused)
{
	(void)unused;
	assert_null(net_distribution_table(NET_UNIFORM));
	for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
		const int16_t *t = net_distribution_table(shapes[s].d);
		double sum = 0, squares = 0, mean;

		for (int i = 0; i < DISTRIBUTION_ENTRIES; i++) {
			double x = (double)t[i] / DISTRIBUTION_SCALE;

			assert_true(i == 0 || t[i] >= t[i - 1]);
			sum += x;
			squares += x * x;
		}
		mean = sum / DISTRIBUTION_ENTRIES;
		assert_true(fabs(mean - shapes[s].mean) < 0.01);
		assert_true(fabs(sqrt(squares / DISTRIBUTION_ENTRIES - mean * mean) -
				    shapes[s].deviation) < 0.02);
		assert_true(fabs((double)t[DISTRIBUTION_ENTRIES / 2] / DISTRIBUTION_SCALE -
				    shapes[s].middle) < 0.01);
	}
}

/* Those of tc have the beginning of each piece where these have its middle. */
static void test_as_tc(void **unused)
{
	bool seen = false;

	(void)unused;
	for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
		const int16_t *t = net_distribution_table(shapes[s].d);
		char path[100], line[200];
		int i = 0, value;
		FILE *file;

		snprintf(path, sizeof(path), "/usr/lib/x86_64-linux-gnu/tc/%s.dist",
			net_distribution_name(shapes[s].d));
		file = fopen(path, "re");
		if (file == NULL)
			continue;
		assert_non_null(fgets(line, sizeof(line), file));
		while (i < DISTRIBUTION_ENTRIES && fscanf(file, "%d", &value) == 1) {
			if (i > 0 && i < DISTRIBUTION_ENTRIES - 1)
				assert_in_range(value + 40000, t[i - 1] + 40000, t[i + 1] + 40000);
			i++;
		}
		fclose(file);
		assert_int_equal(i, DISTRIBUTION_ENTRIES);
		seen = true;
	}
	if (!seen)
		skip();
}

static void test_names(void **unused)
{
	(void)unused;
	for (size_t s = 0; s < ARRAY_LEN(shapes); s++)
		assert_int_equal(net_distribution(net_distribution_name(shapes[s].d)), shapes[s].d);
	assert_int_equal(net_distribution(NULL), NET_UNIFORM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_as_tc),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
