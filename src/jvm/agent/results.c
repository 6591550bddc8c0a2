#include "jvm/agent/results.h"

enum { RESULTS_MAX = 4096 };

static struct result results[RESULTS_MAX];
static unsigned char taken[RESULTS_MAX];

int results_put(const struct result *r)
{
	static unsigned turn;
	unsigned from = __atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED);

	for (unsigned i = 0; i < RESULTS_MAX; i++) {
		unsigned at = (from + i) % RESULTS_MAX;

		if (__atomic_exchange_n(&taken[at], 1, __ATOMIC_ACQUIRE))
			continue;
		results[at] = *r;
		return RESULTS_FIRST + (int)at;
	}
	return 0;
}

const struct result *results_get(int handle)
{
	int at = handle - RESULTS_FIRST;

	return at >= 0 && at < RESULTS_MAX && taken[at] ? &results[at] : NULL;
}

void results_drop(int handle)
{
	__atomic_store_n(&taken[handle - RESULTS_FIRST], 0, __ATOMIC_RELEASE);
}
