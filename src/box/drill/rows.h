/*
 * The rows of a drill: the changes that more than one part of the state machine makes. Each marks
 * its row as dirty, but for those of an injection whose answer is being taken in. Pure, as
 * machine.h.
 */
#ifndef BOX_DRILL_ROWS_H
#define BOX_DRILL_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "box/drill/machine.h"

void run_text(char ret[RUN_TEXT_MAX], const char *text);

/* Its pods that have no result get this one, too. */
void execution_end(struct run *run, struct execution *x, enum run_result result, const char *error,
	int64_t now);
/* Before another try: only the pods that did not succeed are named again. */
void execution_pods_again(struct run *run, const struct execution *x);
int execution_pods_failed(const struct run *run, const struct execution *x);

/* Nothing of it is on the target, as far as the agent can tell. */
bool injection_is_away(const struct injection *in);
void injection_want_gone(struct injection *in, int64_t now); /* once: later ones change nothing */
/* Answers: it is in place; it could not be destroyed, and is tried again later. */
void injection_live(struct injection *in, const struct reply *reply, int64_t now);
void injection_not_gone(struct injection *in, const char *why, int64_t now);

#endif
