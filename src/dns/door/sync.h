/* The operator's door: gale.dns.v1.DNS (sync.proto says what the calls mean). */
#ifndef DNS_DOOR_SYNC_H
#define DNS_DOOR_SYNC_H

#include <sys/queue.h>

#include "dns/book.h"
#include "dns/door/sync.pb-c.h"
#include "grpc/call.h"

#define SYNC_DOOR    "sync" /* in the book "sync:OWNER" */
#define CONTROL_DOOR "control"

struct sync_owner;

/* The ctx of sync_methods. */
struct sync {
	struct book *book;
	char instance[17];
	TAILQ_HEAD(, sync_owner) owners;
	size_t n_owners;
};

void sync_init(struct sync *s, struct book *book);
void sync_done(struct sync *s);

extern const struct grpc_method sync_methods[];

/* What stands, for any door that is asked. ret is in the arena. */
int sync_state(const struct sync *s, const Gale__Dns__V1__GetStateRequest *in, struct arena *a,
	Gale__Dns__V1__State *ret, struct err *e);

#endif
