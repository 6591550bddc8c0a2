/* The kinds of experiments. */
#include "operator/kind.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "operator/blade.h"

const struct kind kinds[] = {
	{ &chaos_mesh, "PodChaos", "podchaos", true, pod_chaos_once, pod_chaos_check,
		pod_chaos_inject, pod_chaos_recover },
	{ &chaos_mesh, "NetworkChaos", "networkchaos", false, .check = network_chaos_check,
		.inject = node_task_inject, .recover = node_task_recover, .renew = node_task_inject,
		.orders = network_chaos_orders },
	{ &chaos_mesh, "StressChaos", "stresschaos", true, .inject = node_task_inject,
		.recover = node_task_recover, .renew = node_task_inject,
		.orders = stress_chaos_orders, .note = stress_chaos_note },
	{ &chaos_mesh, "DNSChaos", "dnschaos", true, .check = dns_chaos_check,
		.inject = dns_chaos_inject, .recover = node_task_recover, .renew = dns_chaos_inject,
		.orders = dns_chaos_orders },
	{ &chaos_blade, "ChaosBlade", "chaosblades", .inject = blade_inject,
		.recover = blade_recover, .renew = blade_renew, .orders = blade_orders },
};
const size_t n_kinds = ARRAY_LEN(kinds);

void kind_path(const struct kind *k, const json_t *object, const char *sub, char *ret, size_t size)
{
	const json_t *meta = json_object_get(object, "metadata");
	bool within = k->family->namespaced;

	snprintf(ret, size, "%s%s%s/%s/%s%s", k->family->path, within ? "/namespaces/" : "",
		within ? json_text(meta, "namespace") : "", k->plural, json_text(meta, "name"),
		sub);
}

int kind_check(const struct kind *k, const json_t *spec, struct err *e)
{
	return k->family->check(k, spec, e);
}

bool kind_reaches(const struct kind *k, const json_t *object, const char *namespace)
{
	const char *own = json_text(json_object_get(object, "metadata"), "namespace");
	autojson json_t *namespaces = json_array();

	return k->family->reach(json_object_get(object, "spec"), own, namespaces) ||
	       json_has_text(namespaces, namespace);
}

int task_pod(const struct task *t, json_t **ret, struct err *e)
{
	autojson json_t *pod = NULL;
	char path[1024];
	const struct kube_ask ask = { .method = "GET", .path = path };
	int r;

	snprintf(path, sizeof(path), "/api/v1/namespaces/%s/pods/%s", t->namespace, t->pod);
	r = kube_call(t->api, &ask, &pod, e);
	if (r < 0)
		return r;
	if (*t->pod_uid && !str_eq(json_text(json_object_get(pod, "metadata"), "uid"), t->pod_uid))
		return err_set(e, ERR_NOTFOUND, 0, "the pod is gone, another has its name");
	*ret = json_incref(pod);
	return 0;
}
