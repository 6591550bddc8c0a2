/*
 * Packets of this host, or through it, are dropped, let by or answered with a reset, by a table of
 * nf_tables that belongs to a worker's socket and ends with it. Elements that every rule needs time
 * out at the deadline, so the kernel itself ends it. Nobody else's rule is touched, and an accept
 * of other tables cannot undo a drop. Neighbour discovery is what ARP is for IPv4: it is let by.
 */
#ifndef NET_FILTER_H
#define NET_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/nets.h"
#include "base/ranges.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/plan.h"
#include "fault/run.h"
#include "fault/undo.h"

enum filter_hook { FILTER_IN, FILTER_OUT, FILTER_THROUGH };

enum filter_act {
	FILTER_DROP,
	FILTER_PASS,  /* no later rule of this filter sees it */
	FILTER_RESET, /* of TCP: dropped, and who sent it gets a reset */
};

/* What is given must all fit; an empty list and NULL fit everything. Borrowed. */
struct filter_rule {
	enum filter_hook hook;
	enum filter_act act;
	const struct nets *source, *destination;
	const struct ranges *source_port, *destination_port;
	const char *text;			  /* in the packet; needs xt_string in the kernel */
	const char *in_interface, *out_interface; /* by which it comes, by which it goes */
	uint8_t protocol;	     /* IPPROTO_..., of ICMP that of IPv6 too; 0: any */
	uint8_t tcp_flags, tcp_mask; /* of TCP: flags & mask; mask 0: any */
	double share;		     /* of the connections, 0 to 1; 0: all */
	bool of_packets;	     /* the share is of the packets, each by itself */
};

struct filter {
	const struct filter_rule *rules;
	size_t n;
	uint64_t seed;	 /* of the shares of connections */
	const char *tag; /* in the name of its table, where a run has several; or NULL */
	/* A list of the rules, and what it is made of: names are looked up again while it stands.
	 */
	const struct nets *asked;
	struct nets *found; /* NULL: no list has names */
};

/* The blocks of the list and the addresses of its names. Owned: nets_free. */
int filter_look_up(const struct nets *asked, struct nets *ret, struct err *e);

/* Some packet of the family (AF_INET, AF_INET6) can fit. */
bool filter_rule_fits(const struct filter_rule *r, int family);

/* One operation for each rule. */
void filter_plan(const struct filter *f, struct plan *ret);

/* -ERR_UNSUPPORTED: this kernel cannot match text, or answer with a reset. */
int filter_apply(struct run *run, const struct filter *f, struct err *e);

/*
 * Sends packets that the rules fit, and reads how many the rules have counted.
 * Measured is the share of them in percent.
 */
int filter_verify(struct run *run, const struct filter *f, struct effect *ret, struct err *e);

/* 0, or -ERR_INEFFECTIVE: its table has been taken away. */
int filter_check(const struct run *run, const struct filter *f, struct err *e);

/* The same as the watch of a fault whose filter has no tag. */
int filter_watch(struct run *run, const struct target *t, const void *args, struct err *e);

int filter_revert(
	const struct undo *u, struct err *e); /* the table went with the worker's socket */

#endif
