/*
 * One experiment of a ChaosBlade object. Its matchers are all flags there are: those that say where
 * it is done, its timeout, and the rest, which are the fault's own.
 */
#ifndef OPERATOR_BLADE_SPEC_H
#define OPERATOR_BLADE_SPEC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

struct blade {
	const char *scope, *target, *action; /* borrowed from the experiment */
	const char *namespace;
	struct words names, labels, groups; /* labels: "key=value" */
	struct words container_names, container_ids;
	long long count, percent;  /* 0: all */
	long long container_index; /* -1: any */
	long long timeout_ms;	   /* 0: none; what a node does has one, 30 days at most */
	json_t *flags;		   /* the fault's: name: text */
	bool netns;		   /* it is done to the network of a whole pod: blade_take() */

	json_t *given; /* what is borrowed above */
};

/* -ERR_INVALID, -ERR_MISSING, -ERR_UNSUPPORTED name what is wrong. To be freed by blade_done(). */
int blade_read(const json_t *experiment, struct blade *ret, struct err *e);
void blade_done(struct blade *b);

/*
 * The i-th of a spec, if it can be done: there is such a fault in its scope, with such flags, and
 * it says where. Errors as of blade_read(), behind "spec.experiments[0]: ".
 */
int blade_take(const json_t *spec, size_t i, struct blade *ret, struct err *e);

/* All of a spec, as of struct family. */
struct kind;
int blade_check(const struct kind *k, const json_t *spec, struct err *e);
/* As of struct family: nodes are the whole cluster. */
bool blade_reach(const json_t *spec, const char *own, json_t *namespaces);

bool blade_is_node(const struct blade *b);		/* its targets are nodes */
bool blade_has_key(const char *label, const char *key); /* "key=value" is of this key */

#define autoblade __attribute__((cleanup(blade_done)))

#endif
