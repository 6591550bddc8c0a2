/*
 * Queries on their way to the upstreams. The first that is up is asked; a time-out, a refusal or a
 * SERVFAIL moves on to the next. Over UDP, from a set of ports that chance chose, with an id that
 * chance chose; a truncated answer is asked for again over TCP.
 */
#ifndef DNS_FORWARD_H
#define DNS_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/addr.h"

struct forward_out;
struct pending;
struct upstream;
struct worker;

enum { FORWARD_UPSTREAMS = 32 };

struct forward {
	struct upstream *v[FORWARD_UPSTREAMS];
	size_t n;
	struct upstream *retired; /* not of the list any more, still waited for */
	struct pending **by_id;	  /* 65536 */
	struct forward_out *out;  /* what this batch sends */
	struct batch *in;
	uint16_t ids[1024]; /* from the kernel, used from the end */
	size_t n_ids;
	_Atomic bool up;
};

int forward_init(struct worker *w, struct err *e);
void forward_done(struct worker *w);

/* The upstreams from now on. Those that were there stay as they are. */
int forward_set(struct worker *w, const struct addrs *upstreams, struct err *e);

/* The first try, or the next one. In the end query_relay() or query_fail() is called. */
void forward_try(struct worker *w, struct pending *p);
/* Sends what was left. Before each sleep. */
void forward_flush(struct worker *w);

#endif
