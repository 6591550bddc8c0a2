/*
 * Keeps the webhook's certificates: in a Secret, that all replicas read and the leader writes, and
 * the authorities in the two webhook configurations, so that the API server believes them.
 */
#ifndef OPERATOR_CERTS_KEEP_H
#define OPERATOR_CERTS_KEEP_H

#include <stdatomic.h>

#include "kube/api.h"
#include "operator/certs.h"

/* All is borrowed. */
struct certs_place {
	const char *namespace, *secret; /* where they are kept */
	const char *configurations;	/* name of both */
	const char *names;		/* as of certs_look() */
	int64_t life_ms;		/* of a certificate */
};

struct certs_keeper {
	struct certs_place place;
	struct certs certs; /* as they were read, or written, last */
	struct certs_seen seen;
	atomic_bool leads; /* it writes; any thread */
};

/* One turn; *ret_changed: k->certs are others than before, to be served from now on. e not NULL. */
int certs_keep(struct certs_keeper *k, const struct kube_api *a, bool *ret_changed, struct err *e);
/* How long to wait between two turns. */
int64_t certs_turn_ms(const struct certs_keeper *k);

/* Data of a Secret, what is none left out, and back. Exposed for their test. */
void certs_of_secret(const json_t *secret, struct certs *ret);
void certs_to_secret(const struct certs *c, json_t *secret);
/* The JSON patch that puts the bundle into all webhooks; NULL: it stands there. Exposed, too. */
json_t *bundle_patch(const json_t *configuration, const char *bundle);

#endif
