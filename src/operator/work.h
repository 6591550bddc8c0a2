/* The threads of the operator: one watches each kind, and workers do what follows from it. */
#ifndef OPERATOR_WORK_H
#define OPERATOR_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "operator/kind.h"

struct works;

struct works_options {
	const char *kubeconfig; /* as of kube_config_load() */
	size_t workers;
	struct means means; /* borrowed, what is in it too */
	int stop_fd;	    /* readable: they end */
};

/* Reads credentials, no more: so that everything can be given up before works_start(). */
int works_new(const struct works_options *o, struct works **ret, struct err *e);
int works_start(struct works *w, struct err *e);
/* stop_fd is readable, or it was never started. Waits for all of them. NULL is fine. */
void works_end(struct works *w);

const char *works_host(const struct works *w); /* of the API server */

/* Any thread. */
bool works_started(const struct works *w);
bool works_listed(const struct works *w); /* what there is of all kinds is known */
/* Experiments, turns, and requests to the API server, as Prometheus reads them. */
void works_metrics(const struct works *w, struct buf *ret);

#endif
