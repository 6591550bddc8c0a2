/* A hash table by cid; the caller holds the lock. */
#include "box/fleet/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define SLOTS_FIRST 1024

/* A cid is MD5 in hex: its digits are spread well enough, but anybody may send anything. */
static size_t slot_of(const struct roster *roster, const char *cid)
{
	uint64_t h = 1469598103934665603ull;

	for (; *cid; cid++)
		h = (h ^ (unsigned char)*cid) * 1099511628211ull;
	return (size_t)(h & (roster->n_slots - 1));
}

int roster_init(struct roster *roster, struct err *e)
{
	pthread_mutex_init(&roster->lock, NULL);
	roster->n_slots = SLOTS_FIRST;
	roster->slots = calloc(roster->n_slots, sizeof(struct agent *));
	return roster->slots ? 0 : err_set(e, ERR_NOMEM, 0, "out of memory");
}

void roster_done(struct roster *roster)
{
	for (size_t i = 0; roster->slots && i < roster->n_slots; i++) {
		for (struct agent *a = roster->slots[i], *next; a; a = next) {
			next = a->next;
			free(a);
		}
	}
	free(roster->slots);
	pthread_mutex_destroy(&roster->lock);
}

struct agent *roster_find(struct roster *roster, const char *cid)
{
	struct agent *a = roster->slots[slot_of(roster, cid)];

	while (a && !str_eq(a->cid, cid))
		a = a->next;
	return a;
}

/* Without memory the chains get longer, that is all. */
static void roster_grow(struct roster *roster)
{
	struct roster bigger = { .n_slots = roster->n_slots * 2 };

	bigger.slots = calloc(bigger.n_slots, sizeof(struct agent *));
	if (!bigger.slots)
		return;
	for (size_t i = 0; i < roster->n_slots; i++) {
		for (struct agent *a = roster->slots[i], *next; a; a = next) {
			size_t slot = slot_of(&bigger, a->cid);

			next = a->next;
			a->next = bigger.slots[slot];
			bigger.slots[slot] = a;
		}
	}
	free(roster->slots);
	roster->slots = bigger.slots;
	roster->n_slots = bigger.n_slots;
}

struct agent *roster_add(struct roster *roster, const char *cid)
{
	struct agent *a = roster_find(roster, cid);
	size_t slot;

	if (a)
		return a;
	a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	snprintf(a->cid, sizeof(a->cid), "%s", cid);
	a->beat.status = DEVICE_OFFLINE;
	if (roster->n >= roster->n_slots)
		roster_grow(roster);
	slot = slot_of(roster, cid);
	a->next = roster->slots[slot];
	roster->slots[slot] = a;
	roster->n++;
	return a;
}

void roster_remove(struct roster *roster, const char *cid)
{
	struct agent **at = &roster->slots[slot_of(roster, cid)], *a;

	while (*at && !str_eq((*at)->cid, cid))
		at = &(*at)->next;
	a = *at;
	if (!a)
		return;
	roster_status(roster, a, DEVICE_OFFLINE);
	roster->n_dirty -= a->dirty;
	roster->n--;
	*at = a->next;
	free(a);
}

void roster_status(struct roster *roster, struct agent *agent, int status)
{
	roster->n_online -= agent->beat.status == DEVICE_ONLINE;
	agent->beat.status = status;
	roster->n_online += agent->beat.status == DEVICE_ONLINE;
}

void roster_dirty(struct roster *roster, struct agent *agent)
{
	roster->n_dirty += !agent->dirty;
	agent->dirty = true;
}

static int by_id(const void *a, const void *b)
{
	const struct device_beat *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

struct device_beat *roster_take_dirty(struct roster *roster, size_t *ret_n)
{
	struct device_beat *beats;
	size_t n = 0;

	if (!roster->n_dirty)
		return NULL;
	beats = malloc(roster->n_dirty * sizeof(*beats));
	if (!beats)
		return NULL;
	for (size_t i = 0; i < roster->n_slots; i++) {
		for (struct agent *a = roster->slots[i]; a; a = a->next) {
			if (!a->dirty)
				continue;
			beats[n++] = a->beat;
			a->dirty = false;
		}
	}
	roster->n_dirty = 0;
	qsort(beats, n, sizeof(*beats), by_id);
	*ret_n = n;
	return beats;
}
