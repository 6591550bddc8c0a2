/*
 * Everything of Gale's out of a cluster, but what kubectl or Helm put there: all experiments are
 * deleted and recovered, by this operator or the one that leads; what is left after a while loses
 * our finalizer; then the webhook configurations, the operator's Deployment and the Secrets go.
 */
#ifndef OPERATOR_UNINSTALL_H
#define OPERATOR_UNINSTALL_H

#include <stdint.h>

#include "base/err.h"

struct uninstall;

struct uninstall_options {
	const char *kubeconfig; /* as of kube_config_load() */
	const char *lease;	/* "NAMESPACE/NAME": of the operators */
	int64_t wait_ms;	/* for experiments to be recovered */
	int stop_fd;		/* readable: it ends where it is */
};

/* On a thread of its own, that sends SIGTERM to this process when all is done. */
int uninstall_start(const struct uninstall_options *o, struct uninstall **ret, struct err *e);
/*
 * stop_fd is readable, and the lease is held no more: it goes too. Waits for the thread, and tells
 * what came of it. NULL is fine.
 */
int uninstall_end(struct uninstall *u, struct err *e);

#endif
