/*
 * A loss as rules of nf_tables: the selection of net/traffic/traffic.h in the words that such rules
 * have. What of it changes, addresses of names and sockets, is read from the set that the programs
 * of the other back-ends ask (net/traffic/live.h), again while the table stands.
 *
 * Of what a program can tell, nf_tables cannot: ARP is not theirs, and of packets that are only
 * forwarded nobody here is the owner.
 */
#ifndef NET_LOSS_RULES_H
#define NET_LOSS_RULES_H

#include "net/fault.h"
#include "net/filter.h"

struct loss_rules {
	struct filter filter;
	const struct traffic *traffic;
	struct filter_rule *v;
	size_t cap;
	struct live_keys seen; /* the set, as the lists were made of it */
	struct nets nets[4];   /* by enum live_kind */
	/* Sockets with a peer and without; what is left alone, by its local and its remote port. */
	struct filter_keys connected, bound, exempt[2];
};

/* At one place in memory until loss_rules_free; borrows f. */
int loss_rules_make(const struct net_fault *f, struct loss_rules *ret, struct err *e);
void loss_rules_free(struct loss_rules *l);

#endif
