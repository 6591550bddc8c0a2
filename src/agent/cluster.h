/*
 * A cluster's agent: watches pods and services by threads of its own, and tells the console of
 * them, POST /chaos/k8sPod, once a period.
 */
#ifndef AGENT_CLUSTER_H
#define AGENT_CLUSTER_H

#include <event2/event.h>

#include "agent/console.h"
#include "agent/options.h"

struct cluster;

/* Reads what needs privilege to be read. o is borrowed for good. */
int cluster_new(
	const struct options *o, struct event_base *base, struct cluster **ret, struct err *e);
/* Begins; console is borrowed for good. */
int cluster_start(struct cluster *c, struct console *console, struct err *e);
/* After the console was freed, whose last answers come here. NULL allowed. */
void cluster_free(struct cluster *c);

struct cluster_facts {
	size_t pods;
	uint64_t reports, failures; /* bodies that the console took, or did not */
};
struct cluster_facts cluster_facts(struct cluster *c);

#endif
