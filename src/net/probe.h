/*
 * Measures what selected packets experience, without a peer: frames made here that the traffic
 * selects are sent through the interface, and watched for where the interface sends them out; or
 * are made to arrive at it, and watched for where it hands them on.
 * Nobody takes them in: they are addressed to the interface itself, live for one hop, and have a
 * wrong checksum.
 */
#ifndef NET_PROBE_H
#define NET_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/traffic/traffic.h"
#include "sys/rtnl.h"

struct probe {
	unsigned count;
	double wait_ms;	 /* for the last one */
	double early_ms; /* which are early: seen within this */
	uint32_t mark;	 /* of the packets; hook_mark() */
	size_t padding;	 /* bytes more in each, as far as the MTU allows */
	bool at_once;	 /* without a pause between them: what goes through in a time is asked */
};

enum { PROBE_WHAT = 80 };

struct probe_result {
	unsigned sent, seen;
	unsigned early, intact, again; /* of those seen; again: copies of them */
	double median_ms;	       /* of those that were seen */
	double sending_ms;	       /* from the first that was sent to the last */
	double span_ms;		       /* from the first that was sent to the last that was seen */
	size_t bytes;		       /* of each, as the interface counts it */
	char what[PROBE_WHAT];	       /* "udp to 10.0.0.2 port 80" */
};

/* False: ICMP of some processes is meant, and none of ours can pass for that. */
bool probe_is_possible(const struct traffic *t);

/* -ERR_INEFFECTIVE: the excludes leave nothing that could be sent. */
int probe_run(const struct traffic *t, const struct link *l, const struct probe *p,
	struct probe_result *ret, struct err *e);

#endif
