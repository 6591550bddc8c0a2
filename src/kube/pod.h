/* What Gale wants to know of a pod. */
#ifndef KUBE_POD_H
#define KUBE_POD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { KUBE_POD_ADDRESSES = 8 };

struct kube_pod {
	char name[512]; /* "namespace/name" */
	/*
	 * Of its own: none when it shares the node's (hostNetwork), for these are the addresses of
	 * others too; none when it has ended (Succeeded, Failed), for the next pod may get them.
	 */
	const char *addresses[KUBE_POD_ADDRESSES];
	size_t n_addresses;
	bool host_network;
};

/* false: the object is no pod. Addresses are borrowed from it. */
bool kube_pod_read(const json_t *object, struct kube_pod *ret);

#endif
