/*
 * ChaosBlade objects: the one that an order becomes, and what the status of one says. Looks at no
 * cluster.
 */
#ifndef CLI_K8S_OBJECT_H
#define CLI_K8S_OBJECT_H

#include <jansson.h>

#include "cli/k8s_scope.h"

#define K8S_FINALIZER "finalizer.chaosblade.io"

/*
 * A new object of that name. Every flag but uid is a matcher, its value split at commas; the
 * timeout is one too, given or not, unless it is 0: for ever.
 */
json_t *k8s_object_new(const char *uid, const struct k8s_scope *s, const struct fault *f,
	const json_t *flags, int64_t timeout_ms);

enum k8s_came_to {
	K8S_WAITING, /* for the operator */
	K8S_RUNS,
	K8S_FAILED,
	K8S_ENDED, /* is being taken back, or was */
};

enum k8s_came_to k8s_object_came_to(const json_t *object);
const char *k8s_object_phase(const json_t *object); /* "" before the operator saw it; borrowed */

/* blade's StatusResult, {"uid":,"success":,"error":,"statuses":[...]}. */
json_t *k8s_object_result(const json_t *object);
/* The code of the first resource that failed and has one, else 63061. */
int k8s_object_code(const json_t *object);
/* What is wrong, "" nothing that it says. events: of the object, newest last; NULL allowed. */
void k8s_object_reason(const json_t *object, const json_t *events, struct buf *ret);

/* The answer when there is no object: {"uid":,"success":true,...}, state Destroyed. */
json_t *k8s_result_destroyed(const char *uid);

#endif
