/* Pods, containers and nodes of ChaosBlade experiments. */
#include "operator/blade_select.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "kube/text.h"
#include "operator/blade.h"
#include "operator/record.h"
#include "operator/select.h"
#include "operator/select_mode.h"
#include "operator/select_query.h"

enum {
	QUERY_MAX = 65536,
	NO_PODS = 47008, /* blade's numbers */
	NO_NODES = 47009,
};

/* --- who is there ----------------------------------------------------------------------------- */

static json_t *texts(const struct words *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < w->n; i++)
		json_array_append_new(list, json_str(w->v[i]));
	return list;
}

/* One key has one of its values, and so has each key. */
static json_t *expressions(const struct words *labels)
{
	autojson json_t *by_key = json_object();
	json_t *list = json_array(), *values;
	const char *name;

	for (size_t i = 0; i < labels->n; i++) {
		const char *label = labels->v[i], *value = strchr(label, '=') + 1;
		size_t len = (size_t)(value - 1 - label);

		values = json_object_getn(by_key, label, len);
		if (!values) {
			values = json_array();
			json_object_setn_new(by_key, label, len, values);
		}
		json_array_append_new(values, json_str(value));
	}
	json_object_foreach(by_key, name, values) json_array_append_new(
		list, json_pack("{s:s,s:s,s:O}", "key", name, "operator", "In", "values", values));
	return list;
}

static void found(const json_t *object, void *ctx)
{
	json_array_append(ctx, (json_t *)object);
}

static int nodes_find(const struct kube_api *a, const struct blade *b, json_t *selector,
	json_t *ret, struct err *e)
{
	autobuf struct buf query = BUF_INIT(QUERY_MAX), path = BUF_INIT(QUERY_MAX);
	char version[KUBE_VERSION_SIZE];
	int r = select_query(selector, &query, e);

	for (size_t i = 0; i < b->names.n && r == 0; i++) {
		struct kube_ask ask = { .method = "GET" };
		json_t *node;

		if (!kube_name_good(b->names.v[i]))
			return err_illegal(e, "names", b->names.v[i], "names of nodes");
		buf_reset(&path);
		buf_fmt(&path, "/api/v1/nodes/%s", b->names.v[i]);
		ask.path = buf_text(&path);
		r = kube_call(a, &ask, &node, e);
		if (r == 0)
			json_array_append_new(ret, node);
		r = r == -ERR_NOTFOUND ? 0 : r;
	}
	if (r < 0 || b->names.n)
		return r;
	buf_fmt(&path, "/api/v1/nodes%s%s", query.len ? "?" : "", buf_text(&query));
	return kube_list(a, buf_text(&path), found, ret, version, e);
}

/* By names or by labels; whoever is named must have the labels, too: blade_narrow(). */
static int candidates(const struct choice *c, const struct blade *b, json_t *ret, struct err *e)
{
	const struct select_from from = { c->api, c->scope, b->namespace };
	autojson json_t *selector = json_pack(
		"{s:o}", "expressionSelectors", expressions(&b->labels));

	if (blade_is_node(b))
		return nodes_find(c->api, b, selector, ret, e);
	if (b->names.n)
		json_object_set_new(
			selector, "pods", json_pack("{s:o}", b->namespace, texts(&b->names)));
	return select_pods(&from, selector, ret, e);
}

/* --- who is meant ----------------------------------------------------------------------------- */

static const char *label_of(const json_t *object, const char *key)
{
	return json_text(json_object_get(json_object_get(object, "metadata"), "labels"), key);
}

static bool labels_fit(const json_t *selector, const json_t *object)
{
	const json_t *one;
	size_t i;

	json_array_foreach(selector, i, one)
	{
		if (!json_has_text(json_object_get(one, "values"),
			    label_of(object, json_text(one, "key"))))
			return false;
	}
	return true;
}

static const json_t *container_status(const json_t *pod, const char *name)
{
	const json_t *list = json_object_get(json_object_get(pod, "status"), "containerStatuses");
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (str_eq(json_text(one, "name"), name))
			return one;
	}
	return NULL;
}

/* "containerd://ID" as it stands, or ID alone; the first digits are enough. */
static bool id_fits(const struct words *ids, const char *id)
{
	const char *scheme = strstr(id, "://");

	for (size_t i = 0; i < ids->n; i++)
		if (*id && (str_starts(id, ids->v[i]) ||
				   (scheme && str_starts(scheme + 3, ids->v[i]))))
			return true;
	return false;
}

static bool container_fits(const struct blade *b, size_t at, const char *name, const json_t *status)
{
	bool named = !b->container_names.n;

	for (size_t i = 0; i < b->container_names.n; i++)
		named |= str_eq(b->container_names.v[i], name);
	return named && (b->container_index < 0 || (size_t)b->container_index == at) &&
	       (!b->container_ids.n ||
		       id_fits(&b->container_ids, json_text(status, "containerID")));
}

json_t *blade_containers(const struct blade *b, const json_t *pod)
{
	bool one = b->netns ||
		   (!b->container_names.n && !b->container_ids.n && b->container_index < 0);
	const json_t *list = json_object_get(json_object_get(pod, "spec"), "containers"), *row;
	json_t *names = json_array();
	size_t i;

	json_array_foreach(list, i, row)
	{
		const char *name = json_text(row, "name");
		const json_t *status = container_status(pod, name);
		bool runs = json_object_get(json_object_get(status, "state"), "running");

		if (container_fits(b, i, name, status) && (runs || !one))
			json_array_append_new(names, json_str(name));
		if (one && json_array_size(names))
			break;
	}
	return names;
}

/* Whoever ends is not meant, nor who has ended. */
static bool is_there(const struct blade *b, const json_t *object)
{
	const char *phase = json_text(json_object_get(object, "status"), "phase");
	autojson json_t *containers = NULL;

	if (*json_text(json_object_get(object, "metadata"), "deletionTimestamp"))
		return false;
	if (blade_is_node(b))
		return true;
	if (str_eq(phase, "Succeeded") || str_eq(phase, "Failed"))
		return false;
	containers = blade_is_pods(b) ? NULL : blade_containers(b, object);
	return blade_is_pods(b) || json_array_size(containers) > 0;
}

/* How many of so many: a share is rounded up, so that one of ten is there at 1 %. */
static size_t count_of(const struct blade *b, size_t n)
{
	size_t share = b->percent ? (n * (size_t)b->percent + 99) / 100 : n;

	return b->count && (size_t)b->count < share ? (size_t)b->count : share;
}

/* The values of the labels that make the groups. */
static void group_name(const struct blade *b, const json_t *object, struct buf *ret)
{
	for (size_t i = 0; i < b->groups.n; i++)
		buf_fmt(ret, "%s/", label_of(object, b->groups.v[i])); /* in no label's value */
}

/* As many of each group. */
static int groups_draw(const struct blade *b, struct rand *rand, json_t *objects, struct err *e)
{
	autojson json_t *groups = json_object();
	json_t *group, *one;
	const char *name;
	size_t i;
	int r = 0;

	json_array_foreach(objects, i, one)
	{
		autobuf struct buf key = BUF_INIT(QUERY_MAX);

		group_name(b, one, &key);
		group = json_object_get(groups, buf_text(&key));
		if (!group) {
			group = json_array();
			json_object_set_new(groups, buf_text(&key), group);
		}
		json_array_append(group, one);
	}
	json_array_clear(objects);
	json_object_foreach(groups, name, group)
	{
		if (r == 0)
			r = select_draw(group, count_of(b, json_array_size(group)), rand, e);
		json_array_extend(objects, group);
	}
	return r == 0 ? select_sort(objects, e) : r;
}

int blade_narrow(const struct blade *b, struct rand *rand, json_t *objects, struct err *e)
{
	autojson json_t *labels = expressions(&b->labels);
	int r = select_sort(objects, e);

	for (size_t i = json_array_size(objects); i > 0; i--) {
		const json_t *one = json_array_get(objects, i - 1);

		if (!labels_fit(labels, one) || !is_there(b, one))
			json_array_remove(objects, i - 1);
	}
	return r == 0 ? groups_draw(b, rand, objects, e) : r;
}

/* --- records ---------------------------------------------------------------------------------- */

struct making {
	const struct choice *choice;
	const struct blade *blade;
	size_t experiment;
	json_t *resources; /* the experiment's resStatuses */
};

/* namespace/node/pod/container/id/runtime; what there is none of is empty. */
static json_t *resource_new(
	const struct making *m, const json_t *object, const char *container, const json_t *record)
{
	const json_t *meta = json_object_get(object, "metadata");
	const char *id = json_text(container_status(object, container), "containerID");
	const char *scheme = strstr(id, "://");
	bool node = blade_is_node(m->blade);
	json_t *identifier = json_sprintf("%s/%s/%s/%s/%s/%.*s", json_text(meta, "namespace"),
		json_text(record, "nodeName"), node ? "" : json_text(meta, "name"), container,
		scheme ? scheme + 3 : id, scheme ? (int)(scheme - id) : 0, id);

	return json_pack("{s:s,s:s,s:i,s:b,s:s,s:o}", "id", json_text(record, "order"), "state",
		"Created", "code", 0, "success", 0, "kind", m->blade->scope, "identifier",
		identifier);
}

static void target_add(const struct making *m, const json_t *object, const char *container)
{
	const json_t *meta = json_object_get(object, "metadata");
	const char *name = json_text(meta, "name");
	bool node = blade_is_node(m->blade);
	char id[1024];
	json_t *record;

	snprintf(id, sizeof(id), "%s%s%s%s%s", json_text(meta, "namespace"), node ? "" : "/", name,
		*container ? "/" : "", container);
	record = record_new(id, ".", node ? "" : json_text(meta, "uid"),
		node ? name : json_text(json_object_get(object, "spec"), "nodeName"));
	json_put_int(record, "experiment", (long long)m->experiment);
	if (m->blade->timeout_ms)
		json_put_int(record, "timeout", m->blade->timeout_ms);
	json_array_append_new(m->choice->records, record);
	json_array_append_new(m->resources, resource_new(m, object, container, record));
}

static void targets_add(const struct making *m, const json_t *object)
{
	autojson json_t *containers = NULL;
	const json_t *one;
	size_t i;

	if (blade_is_node(m->blade) || blade_is_pods(m->blade)) {
		target_add(m, object, "");
		return;
	}
	containers = blade_containers(m->blade, object);
	json_array_foreach(containers, i, one) target_add(m, object, json_string_value(one));
}

/* The number stands in a resource of its own: who waits for the experiment reads it there. */
static int nobody(const struct making *m, struct err *e)
{
	const struct blade *b = m->blade;
	static const char *const keys[] = { "namespace", "names", "labels", "container-names",
		"container-ids", "container-index" };
	autobuf struct buf text = BUF_INIT(QUERY_MAX);

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (json_object_get(b->given, keys[i]))
			buf_fmt(&text, " %s=%s", keys[i], json_text(b->given, keys[i]));
	err_set(e, ERR_INVALID, 0, "no %s is meant by%s",
		blade_is_node(b)   ? "node"
		: blade_is_pods(b) ? "pod"
				   : "pod with a running container",
		text.len ? buf_text(&text) : " the namespace default");
	json_array_append_new(
		m->resources, json_pack("{s:s,s:i,s:o,s:b,s:s}", "state", "Error", "code",
				      blade_is_node(b) ? NO_NODES : NO_PODS, "error",
				      json_str(e->msg), "success", 0, "kind", b->scope));
	return -ERR_INVALID;
}

static int experiment_choose(struct making *m, struct rand *rand, struct err *e)
{
	autojson json_t *objects = json_array();
	const json_t *one;
	size_t i;
	int r = candidates(m->choice, m->blade, objects, e);

	if (r == 0)
		r = blade_narrow(m->blade, rand, objects, e);
	if (r < 0)
		return r;
	json_array_foreach(objects, i, one) targets_add(m, one);
	return i ? 0 : nobody(m, e);
}

static json_t *status_new(const json_t *experiment)
{
	return json_pack("{s:s,s:s,s:s,s:b,s:s,s:[]}", "scope", json_text(experiment, "scope"),
		"target", json_text(experiment, "target"), "action",
		json_text(experiment, "action"), "success", 0, "state", "Created", "resStatuses");
}

int blade_choose(const struct choice *c, struct err *e)
{
	const json_t *spec = json_object_get(c->object, "spec");
	json_t *statuses = json_array(), *one, *status;
	struct err first = { 0 };
	struct rand rand;
	uint64_t seed;
	size_t i;
	int r = seed_read(c->object, &seed, e);

	json_object_set_new(c->status, "expStatuses", statuses);
	generation_set(c->status, c->object);
	if (r < 0)
		return r;
	rand = rand_seeded(seed);
	json_array_foreach(json_object_get(spec, "experiments"), i, one)
	{
		autoblade struct blade b = { 0 };
		struct making m = { c, &b, i, NULL };

		status = status_new(one);
		json_array_append_new(statuses, status);
		m.resources = json_object_get(status, "resStatuses");
		if (r == 0)
			r = blade_take(spec, i, &b, e);
		if (r == 0)
			r = experiment_choose(&m, &rand, e);
		if (r != -ERR_INVALID && r != -ERR_MISSING && r != -ERR_UNSUPPORTED)
			continue;
		json_put_str(status, "state", "Error");
		json_put_str(status, "error", e->msg);
		if (!first.kind)
			first = *e;
		r = 0;
	}
	if (r < 0 || json_array_size(c->records) > 0)
		return r;
	if (!first.kind)
		return err_missing(e, "spec.experiments");
	*e = first;
	return -(int)first.kind;
}
