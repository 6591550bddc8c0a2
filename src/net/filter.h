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
#include "net/traffic/live.h"
#include "sys/cgroup2.h"

enum filter_hook { FILTER_IN, FILTER_OUT, FILTER_THROUGH };

enum filter_act {
	FILTER_DROP,
	FILTER_PASS,  /* no later rule of this filter sees it */
	FILTER_RESET, /* of TCP: dropped, and who sent it gets a reset */
};

/* Some of what live keys have, of the socket that a packet comes from or is for. */
struct filter_keys {
	struct live_keys keys;
	enum { FILTER_PROTOCOL = 1, FILTER_LOCAL = 2, FILTER_REMOTE = 4, FILTER_PEER = 8 } of;
};

/* What is given must all fit; empty lists and NULL fit everything, no keys nothing. Borrowed. */
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
	const struct filter_keys *keys;
	const struct cgroup2_name *group; /* of the socket */
	bool probes;			  /* those that filter_verify sends, and no others */
};

struct filter {
	const struct filter_rule *rules;
	size_t n;
	uint64_t seed;	 /* of the shares of connections */
	const char *tag; /* in the name of its table, where a run has several; or NULL */
	double share;	 /* of the packets that are hit, each by chance: 0 to 1; 0: all */
	bool discovery;	 /* neighbour discovery, too */
	/*
	 * Brings the lists of the rules up to date, in the worker; true: one of them is another
	 * now. Called each so many milliseconds while the filter stands. NULL: they stay.
	 */
	bool (*follow)(void *ctx);
	void *ctx;
	int64_t follow_ms;
};

/* Some packet of the family (AF_INET, AF_INET6) can fit. */
bool filter_rule_fits(const struct filter_rule *r, int family);

/* One operation for each rule. */
void filter_plan(const struct filter *f, struct plan *ret);

/* 0, or -ERR_UNSUPPORTED with what this kernel lacks for it. Looks, never touches. */
int filter_why_not(const struct filter *f, struct err *e);

/* -ERR_UNSUPPORTED as filter_why_not(). */
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
