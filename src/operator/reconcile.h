/* Does what the plan of an experiment says, and writes down what came of it. */
#ifndef OPERATOR_RECONCILE_H
#define OPERATOR_RECONCILE_H

#include <stdint.h>

#include "operator/kind.h"

/*
 * due: its time has come, and what is in is renewed. *object: as it was seen last; left as the
 * newest that is known. events: tell_send() sends what is appended, when there is time.
 * *ret_again_ms: wall time to come again at the latest, INT64_MAX: at a change. What is to be done
 * is in the object's status before it is done, so whoever comes after us, whenever we end, goes on
 * from there. -ERR_CONFLICT: the object is newer than we know; -ERR_NOTFOUND: it is gone.
 */
int reconcile(const struct kube_api *a, const struct means *means, const struct kind *k, bool due,
	json_t **object, json_t *events, int64_t *ret_again_ms, struct err *e);

#endif
