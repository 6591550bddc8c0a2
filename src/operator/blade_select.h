/* The targets of a ChaosBlade object's experiments. */
#ifndef OPERATOR_BLADE_SELECT_H
#define OPERATOR_BLADE_SELECT_H

#include "base/rand.h"
#include "operator/blade_spec.h"
#include "operator/kind.h"

/*
 * As of struct family. The status gets one of expStatuses for each experiment, with the reason
 * where it has no target; a record knows its experiment and its timeout.
 */
int blade_choose(const struct choice *c, struct err *e);

/* Leaves of pods or nodes those that the flags mean. Exposed for its test. */
int blade_narrow(const struct blade *b, struct rand *rand, json_t *objects, struct err *e);
/*
 * The names of the pod's containers that the flags mean; what is done to the pod's network is done
 * by way of one of these that runs. Exposed for its test.
 */
json_t *blade_containers(const struct blade *b, const json_t *pod);

#endif
