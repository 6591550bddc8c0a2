/* What gale says of experiments, as the operator is told it. */
#ifndef AGENT_NODE_REPLY_H
#define AGENT_NODE_REPLY_H

#include <jansson.h>

#include "node/node.pb-c.h"

/* A row of gale status; NULL: STATE_UNKNOWN. Texts are borrowed from it, and the uid. */
void node_reply_row(const json_t *row, const char *uid, Gale__Node__V1__Experiment *ret);
/* The row of the uid in what gale status printed (a row, or a list of them); NULL: none. */
const json_t *node_reply_find(const json_t *said, const char *uid);

#endif
