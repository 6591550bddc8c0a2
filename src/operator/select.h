/*
 * Which pods an experiment is meant for. The selector's labels and fields are asked of the API
 * server, annotations, phases and nodes are looked at here; the mode draws from what was found.
 */
#ifndef OPERATOR_SELECT_H
#define OPERATOR_SELECT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/rand.h"
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

/* Leaves those, each once, that a PodSelector's mode draws: of the same pods and seed the same. */
int select_mode(const json_t *pod_selector, uint64_t seed, json_t *pods, struct err *e);

/* Objects in the order of their names, each once. */
int select_sort(json_t *objects, struct err *e);
/* Leaves count of them, or all that there are, in the order of their names. */
int select_draw(json_t *objects, size_t count, struct rand *rand, struct err *e);

/* mode and value are what select_mode() can use, the selector what select_pods() can. */
int select_check(const json_t *pod_selector, struct err *e);

/* "labelSelector=...&fieldSelector=...", "" without any. Exposed for its test. */
int select_query(const json_t *selector, struct buf *ret, struct err *e);
/* Annotations, phase and node (one of nodes; NULL: any). Exposed for its test. */
bool select_fits(const json_t *selector, const json_t *nodes, const json_t *pod);

#endif
