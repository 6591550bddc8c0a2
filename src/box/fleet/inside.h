/* The fleet as its own files see it. */
#ifndef BOX_FLEET_INSIDE_H
#define BOX_FLEET_INSIDE_H

#include <stdatomic.h>
#include <stdint.h>

#include "box/fleet/fleet.h"
#include "box/fleet/roster.h"

struct event;
struct work;

struct fleet {
	struct fleet_options options;
	struct roster roster;
	struct event *write, *ping;
	int64_t started_ms;
	unsigned pings;		/* of the round under way */
	struct work *pods_work; /* one thread, whose connection pods_db is */
	struct db *pods_db;
	int64_t pods_swept_ms;
	atomic_ullong heartbeats, refused, orders, failures;
};

/* calls.c: the timer of the pings; arg is the fleet. */
void fleet_ping(int fd, short what, void *arg);

/* pods.c: the thread of the reports, and what each second in the main thread does. */
int fleet_pods_start(struct fleet *fleet, struct err *e);
void fleet_pods_end(struct fleet *fleet); /* after what waits */
void fleet_pods_sweep(struct fleet *fleet, int64_t now_ms);

#endif
