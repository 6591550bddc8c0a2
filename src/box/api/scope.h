/* Agents as pages list them. */
#ifndef BOX_API_SCOPE_H
#define BOX_API_SCOPE_H

#include <jansson.h>

#include "box/api/call.h"

#define SCOPES_MAX 500 /* rows of an answer without pages */

/* ExperimentScope. */
extern const struct shape scope_shape;

json_t *scope_json(const struct device *d);

/*
 * A page of the caller's machines by the filter (user, offset and limit are filled in), each
 * written by to_json with its living status.
 */
int scope_page(struct call *c, struct device_filter *filter,
	json_t *(*to_json)(const struct device *), struct err *e);

#endif
