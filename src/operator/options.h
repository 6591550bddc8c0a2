/* The settings of gale-operator. */
#ifndef OPERATOR_OPTIONS_H
#define OPERATOR_OPTIONS_H

#include "base/config.h"
#include "base/log.h"
#include "operator/nodes.h"
#include "operator/webhook.h"

struct options {
	const char *kubeconfig, *user, *log_level, *pause_image;
	const char *admin; /* ADDR:PORT; "": none */
	const char *lease; /* "NAMESPACE/NAME"; "": no election */
	long long workers, lease_ms;
	struct webhook_options webhook;
	struct nodes_options nodes; /* without a certificate: no way to them */

	enum log_level least_log; /* made of the above by options_load */
};

/* As config_load: 1 when something was printed and the program ends well. */
int options_load(int argc, char *const *argv, struct options *ret, struct config *c, struct err *e);

#endif
