/*
 * What Docker's own interface says of containers: HTTP on a local socket, of any version since 1.24
 * (also Podman's). Asked with a time-out of seconds.
 */
#ifndef TARGET_DOCKER_H
#define TARGET_DOCKER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "target/container.h"

/*
 * The one running container that fits q's id, name (its own, without a slash) and labels.
 * -ERR_NOTFOUND: none, or nobody listens there; -ERR_CONFLICT: several.
 */
int docker_container(
	const char *socket, const struct container_query *q, struct container *ret, struct err *e);

/* Whether it has been removed. An error: Docker does not say. */
int docker_gone(const char *socket, const struct container *c, bool *ret, struct err *e);

/* The body of an answer of len bytes, NUL behind it; other statuses than 200 are errors of the kind
 * that they say. Exposed for its tests. */
int docker_answer(char *text, size_t len, json_t **ret, struct err *e);
/* Whether a row of the list of containers fits. Exposed for its tests. */
bool docker_fits(const json_t *row, const struct container_query *q);

#endif
