/*
 * Leader election by a Lease of coordination.k8s.io, as client-go does it: who holds it says so
 * again and again; who sees that nothing was said for its whole duration may take it. No two clocks
 * are compared.
 */
#ifndef KUBE_LEASE_H
#define KUBE_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "kube/api.h"

struct kube_lease {
	const char *namespace, *name, *holder; /* holder: told apart from all others */
	int64_t duration_ms;
	char seen[KUBE_VERSION_SIZE]; /* version of the lease, first "" */
	int64_t seen_ms;	      /* on the boot clock: since when it is this one */
};

/* One round: takes it, or says it again. -ERR_x: not known; it may be held still. */
int kube_lease_try(const struct kube_api *a, struct kube_lease *l, bool *ret_held, struct err *e);
/* Gives it up, so that the next need not wait. */
int kube_lease_release(const struct kube_api *a, struct kube_lease *l, struct err *e);

/* Whether it may be taken at now_ms; remembers what it has seen. Exposed for its test. */
bool kube_lease_free(struct kube_lease *l, const json_t *lease, int64_t now_ms);

#endif
