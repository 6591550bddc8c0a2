/* What ChaosBlade's own programs read in the status of a ChaosBlade object. */
#ifndef OPERATOR_BLADE_STATUS_H
#define OPERATOR_BLADE_STATUS_H

#include <jansson.h>

#include "operator/plan.h"

/*
 * As of struct family: phase, and of expStatuses what came of the targets, from the records. An
 * experiment without a record keeps the reason that it has.
 */
void blade_show(json_t *status, const struct wanted *w, const struct plan *p);

#endif
