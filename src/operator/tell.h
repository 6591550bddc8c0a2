/* Kubernetes' events about an object, kept until there is time to send them. */
#ifndef OPERATOR_TELL_H
#define OPERATOR_TELL_H

#include <jansson.h>

#include "kube/api.h"

/* Appends an event to the array. reason: "Applied"; a "Failed" or "NotSupported" is a warning. */
void tell_add(json_t *events, const json_t *object, const char *reason, const char *message);

/* Sends and forgets them all, nothing rests on them; -ERR_x of the first that failed. */
int tell_send(const struct kube_api *a, json_t *events, struct err *e);

#endif
