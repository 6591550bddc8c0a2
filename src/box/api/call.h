/*
 * One request on its way through a handler. It belongs to the thread of an event loop; db is that
 * thread's connection, and a handler may not block on anything else than the store.
 */
#ifndef BOX_API_CALL_H
#define BOX_API_CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "box/api/code.h"
#include "box/api/route.h"
#include "box/fleet/fleet.h"
#include "box/net/topic.h"
#include "box/store/account.h"

struct box;
struct db;

struct call {
	const struct route *route;
	struct box *box;
	struct db *db;
	int64_t now_ms;		   /* wall clock when the request came */
	struct user user;	   /* id 0: nobody */
	char namespace[64];	   /* the one the request names, "default" otherwise */
	bool english;		   /* language of texts */
	char remote[64];	   /* address of the peer */
	char host[128];		   /* how the peer calls the box: its Host header, "" when odd */
	struct fleet_caller agent; /* ROUTE_AGENT: who calls */
	json_t *body; /* checked by the route's request shape; path parameters are members too */

	/* Set by the handler. */
	json_t *result;	       /* taken over; NULL is left out of the answer */
	enum api_code code;    /* of the failure */
	int agent_code;	       /* the same in the agent envelope, 0: 500 */
	char topic[TOPIC_MAX]; /* ANSWER_EVENTS: run the handler again when this topic has news */
	char cookie[160];      /* Set-Cookie, if not empty */

	/* Of the HTTP side. */
	const char *session; /* the session cookie's value, "" without one */
	void (*resume)(struct call *c, route_f *next);
	void *state; /* of a handler that answers later: malloc'ed, freed with the call */
};

/* Members of the body; "" and the fallback when absent. The shape has checked the types. */
const char *call_text(const struct call *c, const char *name);
long long call_int(const struct call *c, const char *name, long long fallback);
bool call_bool(const struct call *c, const char *name, bool fallback);

/* return call_fail(c, e, API_P_EXPERIMENT_NOT_FOUND, "no drill %s", id); kind follows the code. */
int call_fail(struct call *c, struct err *e, enum api_code code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Codes of the agent envelope. */
enum {
	AGENT_OK = 200,
	AGENT_STALE = 401,     /* invalid timestamp */
	AGENT_FORBIDDEN = 403, /* wrong signature */
	AGENT_UNKNOWN = 404,   /* no such agent: register again */
	AGENT_INVALID = 406,   /* invalid parameter */
	AGENT_ERROR = 500,
	AGENT_EMPTY = 600, /* parameter empty */
};

/* The same for the agent envelope: code as the protocol has them (600 "license Required"). */
int call_fail_agent(struct call *c, struct err *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * A handler that cannot answer at once returns CALL_LATER, and somebody, in any thread, calls
 * call_resume once: next then runs in the call's own loop as the handler did, and its outcome is
 * the answer. Until then the call is not freed, also when the peer has gone.
 */
#define CALL_LATER 1
void call_resume(struct call *c, route_f *next);

/* Paging: "page" from 1, "size" up to 500 (default 10). */
struct page {
	long long page, size, total;
};

struct page call_page(const struct call *c);
static inline long long page_offset(const struct page *p)
{
	return (p->page - 1) * p->size;
}

/* Both take rows over. */
json_t *page_result(const struct page *p, json_t *rows);       /* ANSWER_PAGE */
json_t *page_query_result(const struct page *p, json_t *rows); /* ANSWER_QUERY_PAGE */

/*
 * The envelope around the outcome of a call, as one line; the caller frees it, NULL without memory.
 * e is only looked at when r < 0.
 */
char *call_envelope(const struct call *c, int r, const struct err *e);

#endif
