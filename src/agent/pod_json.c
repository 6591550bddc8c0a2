/* A pod as the console is told of it. */
#include "agent/pod_json.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

static const json_t *meta_of(const json_t *object)
{
	return json_object_get(object, "metadata");
}

bool pod_uid(const json_t *pod, char ret[static POD_UID_SIZE])
{
	const json_t *notes = json_object_get(meta_of(pod), "annotations");
	const char *uid = json_text(notes, "kubernetes.io/config.hash");

	if (!*uid)
		uid = json_text(meta_of(pod), "uid");
	return *uid && snprintf(ret, POD_UID_SIZE, "%s", uid) < POD_UID_SIZE;
}

/* --- kubectl's STATUS (printPod of kubectl) --------------------------------------------------- */

static bool condition_true(const json_t *status, const char *type)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(status, "conditions"), i, one)
	{
		if (str_eq(json_text(one, "type"), type))
			return str_eq(json_text(one, "status"), "True");
	}
	return false;
}

/* Why it ended: its reason, else by what. */
static void ended_text(const json_t *ended, const char *before, char ret[static POD_STATE_SIZE])
{
	long long signal = json_integer_value(json_object_get(ended, "signal"));
	long long code = json_integer_value(json_object_get(ended, "exitCode"));
	const char *reason = json_text(ended, "reason");

	if (*reason)
		snprintf(ret, POD_STATE_SIZE, "%s%s", before, reason);
	else if (signal)
		snprintf(ret, POD_STATE_SIZE, "%sSignal:%lld", before, signal);
	else
		snprintf(ret, POD_STATE_SIZE, "%sExitCode:%lld", before, code);
}

/* An init container that stays, beside the others, until the pod ends. */
static bool is_sidecar(const json_t *pod, const char *name)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(pod, "spec"), "initContainers"), i, one)
	{
		if (str_eq(json_text(one, "name"), name))
			return str_eq(json_text(one, "restartPolicy"), "Always");
	}
	return false;
}

/* Whether this init container is behind the pod: it has done its work, or it stays. */
static bool init_passed(const json_t *pod, const json_t *container)
{
	const json_t *ended = json_object_get(json_object_get(container, "state"), "terminated");

	if (ended && json_integer_value(json_object_get(ended, "exitCode")) == 0)
		return true;
	return is_sidecar(pod, json_text(container, "name")) &&
	       json_is_true(json_object_get(container, "started"));
}

/* The state of a pod whose i-th init container is not behind it. */
static void init_text(
	const json_t *pod, const json_t *container, size_t i, char ret[static POD_STATE_SIZE])
{
	const json_t *state = json_object_get(container, "state");
	const json_t *ended = json_object_get(state, "terminated");
	const char *waits = json_text(json_object_get(state, "waiting"), "reason");

	if (ended)
		ended_text(ended, "Init:", ret);
	else if (*waits && !str_eq(waits, "PodInitializing"))
		snprintf(ret, POD_STATE_SIZE, "Init:%s", waits);
	else
		snprintf(ret, POD_STATE_SIZE, "Init:%zu/%zu", i,
			json_array_size(
				json_object_get(json_object_get(pod, "spec"), "initContainers")));
}

/* false: all init containers are behind it. Restarts: of all, and of those that stay. */
static bool initializing(const json_t *pod, char ret[static POD_STATE_SIZE],
	long long *ret_restarts, long long *ret_staying)
{
	const json_t *container;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(pod, "status"), "initContainerStatuses"),
		i, container)
	{
		long long n = json_integer_value(json_object_get(container, "restartCount"));

		*ret_restarts += n;
		if (is_sidecar(pod, json_text(container, "name")))
			*ret_staying += n;
		if (init_passed(pod, container))
			continue;
		init_text(pod, container, i, ret);
		return true;
	}
	return false;
}

/* By its containers, the last one first: the first one that has something to say is heard. */
static void containers_text(
	const json_t *status, char ret[static POD_STATE_SIZE], long long *ret_restarts)
{
	const json_t *list = json_object_get(status, "containerStatuses");
	bool runs = false;

	for (size_t i = json_array_size(list); i > 0; i--) {
		const json_t *container = json_array_get(list, i - 1);
		const json_t *state = json_object_get(container, "state");
		const char *waits = json_text(json_object_get(state, "waiting"), "reason");

		*ret_restarts += json_integer_value(json_object_get(container, "restartCount"));
		if (*waits)
			snprintf(ret, POD_STATE_SIZE, "%s", waits);
		else if (json_object_get(state, "terminated"))
			ended_text(json_object_get(state, "terminated"), "", ret);
		else if (json_object_get(state, "running"))
			runs |= json_is_true(json_object_get(container, "ready"));
	}
	if (runs && str_eq(ret, "Completed"))
		snprintf(ret, POD_STATE_SIZE, "%s",
			condition_true(status, "Ready") ? "Running" : "NotReady");
}

void pod_state(const json_t *pod, char ret[static POD_STATE_SIZE], long long *ret_restarts)
{
	const json_t *status = json_object_get(pod, "status");
	const char *phase = json_text(status, "phase"), *reason = json_text(status, "reason");
	long long restarts = 0, staying = 0;

	snprintf(ret, POD_STATE_SIZE, "%s", *reason ? reason : phase);
	if (!initializing(pod, ret, &restarts, &staying) || condition_true(status, "Initialized")) {
		restarts = staying;
		containers_text(status, ret, &restarts);
	}
	if (json_object_get(meta_of(pod), "deletionTimestamp")) {
		if (str_eq(reason, "NodeLost"))
			snprintf(ret, POD_STATE_SIZE, "Unknown");
		else if (!str_eq(phase, "Succeeded") && !str_eq(phase, "Failed"))
			snprintf(ret, POD_STATE_SIZE, "Terminating");
	}
	*ret_restarts = restarts;
}

/* --- an element of a report ------------------------------------------------------------------- */

/* What is empty is left out. */
static void put_some(json_t *element, const char *key, const char *text)
{
	json_put_str(element, key, *text ? text : NULL);
}

static void put_owners(json_t *element, const json_t *pod)
{
	static const char *const kinds[][2] = { { "DaemonSet", "daemonsetUid" },
		{ "ReplicaSet", "replicasetUid" } };
	const json_t *owner;
	size_t i;

	json_array_foreach(json_object_get(meta_of(pod), "ownerReferences"), i, owner)
	{
		for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
			if (str_eq(json_text(owner, "kind"), kinds[k][0]))
				put_some(element, kinds[k][1], json_text(owner, "uid"));
	}
}

static void put_containers(json_t *element, const json_t *spec)
{
	json_t *names = json_array();
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(spec, "containers"), i, one)
	{
		json_array_append_new(names, json_str(json_text(one, "name")));
	}
	json_object_set_new(element, "containers", names);
}

json_t *pod_element(const json_t *pod)
{
	const json_t *labels = json_object_get(meta_of(pod), "labels");
	const json_t *spec = json_object_get(pod, "spec");
	char uid[POD_UID_SIZE], state[POD_STATE_SIZE];
	long long restarts;
	json_t *element;

	if (!pod_uid(pod, uid))
		return NULL;
	element = json_object();
	pod_state(pod, state, &restarts);
	json_put_str(element, "uid", uid);
	json_put_str(element, "name", json_text(meta_of(pod), "name"));
	json_put_str(element, "createdTime", json_text(meta_of(pod), "creationTimestamp"));
	if (json_object_size(labels))
		json_object_set_new(element, "labels", json_deep_copy(labels));
	json_put_bool(element, "exist", true);
	put_some(element, "namespace", json_text(meta_of(pod), "namespace"));
	put_some(element, "ip", json_text(json_object_get(pod, "status"), "podIP"));
	if (restarts)
		json_put_int(element, "restartCount", restarts);
	put_some(element, "state", state);
	put_owners(element, pod);
	put_some(element, "nodeName", json_text(spec, "nodeName"));
	put_containers(element, spec);
	return element;
}

/* --- services --------------------------------------------------------------------------------- */

bool service_selects(const json_t *selector, const json_t *labels)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)selector, key, value)
	{
		if (!json_is_string(value) || !json_equal(value, json_object_get(labels, key)))
			return false;
	}
	return json_object_size(selector) > 0;
}

const char *service_external_ip(const json_t *service)
{
	const json_t *balancer = json_object_get(
		json_object_get(service, "status"), "loadBalancer");
	const json_t *given = json_array_get(json_object_get(balancer, "ingress"), 0);
	const json_t *own = json_array_get(
		json_object_get(json_object_get(service, "spec"), "externalIPs"), 0);

	return *json_text(given, "ip") ? json_text(given, "ip")
	       : json_is_string(own)   ? json_string_value(own)
				       : "";
}
