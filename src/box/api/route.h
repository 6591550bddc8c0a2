/*
 * Routes are rows. From a row come the dispatch, the check of the request, the proof of who calls,
 * the envelope of the answer, and the OpenAPI document (gale-box openapi).
 *
 * A table of rows stands in its own file (api/account.c, api/drill_*.c) and is named once in
 * ROUTE_TABLES below.
 */
#ifndef BOX_API_ROUTE_H
#define BOX_API_ROUTE_H

#include <jansson.h>

#include "base/err.h"

struct call;
struct shape;

enum field_type {
	FIELD_TEXT,
	FIELD_INT, /* a whole number; its digits as text are taken too */
	FIELD_REAL,
	FIELD_BOOL,
	FIELD_TIME,   /* ms since 1970 */
	FIELD_TEXTS,  /* list of text */
	FIELD_INTS,   /* list of whole numbers */
	FIELD_OBJECT, /* of shape; any object without one */
	FIELD_LIST,   /* of objects of shape; any list without one */
	FIELD_MAP,    /* text to text; to shape if there is one */
	FIELD_ANY,
};

enum field_flag { FIELD_REQUIRED = 1 };

struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	const struct shape *shape;
	long long max; /* FIELD_TEXT: bytes, 0: 1024. FIELD_INT: value, 0: no limit */
	const char *help;
};

/* A named object type: a schema of the OpenAPI document. fields end with an empty row. */
struct shape {
	const char *name;
	const struct field *fields;
};

enum route_access {
	ROUTE_PUBLIC,
	ROUTE_SESSION, /* call->user is who is signed in */
	ROUTE_LICENSE, /* AgentRegister: the handler proves the licence */
	ROUTE_AGENT,   /* signature proven, call->agent is who calls, call->user its owner */
};

enum route_flag {
	ROUTE_GET = 1,		  /* otherwise POST */
	ROUTE_AGENT_ENVELOPE = 2, /* {code, success, result, error} instead of RestResponse */
};

/* What stands in "result". */
enum answer_type {
	ANSWER_NONE,
	ANSWER_TEXT,
	ANSWER_INT,
	ANSWER_BOOL,
	ANSWER_OBJECT, /* of shape */
	ANSWER_LIST,   /* of shape */
	ANSWER_TEXTS,
	ANSWER_MAP,	   /* text to text, or to shape */
	ANSWER_PAGE,	   /* {page, pageSize, pages, total, hasMore, data: [shape]} */
	ANSWER_QUERY_PAGE, /* {content: [shape], total, pages, pageSize, currentPage} */
	ANSWER_EVENTS,	   /* server-sent events, each with an object of shape: see call.h */
};

/* Sets call->result and returns 0, or -ERR_x (call_fail names a code), or CALL_LATER. */
typedef int route_f(struct call *c, struct err *e);

struct route {
	const char *path; /* "/chaos/UserLogin", "/gale/v1/tasks/:taskId/events" */
	enum route_access access;
	route_f *handle;
	const struct shape *request; /* NULL: nothing but the base members */
	enum answer_type answer;
	const struct shape *shape;
	const char *summary;
	unsigned flags;
	const char *event; /* ANSWER_EVENTS: name of its events */
};

/* The tables, each ended by an empty row. */
#define ROUTE_TABLES(X)                                                                            \
	X(account_routes)                                                                          \
	X(agent_routes)                                                                            \
	X(application_routes)                                                                      \
	X(catalogue_routes)                                                                        \
	X(cluster_routes)                                                                          \
	X(install_routes)                                                                          \
	X(scope_routes)                                                                            \
	X(drill_activity_routes)                                                                   \
	X(drill_experiment_routes)                                                                 \
	X(drill_flow_routes)                                                                       \
	X(drill_history_routes)                                                                    \
	X(drill_look_routes)                                                                       \
	X(drill_tag_routes)                                                                        \
	X(drill_task_routes)                                                                       \
	X(value_routes)

#define ROUTE_DECLARE(table) extern const struct route table[];
ROUTE_TABLES(ROUTE_DECLARE)
#undef ROUTE_DECLARE

/* The tables themselves, ended by NULL. */
extern const struct route *const route_tables[];

/*
 * Checks value (an object) against the fields and brings the members into their types: a name that
 * differs in case only is renamed, "12" becomes 12 where a number is asked for, null is dropped.
 * Members that no field names are left alone. Errors name the member.
 */
int shape_check(const struct shape *shape, json_t *value, struct err *e);

#endif
