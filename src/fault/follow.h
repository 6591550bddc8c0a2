/*
 * An experiment in a container while that ends and starts again: done anew in the one that runs in
 * its place, or at its end when there will be none. Private to the engine.
 */
#ifndef FAULT_FOLLOW_H
#define FAULT_FOLLOW_H

#include "base/err.h"
#include "fault/experiment.h"

/*
 * To be called each second by the supervisor. 1: it is in place; 0: its container does not run now;
 * -ERR_x: it is over, and why.
 */
int follow(struct run *run, struct err *why);

#endif
