/* Containers: by what their runtime says, or from /proc alone, by their control groups. */
#ifndef TARGET_CONTAINER_H
#define TARGET_CONTAINER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "sys/pidfd.h"

enum { CONTAINER_ID = 80, CONTAINER_NAME = 256 };

/* What one is asked for by; NULL: it does not matter. */
struct container_query {
	char *id;    /* or its first digits */
	char *name;  /* in its pod */
	char *pod;   /* its name */
	char *space; /* the namespace of the pod */
	char *pod_uid;
	char *labels;	/* "k=v,k2=v2": all of them */
	char *endpoint; /* of the runtime; NULL: where runtimes usually have it */
	char *docker;	/* socket of Docker's own interface, which is asked then, not the runtime */
};

struct container {
	char id[CONTAINER_ID];
	/* "" when only /proc was asked; without a name alone it is a pod as a whole */
	char name[CONTAINER_NAME], pod[CONTAINER_NAME], space[CONTAINER_NAME];
	char pod_uid[CONTAINER_NAME];
	struct process main; /* its first process */
};

/*
 * The one that fits: as the runtime says or, without a runtime, by its id alone, from /proc.
 * Errors as cri_container(); -ERR_MISSING when nothing is asked for.
 */
int container_find(const struct container_query *q, struct container *ret, struct err *e);

/* The pod as a whole that fits (cri_pod). */
int container_find_pod(const struct container_query *q, struct container *ret, struct err *e);

/* What runs in its place: itself when it has a process still or again, or the next container of
 * this name in this pod. -ERR_NOTFOUND: none now. */
int container_successor(const struct container_query *q, const struct container *was,
	struct container *ret, struct err *e);

/* Its pod has been deleted, or has come to its end: nothing will run in its place. False also where
 * nobody can tell. */
bool container_gone(const struct container_query *q, const struct container *was);

/*
 * Whether the groups in the text of /proc/PID/cgroup are those of a container whose id is wanted,
 * or, of 64 hexadecimal digits, begins with it; ret gets the whole id.
 */
bool container_match(const char *text, const char *wanted, char ret[static CONTAINER_ID]);
bool container_has(pid_t pid, const char *wanted, char ret[static CONTAINER_ID]);

/*
 * The processes of the one container that the id or its first digits name; the caller frees *ret.
 * -ERR_NOTFOUND: none; -ERR_CONFLICT: several begin so.
 */
int container_processes(const char *wanted, pid_t **ret, size_t *ret_n, struct err *e);

#endif
