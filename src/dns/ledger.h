/*
 * The file that a book is kept in: records in the order in which they were added, each with its
 * length and a checksum. What stands behind the last whole record was never acknowledged and is cut
 * off. It is written anew beside, and then put in its place, when most of it is out of date.
 */
#ifndef DNS_LEDGER_H
#define DNS_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct ledger;

enum { LEDGER_RECORD_MAX = 256 << 20 };

typedef int ledger_read_f(const uint8_t *record, size_t len, void *ctx, struct err *e);

/*
 * Opens or makes it and calls each for all records. -ERR_BUSY: another process has it open;
 * -ERR_STORE: it is no ledger.
 */
int ledger_open(
	const char *path, ledger_read_f *each, void *ctx, struct ledger **ret, struct err *e);
void ledger_close(struct ledger *l); /* NULL allowed */

/* After a failure the file is as it was before, or else it takes no more (-ERR_STORE). */
int ledger_add(struct ledger *l, const void *record, size_t len, struct err *e);
int ledger_sync(struct ledger *l, struct err *e); /* may run beside ledger_add() */
size_t ledger_size(const struct ledger *l);

/*
 * The new file: begin, put every record that it is to begin with, then what has been added to the
 * old one since offset (ledger_size() when these were collected), then take its place. catch_up may
 * be called as often as one likes, each makes what is left shorter; the last one and take belong
 * into one lock with ledger_add().
 */
int ledger_new_begin(struct ledger *l, size_t offset, struct err *e);
int ledger_new_put(struct ledger *l, const void *record, size_t len, struct err *e);
int ledger_new_catch_up(struct ledger *l, struct err *e); /* and it is on disk */
int ledger_new_take(struct ledger *l, struct err *e);
void ledger_new_drop(struct ledger *l); /* after a failure */

/* Where the last whole record ends; calls each, which may be NULL, for all. */
int ledger_scan(const uint8_t *data, size_t len, ledger_read_f *each, void *ctx, size_t *ret_end,
	struct err *e);

#endif
