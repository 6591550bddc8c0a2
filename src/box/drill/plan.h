/* From a stored drill to the rows of a run: the chain of activities and who each of them is for. */
#ifndef BOX_DRILL_PLAN_H
#define BOX_DRILL_PLAN_H

#include <stdint.h>

#include "base/err.h"
#include "box/store/drill_experiment.h"
#include "box/store/drill_rows.h"

struct db;

#define PLAN_NAMES_MAX                                                                             \
	(96 * 1024) /* bytes of the names in one order: it is an argument of a shell */

/*
 * The rows, not stored yet. A part of an application's machines is drawn once a group, from the
 * machines that are online, in an order that the seed decides. Of a group of pods each activity has
 * one order for each cluster and namespace; one for nodes, one for each cluster: the nodes that the
 * pods run on. *ret is the caller's: run_free. -ERR_INVALID: the node of a pod is not known, or too
 * many pods for an order.
 */
int plan_run(struct db *db, const struct experiment *x, uint64_t seed, int64_t now_ms,
	struct run *ret, struct err *e);

#endif
