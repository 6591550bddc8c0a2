/* Machines as requests and answers spell them. */
#ifndef BOX_API_HOST_H
#define BOX_API_HOST_H

#include <jansson.h>

#include "box/api/call.h"

/* Host and CloudDevice. */
extern const struct shape host_shape;

json_t *host_json(const struct device *d);

/*
 * The caller's machine that a Host names by its deviceConfigurationId or appConfigurationId, with
 * its living status. Another user's machine is not found: -ERR_NOTFOUND.
 */
int host_find(struct call *c, const json_t *host, struct device *ret, struct err *e);

#endif
