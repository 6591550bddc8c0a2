/* From a stored drill to the rows of a run: the chain of activities and who each of them is for. */
#ifndef BOX_DRILL_PLAN_H
#define BOX_DRILL_PLAN_H

#include <stdint.h>

#include "base/err.h"
#include "box/store/drill_experiment.h"
#include "box/store/drill_rows.h"

struct db;

/*
 * The rows, not stored yet. A part of an application's machines is drawn once a group, from the
 * machines that are online, in an order that the seed decides. *ret is the caller's: run_free.
 */
int plan_run(struct db *db, const struct experiment *x, uint64_t seed, int64_t now_ms,
	struct run *ret, struct err *e);

#endif
