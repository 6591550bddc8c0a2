/*
 * The rules as a query meets them: found by client and name in a time that does not grow with their
 * number, changed one by one while queries look. Private to the book: changes under its lock.
 *
 * A pattern of a group of clients is one entry, however many rules have it; their links hang on it
 * in their order. Exact names are looked up whole; prefixes, suffixes and domains by the lengths
 * that the group has; all other globs by a few literal octets in them that few others have.
 */
#ifndef DNS_INDEX_H
#define DNS_INDEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/clients.h"
#include "dns/compiled.h"
#include "dns/table.h"

struct index {
	struct epoch *epoch;
	struct clients clients;
	struct table entries;
	size_t n_entries;
	atomic_ullong version; /* what readers stand on */
};

int index_init(struct index *x, struct epoch *epoch, struct err *e);
void index_done(struct index *x);

/*
 * Puts it where readers will find it, but not visible yet (from, until). Needs its number.
 * -ERR_INVALID: what is wrong with which pattern.
 */
int index_link(struct index *x, struct rule *r, struct err *e);
/*
 * Takes it out, so many patterns at most; returns whether all are. Only when no reader stands on a
 * version that it is visible in.
 */
bool index_unlink(struct index *x, struct rule *r, size_t most);

/* For readers, inside of an epoch. */
bool index_decide(const struct index *x, uint64_t version, const struct dns_address *client,
	const struct dns_query *q, bool tcp, int64_t now_ms, struct decision *ret);

#endif
