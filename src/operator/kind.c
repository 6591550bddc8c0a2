/* The kinds of experiments. */
#include "operator/kind.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "operator/select.h"

const struct kind kinds[] = {
	{ "PodChaos", "podchaos", true, pod_chaos_once, pod_chaos_check, pod_chaos_inject,
		pod_chaos_recover },
	{ "NetworkChaos", "networkchaos", false, .inject = node_task_inject,
		.recover = node_task_recover, .orders = network_chaos_orders },
	{ "StressChaos", "stresschaos", true, .inject = node_task_inject,
		.recover = node_task_recover, .orders = stress_chaos_orders },
	{ "DNSChaos", "dnschaos", true, .inject = node_task_inject, .recover = node_task_recover,
		.orders = dns_chaos_orders },
};
const size_t n_kinds = ARRAY_LEN(kinds);

int kind_check(const struct kind *k, const json_t *spec, struct err *e)
{
	const char *duration = json_text(spec, "duration");
	const json_t *target = json_object_get(spec, "target");
	autoorders struct orders orders = { 0 };
	long long ms;
	int r = 0;

	if (*json_text(spec, "remoteCluster"))
		return err_set(e, ERR_UNSUPPORTED, 0,
			"spec.remoteCluster: experiments in other clusters are not supported");
	if (*duration)
		r = str_to_duration(duration, &ms, e);
	if (r < 0)
		return err_wrap(e, "spec.duration");
	r = select_check(spec, e);
	if (r == 0 && target)
		r = select_check(target, e);
	if (r == 0 && k->check)
		r = k->check(spec, e);
	return r == 0 && k->orders ? k->orders(spec, "", &orders, e) : r;
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
