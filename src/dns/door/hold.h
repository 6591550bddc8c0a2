/* A reply waits until what it tells of is on disk. */
#ifndef DNS_DOOR_HOLD_H
#define DNS_DOOR_HOLD_H

#include "dns/book.h"
#include "grpc/call.h"

/* book_change() for a call: one fsync does for all calls that wait. */
static inline int book_change_held(struct grpc_call *call, struct book *book,
	const struct book_step *steps, size_t n, struct err *e)
{
	uint64_t ticket;
	int r = book_change(book, steps, n, &ticket, e);

	if (r == 0 && ticket > book_durable(book))
		call->hold = ticket;
	return r;
}

#endif
