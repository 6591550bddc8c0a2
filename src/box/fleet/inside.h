/* The fleet as its own files see it. */
#ifndef BOX_FLEET_INSIDE_H
#define BOX_FLEET_INSIDE_H

#include <stdatomic.h>
#include <stdint.h>

#include "box/fleet/fleet.h"
#include "box/fleet/roster.h"

struct event;

struct fleet {
	struct fleet_options options;
	struct roster roster;
	struct event *write, *ping;
	int64_t started_ms;
	unsigned pings; /* of the round under way */
	atomic_ullong heartbeats, refused, orders, failures;
};

/* calls.c: the timer of the pings; arg is the fleet. */
void fleet_ping(int fd, short what, void *arg);

#endif
