/*
 * Keeps the Secrets of keys.h: made when there are none, renewed in time, and the operator's own in
 * files. Each operator does so, whichever works: who comes second takes what the first has made.
 */
#ifndef OPERATOR_SECRETS_H
#define OPERATOR_SECRETS_H

#include "base/err.h"

struct secrets;

struct secrets_options {
	const char *kubeconfig; /* as of kube_config_load() */
	const char *namespace;
	const char *run; /* directory of keys/, with the files of keys_files(KEYS_OPERATOR) */
	int stop_fd;	 /* readable: it ends */
};

#define SECRET_OF_OPERATOR "gale-certificates"
#define SECRET_OF_AGENT	   "gale-agent"
#define SECRET_OF_DNS	   "gale-dns-tls"

/* The first round: the files are there. */
int secrets_new(const struct secrets_options *o, struct secrets **ret, struct err *e);
int secrets_start(struct secrets *s, struct err *e); /* the others, a round a minute */
void secrets_end(struct secrets *s);		     /* stop_fd is readable. NULL is fine */

#endif
