/* Who calls on a ROUTE_AGENT. */
#ifndef BOX_API_AGENT_H
#define BOX_API_AGENT_H

#include "base/err.h"

struct call;

/* Fills call->agent and call->user.id, or fails with the code that agents know. */
int agent_prove(struct call *c, struct err *e);

#endif
