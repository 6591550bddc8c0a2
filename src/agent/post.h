/* Calls to the console: JSON posted to http://HOST:PORT/chaos/NAME over one kept connection. */
#ifndef AGENT_POST_H
#define AGENT_POST_H

#include <event2/event.h>
#include <jansson.h>

#include "base/err.h"

struct post;

/*
 * reply is borrowed; NULL: there was none, and e says why. Called once for each post_send that
 * returned 0, perhaps before it does.
 */
typedef void post_answer_f(const json_t *reply, void *ctx, struct err *e);

int post_new(struct event_base *base, const char *host, int port, long long timeout_ms,
	struct post **ret, struct err *e);
void post_free(struct post *p);

/* body is borrowed. Calls that wait for an answer are carried one after the other. */
int post_send(struct post *p, const char *name, const json_t *body, post_answer_f *answer,
	void *ctx, struct err *e);
/* Later calls go over a new connection, and the name of the console is looked up again. */
void post_renew(struct post *p);

#endif
