/* The pods of a selector. */
#include "operator/select.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/text.h"
#include "operator/select_mode.h"
#include "operator/select_query.h"

#define CONSENT_ANNOTATION "chaos-mesh.org/inject"

/* --- what is looked at here ------------------------------------------------------------------- */

static bool has_all(const json_t *map, const json_t *wanted)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)wanted, key, value)
	{
		if (!json_equal(json_object_get(map, key), value))
			return false;
	}
	return true;
}

/* "Running" or "!Running": one of those without a mark, where there are some, and no other. */
static bool phase_fits(const json_t *phases, const char *phase)
{
	bool asked = false, named = false;
	const json_t *one;
	size_t i;

	json_array_foreach(phases, i, one)
	{
		const char *text = json_string_value(one);

		if (!text)
			continue;
		if (*text == '!') {
			if (str_eq(text + 1, phase))
				return false;
		} else {
			asked = true;
			named |= str_eq(text, phase);
		}
	}
	return named || !asked;
}

bool select_fits(const json_t *selector, const json_t *nodes, const json_t *pod)
{
	const json_t *meta = json_object_get(pod, "metadata");

	return has_all(json_object_get(meta, "annotations"),
		       json_object_get(selector, "annotationSelectors")) &&
	       phase_fits(json_object_get(selector, "podPhaseSelectors"),
		       json_text(json_object_get(pod, "status"), "phase")) &&
	       (!nodes ||
		       json_has_text(nodes, json_text(json_object_get(pod, "spec"), "nodeName")));
}

/* --- the pods --------------------------------------------------------------------------------- */

static void node_add(const json_t *node, void *ctx)
{
	json_array_append_new(ctx, json_str(json_text(json_object_get(node, "metadata"), "name")));
}

/* The names of the nodes that are meant: those named and those with the labels. NULL: any. */
static int nodes_of(const struct kube_api *a, const json_t *selector, json_t **ret, struct err *e)
{
	const json_t *named = json_object_get(selector, "nodes");
	const json_t *labels = json_object_get(selector, "nodeSelectors");
	autobuf struct buf query = BUF_INIT(SELECT_QUERY_MAX), path = BUF_INIT(SELECT_QUERY_MAX);
	autojson json_t *nodes = json_array();
	char version[KUBE_VERSION_SIZE];
	int r = 0;

	if (json_array_size(named) == 0 && json_object_size(labels) == 0) {
		*ret = NULL;
		return 0;
	}
	json_array_extend(nodes, (json_t *)named);
	if (json_object_size(labels) > 0) {
		r = select_labels(labels, &query, e);
		buf_str(&path, "/api/v1/nodes?labelSelector=");
		kube_escape(&path, buf_text(&query));
		if (r == 0)
			r = kube_list(a, buf_text(&path), node_add, nodes, version, e);
	}
	if (r == 0)
		*ret = json_incref(nodes);
	return r;
}

struct finding {
	const struct select_from *from;
	const json_t *selector, *nodes;
	const char *query;
	json_t *pods;
};

static int named_pods(
	const struct finding *f, const char *namespace, const json_t *names, struct err *e)
{
	const json_t *one;
	size_t i;

	json_array_foreach(names, i, one)
	{
		const char *name = json_string_value(one);
		autobuf struct buf path = BUF_INIT(SELECT_QUERY_MAX);
		struct kube_ask ask = { .method = "GET" };
		json_t *pod;
		int r = select_name(name ? name : "", e);

		if (r < 0)
			return r;
		buf_fmt(&path, "/api/v1/namespaces/%s/pods/%s", namespace, name);
		ask.path = buf_text(&path);
		r = kube_call(f->from->api, &ask, &pod, e);
		if (r == 0)
			json_array_append_new(f->pods, pod);
		else if (r != -ERR_NOTFOUND)
			return r;
	}
	return 0;
}

static void pod_found(const json_t *pod, void *ctx)
{
	const struct finding *f = ctx;

	if (select_fits(f->selector, f->nodes, pod))
		json_array_append(f->pods, (json_t *)pod);
}

static int listed_pods(const struct finding *f, const char *namespace, struct err *e)
{
	autobuf struct buf path = BUF_INIT(SELECT_QUERY_MAX);
	char version[KUBE_VERSION_SIZE];
	size_t had = json_array_size(f->pods);
	int r;

	buf_fmt(&path, "/api/v1/namespaces/%s/pods%s%s", namespace, *f->query ? "?" : "", f->query);
	r = kube_list_known(f->from->api, buf_text(&path), pod_found, (void *)f, e);
	if (r == -ERR_PROTOCOL || (r == 0 && json_array_size(f->pods) == had))
		r = kube_list(f->from->api, buf_text(&path), pod_found, (void *)f, version, e);
	return r;
}

/* Whether its pods may be meant: 1, or 0 for one that has not consented. */
static int namespace_open(const struct select_from *from, const char *namespace, struct err *e)
{
	const struct select_scope *scope = from->scope;
	autojson json_t *found = NULL;
	char path[512];
	const struct kube_ask ask = { .method = "GET", .path = path };
	const json_t *notes;
	int r = select_name(namespace, e);

	if (r < 0)
		return r;
	if (*scope->namespace && !str_eq(scope->namespace, namespace))
		return err_set(e, ERR_UNSUPPORTED, 0,
			"selector: namespace %s: this operator is for %s alone", namespace,
			scope->namespace);
	if (!scope->consent)
		return 1;
	snprintf(path, sizeof(path), "/api/v1/namespaces/%s", namespace);
	r = kube_call(from->api, &ask, &found, e);
	if (r < 0)
		return r == -ERR_NOTFOUND ? 0 : r;
	notes = json_object_get(json_object_get(found, "metadata"), "annotations");
	return str_eq(json_text(notes, CONSENT_ANNOTATION), "enabled");
}

/* names: NULL: all that fit. */
static int pods_in(
	const struct finding *f, const char *namespace, const json_t *names, struct err *e)
{
	int r = namespace_open(f->from, namespace, e);

	if (r <= 0)
		return r;
	return names ? named_pods(f, namespace, names, e) : listed_pods(f, namespace, e);
}

static int pods_everywhere(const struct finding *f, struct err *e)
{
	const json_t *namespaces = json_object_get(f->selector, "namespaces"), *one;
	size_t i;
	int r = 0;

	if (json_array_size(namespaces) == 0)
		return pods_in(f, f->from->own, NULL, e);
	json_array_foreach(namespaces, i, one)
	{
		const char *namespace = json_string_value(one);

		if (r == 0)
			r = pods_in(f, namespace ? namespace : "", NULL, e);
	}
	return r;
}

int select_pods(const struct select_from *from, const json_t *selector, json_t *pods, struct err *e)
{
	const json_t *named = json_object_get(selector, "pods");
	autobuf struct buf query = BUF_INIT(SELECT_QUERY_MAX);
	autojson json_t *nodes = NULL;
	struct finding f = { from, selector, .pods = pods };
	const char *namespace;
	json_t *names;
	int r = 0;

	json_object_foreach((json_t *)named, namespace, names)
	{
		if (r == 0)
			r = pods_in(&f, namespace, names, e);
	}
	if (json_object_size(named) > 0)
		return r;
	r = select_query(selector, &query, e);
	if (r == 0)
		r = nodes_of(from->api, selector, &nodes, e);
	f.nodes = nodes;
	f.query = buf_text(&query);
	return r == 0 ? pods_everywhere(&f, e) : r;
}

/* --- before anything is asked ------------------------------------------------------------------
 */

static int names_check(const json_t *names, struct err *e)
{
	const json_t *one;
	size_t i;
	int r = 0;

	json_array_foreach(names, i, one)
	{
		const char *name = json_string_value(one);

		if (r == 0)
			r = select_name(name ? name : "", e);
	}
	return r;
}

static int selector_check(const json_t *selector, struct err *e)
{
	autobuf struct buf query = BUF_INIT(SELECT_QUERY_MAX), nodes = BUF_INIT(SELECT_QUERY_MAX);
	const char *namespace;
	json_t *names;
	int r = select_query(selector, &query, e);

	if (r == 0)
		r = select_labels(json_object_get(selector, "nodeSelectors"), &nodes, e);
	if (r == 0)
		r = names_check(json_object_get(selector, "namespaces"), e);
	json_object_foreach(json_object_get(selector, "pods"), namespace, names)
	{
		if (r == 0)
			r = select_name(namespace, e);
		if (r == 0)
			r = names_check(names, e);
	}
	return r;
}

int select_check(const json_t *pod_selector, struct err *e)
{
	int r = select_mode_check(pod_selector, e);

	return r < 0 ? r : selector_check(json_object_get(pod_selector, "selector"), e);
}
