/* What Gale wants to know of a pod. */
#include "kube/pod.h"

#include <stdio.h>

#include "base/json.h"
#include "base/str.h"

static void add_address(struct kube_pod *p, const char *address)
{
	for (size_t i = 0; i < p->n_addresses; i++)
		if (str_eq(p->addresses[i], address))
			return;
	if (*address && p->n_addresses < KUBE_POD_ADDRESSES)
		p->addresses[p->n_addresses++] = address;
}

bool kube_pod_read(const json_t *object, struct kube_pod *ret)
{
	const json_t *meta = json_object_get(object, "metadata");
	const json_t *status = json_object_get(object, "status"), *one;
	const char *namespace = json_text(meta, "namespace"), *name = json_text(meta, "name");
	const char *phase = json_text(status, "phase");
	size_t i;

	*ret = (struct kube_pod){ 0 };
	if (!*namespace || !*name ||
		snprintf(ret->name, sizeof(ret->name), "%s/%s", namespace, name) >=
			(int)sizeof(ret->name))
		return false;
	ret->host_network = json_is_true(
		json_object_get(json_object_get(object, "spec"), "hostNetwork"));
	if (ret->host_network || str_eq(phase, "Succeeded") || str_eq(phase, "Failed"))
		return true;
	add_address(ret, json_text(status, "podIP"));
	json_array_foreach(json_object_get(status, "podIPs"), i, one)
		add_address(ret, json_text(one, "ip"));
	return true;
}
