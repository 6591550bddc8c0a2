/*
 * What `gale create k8s SCOPE-TARGET ACTION` names: the scopes of ChaosBlade in a cluster with the
 * flags that select in each, and the faults that only a cluster has. The others are those of a
 * host.
 */
#ifndef CLI_K8S_SCOPE_H
#define CLI_K8S_SCOPE_H

#include <jansson.h>

#include "fault/fault.h"

struct k8s_scope {
	const char *name; /* "node", "pod", "container" */
	const struct param *params;
	const struct fault *const *own; /* ended by NULL */
};

/* "pod-cpu" is the scope pod, *ret_target "cpu"; NULL: it begins with no scope. */
const struct k8s_scope *k8s_scope_find(const char *word, const char **ret_target);
const struct k8s_scope *k8s_scopes(void);	 /* ended by a row without a name */
const struct k8s_scope *k8s_scopes_widest(void); /* the one that has the flags of all */

/* -ERR_UNSUPPORTED: there is no such fault, or not in that scope. */
int k8s_fault_find(const struct k8s_scope *s, const char *target, const char *action,
	const struct fault **ret, struct err *e);

/* All flags together; *ret_timeout_ms as of order_flags_check(). */
int k8s_flags_check(const struct k8s_scope *s, const struct fault *f, const json_t *flags,
	int64_t *ret_timeout_ms, struct err *e);

#endif
