/*
 * The root helper: the parent of the network side, which it starts and restarts, and the only one
 * that runs gale. It obeys the service manager and small checked messages, nothing else.
 */
#ifndef AGENT_HELPER_H
#define AGENT_HELPER_H

#include "agent/options.h"

/* The network side's whole life, in a child of the helper; returns its exit status. */
typedef int network_f(const struct options *o, int helper_fd, const char *gale_version);

/* The exit status of a network side that could not start: it is not started again. */
#define NETWORK_CANNOT 3

/* Returns when a signal ended the agent (0) or it cannot go on (negative). */
int helper_run(const struct options *o, network_f *network, struct err *e);

#endif
