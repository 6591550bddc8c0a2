#include "jvm/agent/epoch.h"

#include "jvm/agent/rt.h"

enum { STRIPES = 32 };

static struct stripe {
	uint32_t readers[2]; /* by the parity of the epoch that they entered in */
	char apart[56];
} stripes[STRIPES];
static uint32_t epoch;

uint32_t *epoch_enter(const void *thread)
{
	uintptr_t n = (uintptr_t)thread;
	struct stripe *s = &stripes[(n >> 6 ^ n >> 12) % STRIPES];
	uint32_t *readers = &s->readers[__atomic_load_n(&epoch, __ATOMIC_ACQUIRE) & 1];

	__atomic_fetch_add(readers, 1, __ATOMIC_SEQ_CST);
	return readers;
}

void epoch_leave(uint32_t *readers)
{
	__atomic_fetch_sub(readers, 1, __ATOMIC_RELEASE);
}

static void drain(unsigned parity)
{
	for (unsigned i = 0; i < STRIPES; i++)
		while (__atomic_load_n(&stripes[i].readers[parity], __ATOMIC_SEQ_CST))
			rt_sleep_ns(20000);
}

/* Twice: a reader may have read the epoch before the first change and entered after it. */
void epoch_wait(void)
{
	for (int i = 0; i < 2; i++)
		drain(__atomic_fetch_add(&epoch, 1, __ATOMIC_SEQ_CST) & 1);
}
