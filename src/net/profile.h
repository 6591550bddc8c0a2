/*
 * A network whose quality changes with time: rows of delay, loss and rate, each from its time until
 * that of the next one; the last one stays, or the round begins again at its time.
 */
#ifndef NET_PROFILE_H
#define NET_PROFILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct profile_row {
	double at_ms, delay_ms, loss; /* loss: 0 to 1 */
	uint64_t bps;		      /* 0: any */
};

struct profile {
	struct profile_row *v;
	size_t n;
	bool repeat;
	size_t first; /* the row that holds until the clock starts */
	/* CLOCK_MONOTONIC, shared between processes; 0: the clock has not started. */
	atomic_llong *start_ns;
};

/*
 * Lines "TIME,DELAY,LOSS,RATE": seconds (ascending from 0), milliseconds, percent, and a rate as tc
 * takes it; an empty one is 0, a missing one too. A line of words before the first row, empty lines
 * and those that begin with # are left out. Owned: profile_free.
 */
int profile_parse(const char *text, struct profile *ret, struct err *e);
void profile_free(struct profile *p);

/* The row of now; *ret_left_ms: until the next one, negative: never. */
const struct profile_row *profile_now(const struct profile *p, int64_t now_ns, double *ret_left_ms);

#endif
