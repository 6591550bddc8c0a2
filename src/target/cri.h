/*
 * What the container runtime says by the interface that Kubernetes has for it (CRI): containerd,
 * CRI-O. Asked on its socket, with a time-out of seconds.
 */
#ifndef TARGET_CRI_H
#define TARGET_CRI_H

#include "base/err.h"
#include "target/container.h"

/* A socket of those that runtimes usually have; NULL: none is there. */
const char *cri_usual_endpoint(void);

/*
 * The one running container that fits. endpoint: a path, "unix://" before it or not. -ERR_NOTFOUND:
 * none, or no runtime there; -ERR_CONFLICT: several; -ERR_UNSUPPORTED: its processes are not those
 * that are seen from here.
 */
int cri_container(const char *endpoint, const struct container_query *q, struct container *ret,
	struct err *e);

/*
 * The pod that fits as a whole: its sandbox, whose first process holds its namespaces while its
 * containers come and go. Without a name, then. Errors as cri_container().
 */
int cri_pod(const char *endpoint, const struct container_query *q, struct container *ret,
	struct err *e);

/* Whether it will not run again: its pod is no longer there. An error: the runtime does not say. */
int cri_gone(const char *endpoint, const struct container *c, bool *ret, struct err *e);

/* The pid in what the runtime says of a container: JSON. Exposed for its tests. */
int cri_pid(const char *info, long long *ret, struct err *e);

#endif
