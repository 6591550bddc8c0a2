/* PodChaos: pods that are deleted, and those that fail for a while. */
#include <stdio.h>

#include "base/json.h"
#include "base/str.h"
#include "operator/kind.h"
#include "operator/pod_failure.h"

#define CONTAINER_KILL "container-kill"

bool pod_chaos_once(const json_t *spec)
{
	return !str_eq(json_text(spec, "action"), "pod-failure");
}

int pod_chaos_check(const json_t *spec, struct err *e)
{
	const char *action = json_text(spec, "action");
	long long grace;

	if (str_eq(action, CONTAINER_KILL))
		return json_array_size(json_object_get(spec, "containerNames")) > 0
			       ? 0
			       : err_missing(e, "spec.containerNames");
	if (!str_eq(action, "pod-kill") && !str_eq(action, "pod-failure"))
		return err_illegal(
			e, "spec.action", action, "pod-kill, pod-failure or container-kill");
	return json_get_int(spec, "gracePeriod", 0, &grace, e);
}

int task_pod_delete(struct task *t, long long grace_s, struct err *e)
{
	autojson json_t *options = json_object();
	json_t *precondition = json_object();
	char path[1024];
	struct kube_ask ask = { .method = "DELETE", .path = path, .body = options };
	int r;

	snprintf(path, sizeof(path), "/api/v1/namespaces/%s/pods/%s", t->namespace, t->pod);
	if (grace_s >= 0)
		json_put_int(options, "gracePeriodSeconds", grace_s);
	json_put_str(precondition, "uid", *t->pod_uid ? t->pod_uid : NULL);
	json_object_set_new(options, "preconditions", precondition);
	r = kube_call(t->api, &ask, NULL, e);
	if (r != -ERR_NOTFOUND && r != -ERR_CONFLICT)
		return r;
	snprintf(t->said, sizeof(t->said),
		"the pod is gone already"); /* and who has its name is another */
	return 0;
}

int container_kill_orders(
	const json_t *spec, const struct side *side, struct orders *ret, struct err *e)
{
	(void)spec;
	(void)side;
	(void)e;
	orders_add(ret, "container", "kill");
	return 0;
}

int pod_chaos_inject(struct task *t, struct err *e)
{
	long long grace = json_integer_value(json_object_get(t->spec, "gracePeriod"));

	if (!pod_chaos_once(t->spec))
		return pod_failure_inject(t, e);
	if (!str_eq(json_text(t->spec, "action"), CONTAINER_KILL))
		return task_pod_delete(t, grace, e);
	t->orders = container_kill_orders;
	return node_task_inject(t, e);
}

int pod_chaos_recover(struct task *t, struct err *e)
{
	if (!pod_chaos_once(t->spec))
		return pod_failure_recover(t, e);
	snprintf(t->said, sizeof(t->said), "what was killed does not come back");
	return 0;
}
