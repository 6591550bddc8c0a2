/*
 * What a selection of traffic comes to on this machine now: host names as addresses, processes as
 * control groups and sockets, the ports of the peers of what is excluded, and the connections that
 * are left alone.
 */
#ifndef NET_TRAFFIC_SETTLE_H
#define NET_TRAFFIC_SETTLE_H

#include "fault/plan.h"
#include "fault/run.h"
#include "net/traffic/exempt.h"
#include "net/traffic/traffic.h"

struct settled {
	struct traffic traffic; /* of it, all but exclude_port and found is the asked one's */
	struct exempts exempts;
	struct places places; /* one at most */
	int back;	      /* out of its network namespace; -1: it is ours */
};

/*
 * Looks, never touches. When the traffic is of processes in another network namespace, this thread
 * is in that from here on, until settled_free.
 */
int settle(
	const struct traffic *t, uint64_t seed, pid_t caller, struct settled *ret, struct err *e);
void settle_plan(const struct settled *s, struct plan *ret);
void settled_free(struct settled *s);

/*
 * Makes what the back-ends' programs ask: control groups (their records come first) and the set.
 * Says in the reply what is left alone, and starts a worker that follows what changes.
 */
int settled_put(struct run *run, struct settled *s, struct err *e);

#endif
