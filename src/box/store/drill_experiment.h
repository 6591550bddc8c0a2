/* Drills as people define them, their tags and the log of their changes. */
#ifndef BOX_STORE_DRILL_EXPERIMENT_H
#define BOX_STORE_DRILL_EXPERIMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct db;

enum experiment_state { EXPERIMENT_DRAFT = -1, EXPERIMENT_READY = 0, EXPERIMENT_RUNNING = 1 };

struct experiment {
	long long id, user, task; /* task: the last run, 0 without one */
	char namespace[64];
	char name[256];
	int state, result; /* result of the last run, -1 without one */
	char *description; /* owned, like the texts below */
	char *definition;  /* JSON */
	char *details;	   /* JSON: miniAppDesc, relations, outerId, source */
	char cron[128];	   /* of its schedule, "" without one */
	int64_t created_ms, modified_ms;
};

void experiment_done(struct experiment *x);
#define autoexperiment __attribute__((cleanup(experiment_done)))

/* Fills x->id. */
int store_experiment_add(struct db *db, struct experiment *x, struct err *e);

/* -ERR_NOTFOUND when the user has none with this id. */
int store_experiment_load(
	struct db *db, long long user, long long id, struct experiment *ret, struct err *e);

/* Everything but user, task, state READY <-> RUNNING and result; a running one is -ERR_BUSY. */
int store_experiment_update(struct db *db, const struct experiment *x, struct err *e);

/* -ERR_BUSY while it runs or a fault of it has not been taken back. */
int store_experiment_delete(struct db *db, long long user, long long id, struct err *e);

/* Only one run at a time: -ERR_BUSY when it is not ready. In the transaction that adds the run. */
int store_experiment_claim(struct db *db, long long id, long long task, struct err *e);

struct experiment_filter {
	long long user;
	const char *namespace, *key; /* "": any */
	unsigned states, results;    /* bits 1 << (number + 1); 0: any */
	const char *tags;	     /* JSON list of names, one of which is wanted; "[]": any */
	bool scheduled;
	long long offset, limit;
};

typedef int experiment_f(const struct experiment *x, void *arg, struct err *e);

/* Newest first. */
int store_experiment_each(struct db *db, const struct experiment_filter *filter, experiment_f *each,
	void *arg, struct err *e);
int store_experiment_count(
	struct db *db, const struct experiment_filter *filter, long long *ret, struct err *e);

/* Machines and applications that it names. */
int store_experiment_hosts_clear(struct db *db, long long id, struct err *e);
int store_experiment_host_add(struct db *db, long long id, const char *configuration_id,
	const char *application, struct err *e);

typedef int name_f(const char *name, void *arg, struct err *e);

int store_experiment_tags_clear(struct db *db, long long id, struct err *e);
int store_experiment_tag_add(struct db *db, long long id, const char *name, struct err *e);
int store_experiment_tags(struct db *db, long long id, name_f *each, void *arg, struct err *e);
/* Of all drills of the user that contain key, each once. */
int store_experiment_tags_of_user(
	struct db *db, long long user, const char *key, name_f *each, void *arg, struct err *e);

struct tag {
	long long id;
	const char *name, *code;
	int type;
};

typedef int tag_f(const struct tag *tag, void *arg, struct err *e);

/* A tag of this name and type that is there already is taken. */
int store_tag_add(struct db *db, long long user, const struct tag *tag, int64_t now_ms,
	long long *ret_id, struct err *e);
int store_tag_each(struct db *db, long long user, const char *key, int type, tag_f *each, void *arg,
	struct err *e);

struct experiment_change {
	int64_t at_ms;
	const char *who, *type, *text, *property;
};

typedef int experiment_change_f(const struct experiment_change *change, void *arg, struct err *e);

int store_experiment_log_add(
	struct db *db, long long id, const struct experiment_change *change, struct err *e);
/* Newest first; *ret_total counts all. */
int store_experiment_log(struct db *db, long long id, long long offset, long long limit,
	experiment_change_f *each, void *arg, long long *ret_total, struct err *e);

#endif
