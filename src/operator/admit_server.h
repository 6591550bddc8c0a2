/*
 * The HTTPS server that the API server asks: one thread of connections, a few for the questions,
 * since answers may need the API server in turn. HTTP/1.1, TLS 1.2 at least.
 */
#ifndef OPERATOR_ADMIT_SERVER_H
#define OPERATOR_ADMIT_SERVER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct admit_server;

struct admit_server_options {
	const char *address;	/* ADDR:PORT */
	const char *kubeconfig; /* as of kube_config_load(): who asks for rights */
	bool rights;		/* they are asked for */
};

/* Binds the address; credentials are read. The texts are borrowed for the time of the call. */
int admit_server_new(
	const struct admit_server_options *o, struct admit_server **ret, struct err *e);
/* Its threads. Nothing is accepted before there is a certificate. */
int admit_server_start(struct admit_server *s, struct err *e);
/* PEM; for connections from now on. Any thread. -ERR_INVALID: all stays as it was. */
int admit_server_certificate(
	struct admit_server *s, const char *cert, const char *key, struct err *e);
void admit_server_metrics(const struct admit_server *s, struct buf *ret); /* Prometheus' */
/* Says goodbye on every answer for the time of a service's endpoints to change; then ends. */
void admit_server_free(struct admit_server *s); /* NULL is fine */

#endif
