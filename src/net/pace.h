/* When packets that come in order may go on under a rate: token buckets, as the kernel's tbf. */
#ifndef NET_PACE_H
#define NET_PACE_H

#include <stddef.h>
#include <stdint.h>

#include "net/fault.h"

struct pace {
	struct bucket {
		double bytes_a_ns; /* 0: no bound */
		double size, level;
	} rate, peak;
	int64_t at; /* of the last packet, and of the levels */
};

void pace_init(struct pace *p, const struct net_rate *r, int64_t now_ns); /* the buckets are full */

/* Another rate from now on; its bucket is empty. */
void pace_change(struct pace *p, const struct net_rate *r, int64_t now_ns);

/*
 * The time, now or later, at which a packet goes on that comes now; it has gone then. One that is
 * larger than a bucket waits until that is full.
 */
int64_t pace_next(struct pace *p, size_t len, int64_t now_ns);

#endif
