/* The agents of nodes (node/node.proto): signed orders by gRPC with mutual TLS. Any thread. */
#ifndef OPERATOR_NODES_H
#define OPERATOR_NODES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "grpc/tls.h"
#include "operator/lines.h"
#include "operator/order.h"

struct nodes;

struct nodes_options {
	struct tls_files files; /* names: of the agents' certificates; borrowed texts */
	const char *sign_key;	/* PEM file, Ed25519; read at each order */
	long long port;
};

int nodes_open(const struct nodes_options *o, struct nodes **ret, struct err *e);
void nodes_close(struct nodes *n); /* NULL is fine */

struct node_at {
	const char *name, *address;
};

struct node_task {
	const char *uid;
	const struct order *order;
	const char *container, *pod_uid; /* "": of the pod; NULL: on the node itself */
	int64_t timeout_ms;
};

/* Of a create. */
struct node_said {
	char text[200]; /* what was measured */
	bool spent;	/* it has failed, nothing is left of it, and the uid is of no further use */
	int code;	/* blade's number of that failure, 0: not known */
};

/* Does it, once for a uid, however often it is said. -ERR_UNSUPPORTED: the node never can. */
int nodes_create(const struct nodes *n, const struct node_at *at, const struct node_task *t,
	struct node_said *ret, struct err *e);
/* What is not there is taken back already. */
int nodes_destroy(const struct nodes *n, const struct node_at *at, const char *uid, struct err *e);

/* Where a node is that was spoken to just now. false: it is not known. */
bool nodes_address(const struct nodes *n, const char *node, char ret[static LINE_ADDRESS_SIZE]);

#endif
