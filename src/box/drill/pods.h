/*
 * Orders for pods, inside of the state machine: an answer to the create says little, what the
 * object in the cluster says is asked for until it is decided; a destroy is done when the object is
 * gone. Pure, as machine.h.
 */
#ifndef BOX_DRILL_PODS_H
#define BOX_DRILL_PODS_H

#include "box/drill/machine.h"

/* As machine_create_reply: false as long as it has to be asked for. */
bool pods_create_answer(struct run *run, struct execution *x, const struct reply *reply,
	int64_t now, enum run_result *ret);
void pods_destroy_answer(struct injection *in, const struct reply *reply, int64_t now);

#endif
