/* What the kinds of chaos-mesh.org have in common. */
#include <stdio.h>

#include "base/json.h"
#include "base/str.h"
#include "operator/admit_chaos_mesh.h"
#include "operator/kind.h"
#include "operator/record.h"
#include "operator/select.h"

static int check(const struct kind *k, const json_t *spec, struct err *e)
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
			record_add(records, pod, json_text(one, "name"), ".");
			return;
		}
		if (json_has_text(names, json_text(one, "name")))
			record_add(records, pod, json_text(one, "name"), ".");
	}
}

static int choose(const struct choice *c, struct err *e)
{
	const json_t *spec = json_object_get(c->object, "spec"), *pod;
	const struct select_from from = { c->api, c->scope,
		json_text(json_object_get(c->object, "metadata"), "namespace") };
	autojson json_t *pods = json_array();
	uint64_t seed;
	size_t i;
	int r = kind_check(c->kind, spec, e);

	if (r == 0)
		r = seed_read(c->object, &seed, e);
	if (r == 0)
		r = select_pods(&from, json_object_get(spec, "selector"), pods, e);
	if (r == 0)
		r = select_mode(spec, seed, pods, e);
	if (r < 0)
		return r;
	json_array_foreach(pods, i, pod)
	{
		if (c->kind->containers)
			containers_add(c->records, pod, json_object_get(spec, "containerNames"));
		else
			record_add(c->records, pod, "", ".");
	}
	return 0;
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
