/*
 * Where the Kubernetes API is and how one shows who one is: a kubeconfig file, or what a pod finds
 * in its container.
 */
#ifndef KUBE_CONFIG_H
#define KUBE_CONFIG_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"

struct kube_link;

/* A file, or octets from the kubeconfig itself. */
struct kube_text {
	char *path; /* NULL: it does not change */
	char *text; /* NULL: there is none */
};

struct kube_config {
	bool tls, insecure; /* insecure: the server's certificate is not looked at */
	char *host, *port;
	char *base;	   /* of all paths, "" or "/x" */
	char *server_name; /* that the certificate must be for, when it is not the host; or NULL */
	struct kube_text ca, cert, key, token;
	unsigned revision;		     /* another when one of ca, cert and key is */
	struct kube_link *kept;		     /* from the last request (kube/stream.h), NULL: none */
	atomic_ullong requests, connections; /* made so far */
};

/*
 * file: a kubeconfig (its current context), or "in-cluster": KUBERNETES_SERVICE_HOST and _PORT, and
 * the service account's token and CA. -ERR_INVALID says what is missing or is not supported:
 * programs that print credentials (`exec`) are not run.
 */
int kube_config_load(const char *file, struct kube_config *ret, struct err *e);
/*
 * Where nobody says which: the first file of KUBECONFIG, else "in-cluster" when this is a pod, else
 * ~/.kube/config. NULL: there is no such place.
 */
char *kube_config_usual(void);
/*
 * Another server in the place of c's (zeroed: there was none), "https://HOST[:PORT][/PATH]", and
 * another token; NULL: the same. What proves its certificate stays, without a CA the system's do.
 */
int kube_config_server(struct kube_config *c, const char *url, const char *token, struct err *e);
/* The text of a kubeconfig; relative paths in it are from dir. Files are not read yet. */
int kube_config_parse(const char *text, const char *dir, struct kube_config *ret, struct err *e);
void kube_config_free(struct kube_config *c);

/*
 * Reads the file again; what was read before stays when that fails: certificates and tokens are
 * replaced under our feet. 1: the text is another; -ERR_INVALID: nothing was ever read.
 */
int kube_text_refresh(struct kube_text *t, struct err *e);
int kube_config_refresh(struct kube_config *c, struct err *e); /* all of its files; 0 */

#endif
