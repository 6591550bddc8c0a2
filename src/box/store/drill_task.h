/* The heads of runs: one, lists of them, and how many came out how. */
#ifndef BOX_STORE_DRILL_TASK_H
#define BOX_STORE_DRILL_TASK_H

#include <stdint.h>

#include "base/err.h"
#include "box/store/drill_experiment.h"
#include "box/store/drill_rows.h"

struct db;

/* The task's own row only. -ERR_NOTFOUND. */
int store_task_load(struct db *db, long long id, struct run *ret, struct err *e);

struct task_filter {
	long long user;
	const char *namespace;	 /* "": any */
	long long experiment;	 /* 0: any */
	const char *application; /* id, "": any */
	const char *target;	 /* configuration id, "": any */
	int64_t from_ms, to_ms;	 /* start; 0: any */
	unsigned results;	 /* bits 1 << (result + 1); 0: any */
	long long offset, limit;
};

typedef int task_f(const struct run *task, void *arg, struct err *e);

/* Newest first. */
int store_task_each(
	struct db *db, const struct task_filter *filter, task_f *each, void *arg, struct err *e);
int store_task_count(
	struct db *db, const struct task_filter *filter, long long *ret, struct err *e);

/* How many of them there are by state and result. */
struct task_stat {
	long long total, running, finished, by_result[6];
};

int store_task_stat(
	struct db *db, const struct task_filter *filter, struct task_stat *ret, struct err *e);

/* Each once: addresses of the hosts of a run, and names of its applications. */
int store_task_hosts(struct db *db, long long task, name_f *each, void *arg, struct err *e);
int store_task_applications(struct db *db, long long task, name_f *each, void *arg, struct err *e);

struct feedback {
	char id[40];
	int expectation, business; /* -1: not said */
	char memo[2048];
	int64_t at_ms;
};

/* -ERR_NOTFOUND when none was given. */
int store_feedback_load(struct db *db, long long task, struct feedback *ret, struct err *e);
/* Replaces an earlier one. */
int store_feedback_save(
	struct db *db, long long task, const struct feedback *feedback, struct err *e);

#endif
