/*
 * The engine: order -> plan -> journal -> apply -> verify -> hold -> revert. Every door (command
 * line, agent, operator) comes in here.
 *
 * Each experiment is held by two processes that engine_create leaves behind, in sessions of their
 * own: the supervisor, which applied it, keeps its workers and its deadline, and the guardian,
 * which watches the supervisor. Whichever of them (or of the workers) dies, another takes the
 * fault back from the journal; when all die, engine_recover does.
 */
#ifndef FAULT_ENGINE_H
#define FAULT_ENGINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/scope.h"

struct order {
	char uid[64]; /* "": the engine draws 16 hex digits */
	const struct scope *scope;
	struct scope_args where; /* parsed by scope->params, owned */
	const struct fault *fault;
	json_t *flags;	    /* name -> text as given, owned */
	void *args;	    /* parsed by fault->params, owned */
	int64_t timeout_ms; /* from now; 0: for ever */
	uint64_t seed;
	pid_t caller; /* its ancestors are protected; 0: this process */
};

/*
 * Checks everything that can be checked without looking at the machine. flags (borrowed) holds the
 * fault's own parameters and the common ones of order_params(). Without a timeout the order gets
 * ORDER_TIMEOUT_MS; "--timeout never" asks for none by name.
 */
int order_make(const char *scope, const char *target, const char *action, const json_t *flags,
	struct order *ret, struct err *e);
/*
 * The checks alone, of a fault's own flags and the common ones, for one that is done elsewhere.
 * *ret_timeout_ms: from now, 0: for ever.
 */
int order_flags_check(
	const struct fault *f, const json_t *flags, int64_t *ret_timeout_ms, struct err *e);
void order_done(struct order *o);
const struct param *order_params(void); /* timeout, uid, seed: of every action */

#define ORDER_TIMEOUT_MS (24 * 3600 * 1000LL)

#define NOTES_SIZE 1024

struct outcome {
	char uid[64];
	int64_t deadline_wall_ms; /* 0: for ever */
	struct effect effect;
	char notes[NOTES_SIZE]; /* what the caller ought to know besides, a line each */
	int held;		/* until engine_keep; -1: nothing is held */
};

/* The dry run: what it would do to what: {"targets":[...],"operations":[...],"seed":N}. */
int engine_plan(const struct order *o, json_t **ret, struct err *e);

/*
 * Returns when the effect was seen, or with the error, and then nothing is left of it. A record is
 * written either way once the order was accepted, and then ret->uid is set: of a uid that was given
 * before anything is done, else with the effect, or as Created when that takes its time. Whoever
 * takes it back before makes the record from the journal.
 */
int engine_create(const char *state, const struct order *o, struct outcome *ret, struct err *e);

/*
 * The two halves of engine_create, for a caller that answers in between. The first writes the
 * record (Created) and fills o->uid, the second does the rest, perhaps in another process.
 */
int engine_accept(const char *state, struct order *o, struct err *e);
int engine_inject(const char *state, const struct order *o, struct outcome *ret, struct err *e);

/*
 * The reply was delivered: the experiment stays. A caller that ends (or is killed) after a
 * successful engine_create and before this takes the experiment with it: nobody knows its uid.
 */
void engine_keep(struct outcome *o);

/*
 * Takes an experiment back and marks its record Destroyed with the reason ("destroy"). Already
 * destroyed is a success. -ERR_NOTFOUND when there is neither a record nor a journal.
 */
int engine_destroy(const char *state, const char *uid, struct err *e);

/*
 * Finishes what a crash or a reboot left: reverts every journal that no living supervisor holds,
 * and marks Success records without a journal Destroyed, abandoned Created ones Error. *ret counts
 * the reverted.
 */
int engine_recover(const char *state, int *ret, struct err *e);

/* What the fault needs of this process and this kernel (enum fault_need): -ERR_DENIED by name. */
int engine_needs(const struct fault *f, struct err *e);

/* Still in place: its journal is there and its supervisor lives. */
bool engine_alive(const char *state, const char *uid);

#endif
