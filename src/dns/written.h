/* A change of the book as octets, for its journal: SET, CANCEL and POD steps with all they say. */
#ifndef DNS_WRITTEN_H
#define DNS_WRITTEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "dns/book.h"

/* deadline_boot_ms: INT64_MAX for none. A failure is in the buffer. */
void written_set(struct buf *to, const struct rule_spec *spec, int64_t deadline_boot_ms);
void written_cancel(struct buf *to, const char *door, const char *name, const char *part);
void written_pod(struct buf *to, const char *pod, const struct dns_address *addresses, size_t n);
/* Which boot the deadlines behind it are of. */
void written_boot(struct buf *to, const char *boot_id);

struct written {
	struct book_step *steps; /* texts are borrowed from the octets that were read */
	int64_t *deadlines;	 /* on the boot clock, one a step; -1: of another boot */
	size_t n, cap;
	struct written_memory *memory;
};

/* Any octets; -ERR_PROTOCOL when they are no change. boot_id: of now. */
int written_read(
	const uint8_t *octets, size_t len, const char *boot_id, struct written *ret, struct err *e);
void written_free(struct written *r);

#endif
