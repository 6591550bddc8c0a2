/*
 * The agent's side of the talk with the console: registers until it succeeds, then sends a
 * heartbeat each period, registers again when the console has forgotten it or the host's address
 * changed, and reports what asynchronous orders came to.
 */
#ifndef AGENT_CONSOLE_H
#define AGENT_CONSOLE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/host.h"
#include "agent/options.h"
#include "agent/post.h"

struct console;

/* What there is to know of it; read only for others. */
struct console_facts {
	bool registered;
	char cid[128], uid[128], ak[128], sk[256]; /* "" until registered */
	char app_instance[256], app_group[256];
	uint64_t registrations, heartbeats, failures;
};

/* Called after each registration. */
typedef void console_registered_f(void *ctx);

/* o is borrowed for good. */
int console_new(const struct options *o, struct event_base *base, const char *gale_version,
	console_registered_f *registered, void *ctx, struct console **ret, struct err *e);
void console_free(struct console *c);

const struct console_facts *console_facts(const struct console *c);
void console_set_app(struct console *c, const char *instance, const char *group);
/*
 * Tells what an order came to that the console does not wait for; tried again until heard. call is
 * "chaosbladeAsync" or one of order_java's (kept, a literal); status is the protocol's word.
 */
void console_report(struct console *c, const char *call, const char *uid, const char *status,
	const char *error);
/*
 * Posts params, which become a signed message, as /chaos/<name>. answer as of post_send();
 * -ERR_BUSY: not registered.
 */
int console_call(struct console *c, const char *name, json_t *params, post_answer_f *answer,
	void *ctx, struct err *e);
/* What the reply to a call says of its success; the error is the console's. */
int console_reply_check(const json_t *reply, struct err *e);
/* The address by which calls come from outside of the cluster, for heartbeats; "": the own one. */
void console_set_outside(struct console *c, const char *ip);
/* Says goodbye; the event loop ends when that was heard, after 2 s at the latest. */
void console_close(struct console *c);

#endif
