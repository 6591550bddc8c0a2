/*
 * What befalls one packet after another, of those that a worker holds: when it goes on, whether
 * twice, whether spoilt. The same seed decides the same.
 */
#ifndef NET_FATE_H
#define NET_FATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rand.h"
#include "net/fault.h"

/* Says yes to a share of the questions; with a correlation, repeats itself that often. */
struct die {
	double share, correlation; /* 0 to 1 */
	bool last;
};

struct die die_make(double share, double correlation, struct rand *r);
bool die_throw(struct die *d, struct rand *r);

struct fates {
	const struct net_fault *fault;
	struct rand rand;
	const int16_t *spread; /* table of the distribution, NULL: even */
	bool bad;	       /* state of the loss in bursts */
	struct die duplicate, corrupt, reorder;
	double drawn;	 /* of the last wait, 0 to 1 */
	unsigned waited; /* packets since the last one that overtook */
};

struct fate {
	int64_t wait_ns; /* 0: it overtakes those that wait */
	bool lost, twice, spoilt;
};

void fates_init(struct fates *f, const struct net_fault *fault, uint64_t seed);
struct fate fates_next(struct fates *f);

/* Flips one bit behind the IP header: what a checksum is there for. ip: the header. */
void fate_spoil(uint8_t *ip, size_t len, struct rand *r);

#endif
