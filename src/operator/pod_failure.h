/*
 * PodChaos pod-failure: all containers of a pod, init containers too, get an image that does
 * nothing, and later their own again. What they had stands in an annotation of the pod, written in
 * the same change.
 */
#ifndef OPERATOR_POD_FAILURE_H
#define OPERATOR_POD_FAILURE_H

#include "operator/kind.h"

int pod_failure_inject(struct task *t, struct err *e);
int pod_failure_recover(struct task *t, struct err *e);

/*
 * The change (a strategic merge patch) that has by, an experiment's uid, break the pod with this
 * image, or repair it; *ret NULL: it is so already. -ERR_CONFLICT: another experiment's. Exposed
 * for its test.
 */
int pod_failure_break(
	const json_t *pod, const char *by, const char *image, json_t **ret, struct err *e);
int pod_failure_repair(const json_t *pod, const char *by, json_t **ret, struct err *e);

#endif
