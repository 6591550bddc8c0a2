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

/* Those without a result get this one. */
void pods_end(struct run *run, const struct execution *x, enum run_result result, const char *why);
/* Before another try: only those that did not succeed are named again. */
void pods_again(struct run *run, const struct execution *x);
int pods_failed(const struct run *run, const struct execution *x);

/* machine.c: it is in place; a destroy that failed is tried again later. */
void injection_live(struct injection *in, const struct reply *reply, int64_t now);
void destroy_failed(struct injection *in, const char *why, int64_t now);

#endif
