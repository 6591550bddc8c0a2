/* What the kinds of chaos-mesh.org have in common. */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "operator/admit_chaos_mesh.h"
#include "operator/kind.h"
#include "operator/record.h"
#include "operator/select.h"
#include "operator/select_mode.h"

static int orders_check(const struct kind *k, const json_t *spec, struct err *e)
{
	static const char *const keys[] = { KEY_SELF, KEY_TARGET };
	size_t n = json_object_get(spec, "target") ? ARRAY_LEN(keys) : 1;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		autoorders struct orders orders = { 0 };
		const struct side side = { keys[i], "" };

		r = k->orders(spec, &side, &orders, e);
	}
	return r;
}

enum { PODS_KEPT = 16 }; /* for the first try; more are asked for again */

static int check(const struct kind *k, const json_t *spec, struct err *e)
{
	const char *duration = json_text(spec, "duration");
	const json_t *target = json_object_get(spec, "target");
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
	return r == 0 && k->orders ? orders_check(k, spec, e) : r;
}

static void record_add(json_t *records, const json_t *pod, const char *container, const char *key)
{
	const json_t *meta = json_object_get(pod, "metadata");
	char id[1024];

	snprintf(id, sizeof(id), "%s/%s%s%s", json_text(meta, "namespace"), json_text(meta, "name"),
		*container ? "/" : "", container);
	json_array_append_new(
		records, record_new(id, key, json_text(meta, "uid"),
				 json_text(json_object_get(pod, "spec"), "nodeName")));
}

/* Of its containers the first, or those that are named. */
static void containers_add(json_t *records, const json_t *pod, const json_t *names)
{
	const json_t *containers = json_object_get(json_object_get(pod, "spec"), "containers");
	const json_t *one;
	size_t i;

	json_array_foreach(containers, i, one)
	{
		if (json_array_size(names) == 0) {
			record_add(records, pod, json_text(one, "name"), KEY_SELF);
			return;
		}
		if (json_has_text(names, json_text(one, "name")))
			record_add(records, pod, json_text(one, "name"), KEY_SELF);
	}
}

/* The pods of a selector with its mode: the spec itself, or its target. */
static int pods_of(const struct choice *c, const json_t *pod_selector, json_t **ret, struct err *e)
{
	const struct select_from from = { c->api, c->scope,
		json_text(json_object_get(c->object, "metadata"), "namespace") };
	autojson json_t *pods = json_array();
	const json_t *pod;
	uint64_t seed;
	size_t i;
	int r = seed_read(c->object, &seed, e);

	if (r == 0)
		r = select_pods(&from, json_object_get(pod_selector, "selector"), pods, e);
	if (r == 0)
		r = select_mode(pod_selector, seed, pods, e);
	if (r < 0)
		return r;
	json_array_foreach(pods, i, pod)
	{
		if (i < PODS_KEPT)
			json_object_set(c->pods, json_text(json_object_get(pod, "metadata"), "uid"),
				(json_t *)pod);
	}
	*ret = json_incref(pods);
	return 0;
}

/* Where there is a target that is nobody, nothing is done. */
static int choose_target(const struct choice *c, const json_t *target, struct err *e)
{
	autojson json_t *pods = NULL;
	const json_t *pod;
	size_t i;
	int r = pods_of(c, target, &pods, e);

	if (r == 0 && json_array_size(pods) == 0) {
		json_array_clear(c->records);
		return err_set(e, ERR_INVALID, 0, "spec.target: no target has been selected");
	}
	json_array_foreach(pods, i, pod) record_add(c->records, pod, "", KEY_TARGET);
	return r < 0 ? err_wrap(e, "spec.target") : 0;
}

static int choose(const struct choice *c, struct err *e)
{
	const json_t *spec = json_object_get(c->object, "spec"), *pod;
	const json_t *target = json_object_get(spec, "target");
	autojson json_t *pods = NULL;
	size_t i;
	int r = kind_check(c->kind, spec, e);

	if (r == 0)
		r = pods_of(c, spec, &pods, e);
	if (r < 0)
		return r;
	json_array_foreach(pods, i, pod)
	{
		if (c->kind->containers)
			containers_add(c->records, pod, json_object_get(spec, "containerNames"));
		else
			record_add(c->records, pod, "", KEY_SELF);
	}
	return target && json_array_size(pods) > 0 ? choose_target(c, target, e) : 0;
}

static const json_t *spec_of(const json_t *object, const json_t *record)
{
	(void)record;
	return json_object_get(object, "spec");
}

const struct family chaos_mesh = {
	.path = "/apis/chaos-mesh.org/v1alpha1",
	.namespaced = true,
	.fixed = true,
	.finalizer = "chaos-mesh/records",
	.check = check,
	.choose = choose,
	.spec = spec_of,
	.complete = chaos_mesh_complete,
	.reach = chaos_mesh_reach,
};
