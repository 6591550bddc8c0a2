/* The network side of the agent, from its start in a child of the helper to its end. */
#ifndef AGENT_NETWORK_H
#define AGENT_NETWORK_H

#include "agent/options.h"

/* A network_f (helper.h). */
int network_run(const struct options *o, int helper_fd, const char *gale_version);

#endif
