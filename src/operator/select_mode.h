/* Which of the objects that were found are meant: drawn from a seed, by their names. */
#ifndef OPERATOR_SELECT_MODE_H
#define OPERATOR_SELECT_MODE_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rand.h"

/* Leaves those, each once, that a PodSelector's mode draws: of the same pods and seed the same. */
int select_mode(const json_t *pod_selector, uint64_t seed, json_t *pods, struct err *e);
/* mode and value are what select_mode() can use. */
int select_mode_check(const json_t *pod_selector, struct err *e);

/* Objects in the order of their names, each once. */
int select_sort(json_t *objects, struct err *e);
/* Leaves count of them, or all that there are, in the order of their names. */
int select_draw(json_t *objects, size_t count, struct rand *rand, struct err *e);

#endif
