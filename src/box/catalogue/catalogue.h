/*
 * The faults that drills are made of, as the engine describes them (gale spec --json, embedded at
 * build time). Read-only after the start: any thread.
 */
#ifndef BOX_CATALOGUE_CATALOGUE_H
#define BOX_CATALOGUE_CATALOGUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct catalogue;

/* The numbers are the protocol's flags. */
enum function_phase { FUNCTION_PREPARE = 1, FUNCTION_ATTACK = 2, FUNCTION_RECOVER = 8 };

/* A fault or the taking back of one; or the preparation of a JVM, or the taking back of that. */
struct function {
	char *code; /* catalogue/code.h; its id as well */
	enum function_phase phase;
	const char *target, *action, *category;
	bool once;		 /* cannot be taken back */
	const char *scope;	 /* "host", or of a cluster: "node", "pod", "container" */
	const json_t *fault;	 /* what the engine says */
	const json_t *selection; /* rows that select in its scope; NULL on hosts */
};

bool function_on_hosts(const struct function *f);

/* From the embedded document. */
int catalogue_load(struct catalogue **ret, struct err *e);
/* From any such document. */
int catalogue_read(const char *text, size_t len, struct catalogue **ret, struct err *e);
void catalogue_free(struct catalogue *c);

/* NULL: no such code. */
const struct function *catalogue_find(const struct catalogue *c, const char *code);
/*
 * By scope, the hosts first, in the engine's order, each fault followed by its recovery; NULL
 * behind the last.
 */
const struct function *catalogue_at(const struct catalogue *c, size_t i);

/* Borrowed: "Uses a share of the processors". The name of a recovery is made: copy it. */
void function_name(const struct function *f, bool english, char *ret, size_t size);

/* SceneFunctionVO; with its parameters when asked for. */
json_t *function_json(const struct function *f, bool english, bool parameters);
/* [SceneFunctionParameterVO]; a recovery has none. */
json_t *function_parameters(const struct function *f, bool english);
/* [SceneArgumentGrade] with its [SceneArgumentDefinition]: what an activity carries. */
json_t *function_arguments(const struct function *f, bool english);

/* What "gale query" is asked for the values that a host has; NULL: it cannot be. */
const char *function_query(const struct function *f, const char *parameter);

/*
 * values is an object of texts: {"cpu-percent": "60"}. Names, required ones, numbers, choices; what
 * only the host can judge is left to it. The error names the parameter and what is allowed.
 */
int function_check(const struct function *f, const json_t *values, struct err *e);

/* [SceneFunctionCategoryVO] of a phase (0: of all), for hosts or for clusters: a tree by children.
 */
json_t *catalogue_categories(const struct catalogue *c, int phase, bool hosts, bool english);

#endif
