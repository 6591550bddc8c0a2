/*
 * Connections to the agents of nodes that are kept for the next order, a few and not for long: an
 * agent pings who is silent for a minute, and certificates that were replaced shall count. Any
 * thread.
 */
#ifndef OPERATOR_LINES_H
#define OPERATOR_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grpc/client.h"

enum { LINE_ADDRESS_SIZE = 64, LINES_MOST = 16, LINE_IDLE_MS = 30000, LINE_AGE_MS = 300000 };

struct line {
	struct grpc_client *client;
	char address[LINE_ADDRESS_SIZE]; /* of the node */
	int64_t since_ms;		 /* boot clock */
};

struct lines;

int lines_new(struct lines **ret, struct err *e);
void lines_free(struct lines *l); /* NULL is fine */

/* The node's, to be put back or freed. false: there is none. */
bool lines_take(struct lines *l, const char *node, int64_t now_ms, struct line *ret);
void lines_put(struct lines *l, const char *node, const struct line *line, int64_t now_ms);
/* Where the node of a kept one is. */
bool lines_address(
	struct lines *l, const char *node, int64_t now_ms, char ret[static LINE_ADDRESS_SIZE]);

#endif
