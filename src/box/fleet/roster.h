/* The agents in memory, by cid: what proves a callback, and what heartbeats change. */
#ifndef BOX_FLEET_ROSTER_H
#define BOX_FLEET_ROSTER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "box/store/account.h"
#include "box/store/fleet.h"

struct agent {
	struct agent *next;
	char cid[40];
	char license[40], secret_key[72];
	long long user;
	char address[48]; /* private; what a beat says is in beat.public_ip */
	int port;
	struct device_beat beat;
	bool dirty;
};

struct roster {
	pthread_mutex_t lock;
	struct agent **slots; /* a power of two of them */
	size_t n_slots, n, n_online, n_dirty;
};

int roster_init(struct roster *roster, struct err *e);
void roster_done(struct roster *roster);

/* All of these: with the lock held. */
struct agent *roster_find(struct roster *roster, const char *cid);
struct agent *roster_add(
	struct roster *roster, const char *cid); /* or the one there; NULL: no memory */
void roster_remove(struct roster *roster, const char *cid);
void roster_status(struct roster *roster, struct agent *agent, int status);
void roster_dirty(struct roster *roster, struct agent *agent);

/* Moves the changes out, sorted by id; NULL when there are none, or no memory. */
struct device_beat *roster_take_dirty(struct roster *roster, size_t *ret_n);

#endif
