/*
 * Which pods an experiment is meant for. The selector's labels and fields are asked of the API
 * server (select_query.h), annotations, phases and nodes are looked at here; the mode draws from
 * what was found (select_mode.h).
 */
#ifndef OPERATOR_SELECT_H
#define OPERATOR_SELECT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "kube/api.h"

/* Whose pods an operator may select at all. */
struct select_scope {
	const char *namespace; /* no others are; "": of all */
	bool consent;	       /* only where the annotation chaos-mesh.org/inject is "enabled" */
};

struct select_from {
	const struct kube_api *api;
	const struct select_scope *scope;
	const char *own; /* the namespace where to look when the selector names none */
};

/*
 * Appends the pods of a PodSelectorSpec to the array. -ERR_INVALID names what is wrong with the
 * selector; -ERR_UNSUPPORTED: it names a namespace that is none of this operator's.
 */
int select_pods(
	const struct select_from *from, const json_t *selector, json_t *pods, struct err *e);

/* mode and value are what select_mode() can use, the selector what select_pods() can. */
int select_check(const json_t *pod_selector, struct err *e);

/* Annotations, phase and node (one of nodes; NULL: any). Exposed for its test. */
bool select_fits(const json_t *selector, const json_t *nodes, const json_t *pod);

#endif
