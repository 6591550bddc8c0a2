/*
 * The door for the host itself: DIR/gale-dns.sock, a line of JSON for each question, a line for
 * its answer. A question is {"verb": V, ...}, the answer {"ok": true, ...} or {"ok": false,
 * "kind": K, "error": TEXT}. The objects are the messages of sync.proto.
 *
 *	set	"experiment": Experiment
 *	cancel	"uid"; "door" (control), "owner" when that is sync
 *	pod	"pod": Pod			its addresses; without any it has none
 *	list	"query": GetStateRequest	answers "state": State
 *	metrics					answers "metrics": TEXT
 *
 * Root, the server's own user and the ids of users that were allowed may use it.
 */
#ifndef DNS_DOOR_CONTROL_H
#define DNS_DOOR_CONTROL_H

#include "base/buf.h"
#include "base/err.h"
#include "dns/door/sync.h"

struct control;
struct event_base;

#define CONTROL_SOCKET "gale-dns.sock"
/* Of a line, in both directions. */
#define CONTROL_MOST (64u << 20)

struct control_options {
	const char *dir;	 /* made when it is not there */
	const char *users;	 /* "1000,1001" */
	const struct sync *sync; /* its book is the one that is changed */
	void (*metrics)(void *ctx, struct buf *ret);
	void *metrics_ctx;
};

/* All but dir and users is borrowed. -ERR_BUSY: another server has the socket. */
int control_open(struct event_base *base, const struct control_options *o, struct control **ret,
	struct err *e);
void control_close(struct control *c); /* NULL is fine */

/* As grpc_release(): answers what has come to the disk; with failed, all that waits for it. */
void control_release(struct control *c, uint64_t durable, const struct err *failed);

#endif
