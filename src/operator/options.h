/* The settings of gale-operator. */
#ifndef OPERATOR_OPTIONS_H
#define OPERATOR_OPTIONS_H

#include <limits.h>

#include "base/config.h"
#include "base/log.h"
#include "operator/nodes.h"
#include "operator/select.h"
#include "operator/webhook.h"

struct options {
	const char *kubeconfig, *user, *log_level, *pause_image;
	struct select_scope scope;
	const char *admin;   /* ADDR:PORT; "": none */
	const char *lease;   /* "NAMESPACE/NAME"; "": no election */
	const char *secrets; /* a namespace; "": keys are given in files */
	const char *run;
	long long workers, lease_ms, renew_ms;
	long long uninstall_ms; /* 0: it works as ever */
	struct webhook_options webhook;
	const char *dns_service;    /* "NAMESPACE/NAME"; "": no DNS servers */
	const char *dns_names;	    /* of their certificates */
	struct nodes_options nodes; /* without a certificate: no way to them */

	/* Made of the above by options_load. */
	enum log_level least_log;
	char own_files[4][PATH_MAX]; /* of the nodes, where the operator makes them itself */
};

/* As config_load: 1 when something was printed and the program ends well. */
int options_load(int argc, char *const *argv, struct options *ret, struct config *c, struct err *e);

#endif
