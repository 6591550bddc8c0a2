/*
 * The state machine of a drill: rows in, rows out. It knows no database, no socket and no clock
 * of its own; whoever calls it stores the dirty rows in one transaction and then sends the
 * commands that are marked. Called again with the same rows it asks for the same commands, so a
 * crash between any two steps only repeats one.
 */
#ifndef BOX_DRILL_MACHINE_H
#define BOX_DRILL_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "box/store/drill_rows.h"

/* What came of a command. */
enum reply_kind {
	REPLY_UNSENT, /* no connection: the agent did not see it */
	REPLY_LOST,   /* it may have seen it */
	REPLY_ANSWER,
};

/* What a cluster says of one pod, or of one container of it. */
struct pod_reply {
	char name[254]; /* of the pod; of the node, in an order for nodes */
	char sub_uid[40];
	bool success, destroyed;
	char error[RUN_TEXT_MAX]; /* "" of a success */
};

struct reply {
	enum reply_kind kind;
	bool success;
	int code;
	char error[RUN_TEXT_MAX];
	char status[16];     /* of a status command: "Success", "Created", ... */
	int64_t deadline_ms; /* the agent's own; 0: not told */
	/* Of a cluster: */
	bool pending; /* it is under way: ask again */
	bool decided; /* it says what came of it, in success and pods */
	struct pod_reply *pods;
	size_t pod_count;
};

/*
 * Moves the drill on as far as it goes now, fires what is due, marks the executions (create or
 * status) and injections (destroy) whose command has to be sent, and sets run->wake_ms. A command
 * of a row that is busy is on its way already. -ERR_NOMEM only.
 */
int machine_advance(struct run *run, int64_t now_ms, struct err *e);

/* Nothing more is injected; all recoveries run. Twice is the same as once. */
void machine_stop(struct run *run, const char *why, int64_t now_ms);

/* Answers an activity that waits: go on, or stop. -ERR_CONFLICT when it does not wait. */
int machine_user_check(struct run *run, size_t activity, bool go_on, int64_t now_ms, struct err *e);

/*
 * Runs the targets again that did not succeed. -ERR_BUSY while it runs, -ERR_CONFLICT when it is
 * neither the current activity nor a recovery, or has nothing to repeat.
 */
int machine_retry(struct run *run, size_t activity, int64_t now_ms, struct err *e);

void machine_create_reply(
	struct run *run, size_t execution, const struct reply *reply, int64_t now_ms);
void machine_destroy_reply(
	struct run *run, size_t injection, const struct reply *reply, int64_t now_ms);

/* Codes of agents that mean more than a failure. */
#define CODE_DUPLICATE 67001 /* the uid exists */
#define CODE_UNKNOWN   67002 /* there is no such uid */

/* Times that tests look at. */
#define MACHINE_PATIENCE_MS 5000  /* how long a stop waits for the answer to a create */
#define MACHINE_WINDOW_MS   90000 /* how long an agent may sit on a create that it was sent */
#define MACHINE_POLL_MS	    500	  /* between two questions for the status of an uid */
#define MACHINE_ASK_MS	    30000 /* how long a destroyed object of a cluster may still stand */
#define MACHINE_TRIES	    3	  /* destroys until a recovery has failed; more follow */
#define MACHINE_BACKOFF_MS  1000  /* doubled with each failed destroy ... */
#define MACHINE_BACKOFF_MAX 60000 /* ... up to this */
#define MACHINE_GIVE_UP_MS  (24 * 3600 * 1000LL) /* behind the agent's own deadline */

#endif
