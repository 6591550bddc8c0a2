/*
 * The faults that the engine offers in the scopes of a cluster, from the embedded catalogue. As
 * JSON values all of it would take megabytes: a fault is read when it is asked for. Any thread may
 * ask.
 */
#ifndef CATALOGUE_OFFER_H
#define CATALOGUE_OFFER_H

#include <jansson.h>

#include "base/err.h"

/*
 * scope: "node", "pod", "container"; action: or an alias of it. *ret: its row, a new reference.
 * -ERR_UNSUPPORTED in the words of the command line.
 */
int offer_find(
	const char *scope, const char *target, const char *action, json_t **ret, struct err *e);

/* flags: name: text; those that every action has may be among them. -ERR_INVALID, -ERR_MISSING. */
int offer_check(const json_t *fault, const json_t *flags, struct err *e);

#endif
