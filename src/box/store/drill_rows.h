/*
 * The rows of one run of a drill: a task, its activities in the order of their chain, one execution
 * for each activity and target, and one injection for each experiment uid that was ever sent to an
 * agent. In a cluster an execution is one order for several pods, each with a row of its own. The
 * state machine (drill/machine.h) moves them, store/drill_run.h reads and writes them.
 */
#ifndef BOX_STORE_DRILL_ROWS_H
#define BOX_STORE_DRILL_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN_UID_MAX  40
#define RUN_TEXT_MAX 512

/* The numbers are those of the console's tables, the names those of its JSON. */
#define RUN_STATES(X)                                                                              \
	X(READY, 0)                                                                                \
	X(RUNNING, 1)                                                                              \
	X(SUSPEND, 2)                                                                              \
	X(STOPPING, 3)                                                                             \
	X(FINISHED, 4)
/* SOPPED_FAILED is spelt so in the field. */
#define RUN_RESULTS(X)                                                                             \
	X(SUCCESS, 0)                                                                              \
	X(FAILED, 1)                                                                               \
	X(REJECTED, 2)                                                                             \
	X(ERROR, 3)                                                                                \
	X(STOPPED, 4)                                                                              \
	X(SOPPED_FAILED, 5)
#define RUN_PHASES(X)                                                                              \
	X(PREPARE, 0)                                                                              \
	X(ATTACK, 1)                                                                               \
	X(CHECK, 2)                                                                                \
	X(RECOVER, 3)
#define USER_CHECKS(X)                                                                             \
	X(WAITING, 0)                                                                              \
	X(PASSED, 1)                                                                               \
	X(FAILED, 2)

enum run_state {
#define X(name, number) STATE_##name = (number),
	RUN_STATES(X)
#undef X
};

enum run_result {
	RESULT_NONE = -1,
#define X(name, number) RESULT_##name = (number),
	RUN_RESULTS(X)
#undef X
};

enum run_phase {
#define X(name, number) PHASE_##name = (number),
	RUN_PHASES(X)
#undef X
};
#define RUN_PHASE_COUNT 4

enum user_check {
	CHECK_NONE = -1,
#define X(name, number) CHECK_##name = (number),
	USER_CHECKS(X)
#undef X
};

/* Where a running activity is. */
enum activity_step { STEP_BEFORE, STEP_WORK, STEP_AFTER };

struct activity {
	long long id;
	enum run_phase phase;
	enum run_state state;
	enum run_result result;
	enum user_check check;
	enum activity_step step;
	bool needs_check, interrupt, retrying;
	int tolerance; /* percent of failed targets that fail it; 0: any */
	int64_t pause_before_ms, pause_after_ms;
	int64_t wake_ms; /* end of a pause, or of the patience after a stop */
	int64_t start_ms, end_ms;
	int attack; /* what a recover activity takes back; -1: none */
	char error[RUN_TEXT_MAX];
	char *definition_id, *flow_id, *app_code, *name; /* owned */
	char *arguments;				 /* owned JSON: {"cpu-percent":"60"} */
	bool dirty;
};

/* A pod (or a node) that an order is for, and what came of it there. */
struct run_pod {
	long long id;
	size_t execution;
	char configuration_id[64]; /* "" of a node */
	char name[254];		   /* as the order names it */
	char node[254], ip[64];
	enum run_result result;
	char sub_uid[40]; /* of its own experiment; "" until the agent tells it */
	char error[RUN_TEXT_MAX];
	bool dirty;
};

struct execution {
	long long id;
	size_t activity;
	/* The device's configuration id; of an order for pods the cluster's id, and space their
	 * namespace ("" for nodes). Both tell the targets of an activity apart. */
	char target[64], space[64];
	size_t first_pod, pod_count; /* in the run's pods; none on hosts */
	char host_ip[64];
	char device_name[128];
	int attacked; /* the execution that a recovery takes back; -1: none */
	int newest;   /* its last injection; -1: none */
	enum run_state state;
	enum run_result result;
	bool ask;	/* the uid is known to the agent: ask for its status, don't create */
	int64_t due_ms; /* not before this */
	int64_t start_ms, end_ms;
	int code; /* of the agent's answer; -1: none */
	char error[RUN_TEXT_MAX];
	char *effect;		  /* owned JSON, as the agent measured it */
	char *request, *response; /* owned; NULL when read: only written */
	bool busy;		  /* in: a command is on its way */
	bool send;		  /* out: send it now */
	bool dirty;
};

/* What is known about an experiment on a target. */
enum injection_state {
	INJECTION_SENT,	  /* stored, perhaps sent, not answered: it may exist */
	INJECTION_FAILED, /* answered with an error: something may be left of it */
	INJECTION_LIVE,
	INJECTION_ABSENT, /* the agent does not know it, but may still be about to create it */
	INJECTION_GONE,
};

/* How far a destroy in a cluster is: there the agent's answer says less than the objects do. */
enum destroy_step {
	DESTROY_UID,	/* "destroy UID" is next */
	DESTROY_ASK,	/* it was told: is it gone? */
	DESTROY_LOST,	/* the agent knows no such uid: is it gone? */
	DESTROY_OBJECT, /* it stands: "destroy UID --target k8s" is next */
};

struct injection {
	char uid[RUN_UID_MAX]; /* "" until somebody draws one, before it is stored */
	size_t execution;
	int older; /* the injection before it of the same execution; -1: none */
	enum injection_state state;
	bool wanted_gone;
	enum destroy_step step;
	int64_t asked_ms;    /* when step came to ask */
	int sends, tries;    /* creates sent; destroys that failed */
	int64_t sent_ms;     /* first create */
	int64_t deadline_ms; /* when the agent ends it by itself; 0: not known */
	int64_t due_ms;	     /* the next destroy, not before this */
	char error[RUN_TEXT_MAX];
	bool busy, send, dirty, fresh; /* fresh: not in the store yet */
};

struct run {
	long long id, experiment, user;
	char namespace[64];
	char name[256];
	enum run_state state;
	enum run_result result;
	int64_t start_ms, end_ms;
	int64_t duration_s;
	int64_t deadline_ms; /* the guard fires then */
	bool guard_fired;
	int64_t wake_ms; /* the earliest timer of all rows; 0: none */
	long long seed;	 /* of the choice of hosts */
	int feedback;	 /* -1: not asked for, 0: waited for, 1: given */
	char message[RUN_TEXT_MAX];
	bool dirty;
	struct activity *activities;
	size_t activity_count;
	struct execution *executions; /* in the order of their activities */
	size_t execution_count;
	struct run_pod *pods; /* in the order of their executions */
	size_t pod_count;
	struct injection *injections; /* the older ones of an execution first */
	size_t injection_count;
};

void run_free(struct run *run);
#define autorun __attribute__((cleanup(run_free)))

/* Appends a pod of the last execution; NULL without memory. Moves run->pods. */
struct run_pod *run_add_pod(struct run *run);

static inline bool execution_is_order(const struct execution *x)
{
	return x->pod_count > 0;
}

/* Appends an injection of that execution; NULL without memory. Moves run->injections. */
struct injection *run_inject(struct run *run, size_t execution);

/* Fills attacked, once all activities and executions are there. */
void run_link(struct run *run);

const char *run_state_name(int state); /* NULL for a number that is none */
const char *run_result_name(int result);
const char *run_phase_name(int phase);
const char *user_check_name(int check); /* "USER_CHECK_STATE_WAITING" */

#endif
