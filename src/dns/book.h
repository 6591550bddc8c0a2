/*
 * The book of the experiments that stand, and the decision that is made of them.
 *
 * Any number of threads may change it, any number may decide. A change is a list of steps that
 * come into force together or, with an error, not at all. Decisions take no lock and wait for
 * nobody. A rule ends at its deadline to the millisecond, whether or not anybody calls the book.
 *
 * With a file, what stands is in a journal: written before it comes into force, on disk when
 * book_wait() returns. book_open() takes it up again; deadlines went on meanwhile. A file that ends
 * in the middle of a change (the machine stopped) is as before that change.
 */
#ifndef DNS_BOOK_H
#define DNS_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/rule.h"
#include "dns/wire.h"

struct book;

/* path NULL: no journal. Its directory must be there. -ERR_BUSY: another process has it open. */
int book_open(const char *path, struct book **ret, struct err *e);
void book_close(struct book *b); /* no reader may be left; NULL allowed */

/* --- changes ---------------------------------------------------------------------------------- */

enum book_do {
	BOOK_SET,    /* spec; takes the place of what has the same door, name and part */
	BOOK_CANCEL, /* door and name; part NULL: all its parts. Nothing there: fine */
	BOOK_CLEAR,  /* door: all that came through it, but for what the same change sets again */
	BOOK_POD,    /* pod and its addresses (none: it has none); written into the journal */
};

struct book_step {
	enum book_do what;
	const struct rule_spec *spec;
	const char *door, *name, *part;
	const char *pod; /* "namespace/name" */
	const struct dns_address *addresses;
	size_t n_addresses;
};

/*
 * Set again with nothing changed, a rule stays as it is: same place in the order, same die.
 * *ret_ticket is for book_wait(); NULL allowed. -ERR_INVALID names the step's experiment and what
 * is wrong with it; nothing has changed then.
 */
int book_change(struct book *b, const struct book_step *steps, size_t n, uint64_t *ret_ticket,
	struct err *e);

/*
 * Waits until the change of this ticket is on disk; one fsync does for all who wait. An event loop
 * asks book_durable() (the highest ticket on disk) when book_durable_fd() is readable: an eventfd
 * that it must read, -1 without a journal. A ticket is never 0. After an error of the disk
 * book_wait() fails for all later tickets, and book_durable() stays.
 */
int book_wait(struct book *b, uint64_t ticket, struct err *e);
uint64_t book_durable(const struct book *b);
int book_durable_fd(const struct book *b);

/* --- pods ------------------------------------------------------------------------------------- */

struct book_pod {
	const char *pod; /* "namespace/name" */
	const struct dns_address *addresses;
	size_t n_addresses;
	bool gone; /* there is no such pod any more */
};

/*
 * What the watch of the pods saw: not in the journal, since it is asked for again at each start.
 * It goes before what BOOK_POD said of the same pod. all: pods that it saw before and that are not
 * named are gone. Rules move with the address at once. Without memory what came first may stand.
 */
int book_pods(struct book *b, const struct book_pod *pods, size_t n, bool all, struct err *e);

enum book_pod_state { BOOK_POD_UNKNOWN, BOOK_POD_NONE, BOOK_POD_KNOWN };
/* Whether it has been heard of, and has an address. */
enum book_pod_state book_pod_state(struct book *b, const char *pod);

/* --- deciding --------------------------------------------------------------------------------- */

struct book_reader; /* one a thread */

int book_reader_new(struct book *b, struct book_reader **ret, struct err *e);
void book_reader_free(struct book_reader *r); /* NULL allowed */

/*
 * Between these the reader stands on a snapshot: all its decisions are of the same state of the
 * book, and what they point to stays. Once a batch of queries; never across a sleep, for the memory
 * of what was taken off waits for it.
 */
void book_enter(struct book_reader *r);
void book_leave(struct book_reader *r);

/*
 * now_ms is clock_boot_ms(). Returns whether anything applies: ret is filled in any case. Allocates
 * nothing; its time grows with the length of the name, not with the number of rules.
 */
bool book_decide(struct book_reader *r, const struct dns_address *client, const struct dns_query *q,
	bool tcp, int64_t now_ms, struct decision *ret);

/* --- looking ---------------------------------------------------------------------------------- */

struct book_entry {
	const struct rule_spec *spec; /* as it was set, its seed filled in */
	uint64_t asked;		      /* queries that it fitted */
	uint64_t applied;	      /* of these, those for which its die said yes */
	uint64_t number;	      /* grows with each set: the newest has the highest */
};

/*
 * Calls each for all that stand, in the order in which they were set, those past their deadline
 * left out, under the book's lock.
 */
typedef void book_each_f(const struct book_entry *entry, void *ctx);
void book_each(
	struct book *b, const char *door, book_each_f *each, void *ctx); /* NULL: all doors */

struct book_stats {
	size_t experiments, patterns, pods, addresses;
	uint64_t changes;     /* since the start */
	size_t journal_bytes; /* 0 without a file */
};

void book_stats(struct book *b, struct book_stats *ret);

#endif
