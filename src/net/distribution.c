/* Tables of distributions, as those that come with tc (from NIST Net, in the public domain). */
#include "net/distribution.h"

#include <math.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/str.h"

static const char *const names[] = {
	[NET_UNIFORM] = "uniform",
	[NET_NORMAL] = "normal",
	[NET_PARETO] = "pareto",
	[NET_PARETONORMAL] = "paretonormal",
};

enum net_distribution net_distribution(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(names[i], name))
			return (enum net_distribution)i;
	return NET_UNIFORM;
}

const char *net_distribution_name(enum net_distribution d)
{
	return names[d];
}

/* The value that a share of them does not reach. */
static double normal(double share)
{
	enum { STEPS = 40 };
	double low = -8, high = 8;

	for (int i = 0; i < STEPS; i++) {
		double middle = (low + high) / 2;

		*(.5 + .5 * erf(middle / sqrt(2)) < share ? &low : &high) = middle;
	}
	return low;
}

/* Cut off where an entry of a table ends. */
static double pareto(double share)
{
	return fmin((pow(1 - share, -1.0 / 3) - 1.5) * 4 / 3, 4);
}

static double value(enum net_distribution d, double share)
{
	if (d == NET_NORMAL)
		return normal(share);
	if (d == NET_PARETO)
		return pareto(share);
	return normal(share) / 4 + pareto(share) * 3 / 4;
}

const int16_t *net_distribution_table(enum net_distribution d)
{
	static int16_t table[DISTRIBUTION_ENTRIES];
	static enum net_distribution made;

	if (d == NET_UNIFORM)
		return NULL;
	for (int i = 0; i < DISTRIBUTION_ENTRIES && made != d; i++) {
		double v = value(d, (i + .5) / DISTRIBUTION_ENTRIES) * DISTRIBUTION_SCALE;

		table[i] = (int16_t)lround(fmin(v, INT16_MAX));
	}
	made = d;
	return table;
}
