/*
 * The operator's door: gale.node.v1.Node over mutual TLS (node/node.proto), on the network side.
 * What is to be done it hands on to the root helper as it came, with its signature.
 */
#ifndef AGENT_NODE_H
#define AGENT_NODE_H

#include <event2/event.h>

#include "agent/ask.h"
#include "agent/options.h"
#include "grpc/call.h"

struct node;

/* Reads the certificates and listens. o and asks are borrowed. */
int node_new(const struct options *o, struct event_base *base, struct asks *asks, struct node **ret,
	struct err *e);
void node_free(struct node *n); /* NULL is fine */
/* Takes no more calls, lets those that run end, 5 s at most, and calls done. */
void node_close(struct node *n, void (*done)(void *ctx), void *ctx);

const struct grpc_counts *node_counts(const struct node *n);

#endif
