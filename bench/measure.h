/* What the programs that make load share: the clock, the times of answers, and an end. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void fail(const char *what)
{
	perror(what);
	exit(1);
}

static inline int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

enum { TIMES_MAX = 2000000 };

struct times {
	uint32_t of[TIMES_MAX]; /* by microseconds; the last has all that are longer */
	uint64_t n, worst_us;
};

static inline void times_add(struct times *t, int64_t ns)
{
	uint64_t us = (uint64_t)ns / 1000;

	t->worst_us = us > t->worst_us ? us : t->worst_us;
	t->of[us < TIMES_MAX ? us : TIMES_MAX - 1]++;
	t->n++;
}

/* In microseconds: a share of them, 0 to 1, took no longer. */
static inline uint64_t times_within(const struct times *t, double share)
{
	uint64_t seen = 0;

	for (uint64_t us = 0; us < TIMES_MAX && t->n > 0; us++) {
		seen += t->of[us];
		if ((double)seen >= (double)t->n * share)
			return us;
	}
	return t->worst_us;
}

#endif
