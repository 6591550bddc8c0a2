/* Experiments as gale.dns.v1 writes them (sync.proto), into rules and back. */
#ifndef DNS_DOOR_SPEC_H
#define DNS_DOOR_SPEC_H

#include "dns/book.h"
#include "dns/door/sync.pb-c.h"
#include "grpc/arena.h"

/*
 * All but door and part. What ret points to is the experiment's, or in the arena. -ERR_INVALID
 * with what is wrong, the experiment's uid in front. ret->deadline_wall_ms may be past.
 */
int spec_read(
	const Gale__Dns__V1__Experiment *x, struct arena *a, struct rule_spec *ret, struct err *e);

/* The pod's name and addresses as a step of the book, in the arena. */
int spec_read_pod(
	const Gale__Dns__V1__Pod *pod, struct arena *a, struct book_step *ret, struct err *e);

/*
 * A copy in the arena of what stands; brief: without clients, patterns and maps. NULL: no
 * memory. The spec may be gone afterwards.
 */
Gale__Dns__V1__Experiment *spec_write(const struct rule_spec *s, struct arena *a, bool brief);

/* Memory for n things of the size and one more, zeroed. NULL with e set when there is none. */
void *spec_array(struct arena *a, size_t n, size_t size, struct err *e);
char *spec_text(struct arena *a, const char *text); /* a copy; "" without memory */

#endif
