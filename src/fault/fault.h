/*
 * A fault: one file in src/faults/, one struct fault named fault_<file>. Several that differ in
 * data only are the rows that fault_table_<x>() of a file <x>_table.c returns, ended by an empty
 * one. The build makes the registry from the file names; docs/howto-add-fault.md shows the way.
 */
#ifndef FAULT_FAULT_H
#define FAULT_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "fault/param.h"

struct effect;
struct plan;
struct run;
struct target;
struct undo;

/* Looks, never touches: writes the targets and kernel operations into the plan, or says why not. */
typedef int fault_plan_f(const struct target *t, const void *args, struct plan *ret, struct err *e);

/*
 * Optional: has the target get ready, in the process of who gave the order, while the engine sees
 * to the processes and records that take the fault back. Nothing that anybody notices, and nothing
 * that would stay when neither apply nor cancel comes. What is kept here (run_keep, run_keep_fds)
 * is there in apply; what cannot be begun is left to it. cancel gives up what apply has not ended.
 */
typedef void fault_begin_f(struct run *run, const void *args);
typedef void fault_cancel_f(struct run *run);

/*
 * Does it. Before each act that outlives this process, the record that takes it back: run_undo().
 * No unwinding: the engine reverts each saved record, last first, also when this fails half way.
 */
typedef int fault_apply_f(struct run *run, const struct target *t, const void *args, struct err *e);

/* Measures what the target now experiences. An error means that it could not be measured. */
typedef int fault_verify_f(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e);

/*
 * Looks, each second from when the effect was seen, whether the fault is still in place: in the
 * process that applied it. An error is the end of the experiment ("drift").
 */
typedef int fault_watch_f(struct run *run, const struct target *t, const void *args, struct err *e);

/*
 * Takes one record back, from the record alone: perhaps later, in another process, after a crash,
 * for the second time. A target that is gone needs no restoring: 0.
 */
typedef int fault_revert_f(const struct undo *u, struct err *e);

enum fault_flag {
	FAULT_ONCE = 1,	     /* an act that cannot be taken back (a kill): no supervisor holds it */
	FAULT_CONTAINER = 2, /* can be done in a container (struct target) too */
	FAULT_NETNS = 4,     /* the same, and is done to the network namespace that it runs in */
	FAULT_AGAIN = 8,     /* done in a container, the engine does it again in its next one */
};

enum fault_need {
	NEED_ROOT = 1,
	NEED_NET_ADMIN = 2,
	NEED_TUN = 4, /* /dev/net/tun */
	NEED_BPF = 8,
	NEED_NFT = 16,
};

/* What a need is called, and whether this process on this machine has it. */
struct need {
	enum fault_need bit;
	const char *name; /* "net_admin" */
	bool (*have)(void);
	const char *text; /* when it is not there */
};

const struct need *need_list(void); /* ended by a row without a name */

struct fault {
	const char *target, *action; /* "cpu", "fullload" */
	const char *aliases;	     /* other names of the action, blank-separated, or NULL */
	const char *summary, *zh;    /* one sentence, English and Chinese, no full stop */
	const char *example;	     /* flags of a harmless call: "--cpu-percent 30 --timeout 20" */
	const char *category;	     /* blade's: system_cpu system_mem system_network ... */
	const struct param *params;  /* ended by an empty row */
	size_t args_size;
	const void *preset; /* what the args hold before they are parsed, or NULL for zeroes */
	unsigned flags, needs;
	fault_plan_f *plan;
	fault_begin_f *begin;	/* NULL: nothing to be begun... */
	fault_cancel_f *cancel; /* ...or given up */
	fault_apply_f *apply;
	fault_verify_f *verify;
	fault_watch_f *watch;	/* NULL: nobody looks */
	fault_revert_f *revert; /* NULL only with FAULT_ONCE */
};

/* By target and action or one of its aliases; -ERR_UNSUPPORTED names what exists. */
int fault_find(const char *target, const char *action, const struct fault **ret, struct err *e);

bool fault_is_target(const char *word); /* "cpu" */

/* All of them, by target and action, ended by NULL. */
const struct fault *const *fault_list(void);

/* Those that are no rows of a table, which take a moment to be made; in no order, ended by NULL. */
const struct fault *const *fault_constants(void);

#endif
