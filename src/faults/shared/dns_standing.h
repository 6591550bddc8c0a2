/*
 * What apply leaves for verify, which runs behind it in the same process: where the fault stands,
 * and how the servers answered before it stood.
 */
#ifndef FAULTS_SHARED_DNS_STANDING_H
#define FAULTS_SHARED_DNS_STANDING_H

#include "dns/addr.h"
#include "faults/shared/dns_probe.h"
#include "faults/shared/dns_rules.h"
#include "target/place.h"

struct dns_standing {
	struct place *place;
	unsigned rank; /* of its table; 0: by resolv.conf */
	/* Before: */
	bool answered;	     /* a name that is to be hit */
	bool other_answered; /* one that is not */
	double ms;	     /* how long the former took at best, once it was known */
};

/* Forgets all of it: apply comes again where a container has started again. */
void dns_standing_clear(void);

struct dns_rules *dns_standing_rules(void);
struct places *dns_standing_places(void);

/* Measures how it is before. place is one of dns_standing_places(), borrowed. */
int dns_standing_add(struct place *place, struct dns_standing **ret, struct err *e);

#endif
