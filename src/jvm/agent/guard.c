#include "jvm/agent/guard.h"

#include <stddef.h>

enum { THREADS_MAX = 256 };

static const void *inside[THREADS_MAX];
static unsigned count; /* how many are inside: 0 spares the search */

bool guard_holds(const void *thread)
{
	if (!__atomic_load_n(&count, __ATOMIC_ACQUIRE))
		return false;
	for (size_t i = 0; i < THREADS_MAX; i++)
		if (__atomic_load_n(&inside[i], __ATOMIC_RELAXED) == thread)
			return true;
	return false;
}

bool guard_enter(const void *thread)
{
	if (guard_holds(thread))
		return false;
	for (size_t i = 0; i < THREADS_MAX; i++) {
		const void *none = NULL;

		if (!__atomic_compare_exchange_n(
			    &inside[i], &none, thread, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			continue;
		__atomic_fetch_add(&count, 1, __ATOMIC_RELEASE);
		return true;
	}
	return false;
}

void guard_leave(const void *thread)
{
	for (size_t i = 0; i < THREADS_MAX; i++)
		if (__atomic_load_n(&inside[i], __ATOMIC_RELAXED) == thread) {
			__atomic_fetch_sub(&count, 1, __ATOMIC_RELEASE);
			__atomic_store_n(&inside[i], NULL, __ATOMIC_RELEASE);
			return;
		}
}
