/* The inside of the book: where its rules stand, their deadlines, its ledger and its thread. */
#ifndef DNS_SHELF_H
#define DNS_SHELF_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "dns/book.h"
#include "dns/compiled.h"
#include "dns/index.h"
#include "dns/ledger.h"
#include "dns/written.h"

struct named { /* the parts of one name of one door */
	struct table_item item;
	struct rule *first;
};

struct book {
	pthread_mutex_t lock; /* of all but what readers look at */
	struct epoch epoch;
	struct index index;
	struct table rules, names;
	struct rule *oldest, *newest;
	size_t n_rules;
	struct rule *ended; /* that no reader sees: they still hang in the index */
	size_t n_ended;	    /* their patterns */
	uint64_t number, changes /* from 1: a ticket */, lists;
	struct rule **deadlines; /* a heap: the nearest first */
	size_t n_deadlines, cap_deadlines;

	struct ledger *ledger; /* NULL: not kept */
	struct buf out;
	char boot_id[40];
	size_t least_size; /* of the ledger when it was last written anew */
	pthread_cond_t wake, synced;
	pthread_t thread;
	bool has_thread, stop;
	atomic_ullong durable;
	struct err lost; /* why the ledger cannot be kept any more */
	int durable_fd;
};

/* All under the book's lock. */
int shelf_change(struct book *b, const struct book_step *steps, size_t n, const int64_t *deadlines,
	struct err *e);

struct named *shelf_named(const struct book *b, const char *door, const char *name);
struct rule *shelf_find(const struct book *b, const struct rule_spec *spec);
/* In the place of old (NULL: of none); taken out again, old comes back. */
int shelf_put(struct book *b, struct rule *r, struct rule *old, struct err *e);
void shelf_take(struct book *b, struct rule *r, struct rule *old);

/* Of a rule that is no longer visible: shelf_clear() takes it out of everything in time. */
void shelf_retire(struct book *b, struct rule *r);
/* Clears so many patterns of ended rules, and pieces of memory; whether anything is left. */
bool shelf_clear(struct book *b, size_t most);
/* The thread does that. When more is left than it can keep up with, a change does its part. */
void shelf_share(struct book *b);
void shelf_free_rule(struct garbage *g, void *ctx);

/* Of a rule that has become visible: it stands, and ends at its deadline. */
void shelf_stand(struct book *b, struct rule *r);
int shelf_reserve_heap(struct book *b, size_t n, struct err *e); /* for so many of them */
/* Cancels what is past its deadline; returns the next one, INT64_MAX: none. */
int64_t shelf_expire(struct book *b, int64_t now_ms);

#endif
