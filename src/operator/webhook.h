/* The operator's admission webhooks: the server and its certificates. All replicas serve. */
#ifndef OPERATOR_WEBHOOK_H
#define OPERATOR_WEBHOOK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct webhook;

struct webhook_options {
	const char *listen;	    /* "ADDR:PORT"; "": there is none */
	const char *secret;	    /* "NAMESPACE/NAME", where the certificates are kept */
	const char *configurations; /* name of those that are told the authorities */
	const char *names;	    /* of the certificate, joined by commas */
	long long life_ms;	    /* of a certificate */
	bool rights;		    /* users need rights wherever an experiment reaches */
};

/* Binds the address and reads credentials. All is borrowed; stop_fd as of struct kube_api. */
int webhook_new(const struct webhook_options *o, const char *kubeconfig, int stop_fd,
	struct webhook **ret, struct err *e);
int webhook_start(struct webhook *w, struct err *e); /* its threads */
void webhook_lead(struct webhook *w); /* from now on it makes certificates; NULL is fine */
void webhook_metrics(const struct webhook *w, struct buf *ret); /* Prometheus'; any thread */
/* When stop_fd is readable. Goes on answering for a moment. NULL is fine. */
void webhook_free(struct webhook *w);

#endif
