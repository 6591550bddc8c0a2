/* The pods of a selector. */
#include "operator/select.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/rand.h"
#include "base/str.h"
#include "kube/text.h"

#define CONSENT_ANNOTATION "chaos-mesh.org/inject"

enum { QUERY_MAX = 65536 };

/* --- what the API server is asked ------------------------------------------------------------- */

#define LABEL_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-.ABCDEFGHIJKLMNOPQRSTUVWXYZ_/"

static int name_check(const char *name, struct err *e)
{
	return kube_name_good(name)
		       ? 0
		       : err_illegal(e, "selector", name, "names of namespaces, pods and nodes");
}

/* What is neither label nor value would be read as another selector. */
static int label_put(struct buf *to, const char *text, struct err *e)
{
	if (!text || text[strspn(text, LABEL_LETTERS)])
		return err_illegal(e, "selector", text ? text : "", "keys and values of labels");
	buf_str(to, text);
	return 0;
}

static int equal_put(const json_t *map, struct buf *to, struct err *e)
{
	const char *key;
	json_t *value;
	int r = 0;

	json_object_foreach((json_t *)map, key, value)
	{
		buf_str(to, to->len ? "," : "");
		r = label_put(to, key, e);
		if (r == 0) {
			buf_str(to, "=");
			r = label_put(to, json_string_value(value), e);
		}
		if (r < 0)
			break;
	}
	return r;
}

static int values_put(const json_t *values, struct buf *to, struct err *e)
{
	const json_t *one;
	size_t i;
	int r = json_array_size(values) ? 0 : err_missing(e, "selector.expressionSelectors.values");

	buf_str(to, " (");
	json_array_foreach(values, i, one)
	{
		buf_str(to, i ? "," : "");
		if (r == 0)
			r = label_put(to, json_string_value(one), e);
	}
	buf_str(to, ")");
	return r;
}

static int expression_put(const json_t *expression, struct buf *to, struct err *e)
{
	static const struct {
		const char *name, *before, *behind;
		bool values;
	} operators[] = {
		{ "In", "", " in", true },
		{ "NotIn", "", " notin", true },
		{ "Exists", "", "", false },
		{ "DoesNotExist", "!", "", false },
	};
	const char *name = json_text(expression, "operator");

	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		int r;

		if (!str_eq(operators[i].name, name))
			continue;
		buf_fmt(to, "%s%s", to->len ? "," : "", operators[i].before);
		r = label_put(to, json_text(expression, "key"), e);
		buf_str(to, operators[i].behind);
		if (r == 0 && operators[i].values)
			r = values_put(json_object_get(expression, "values"), to, e);
		return r;
	}
	return err_illegal(e, "selector.expressionSelectors.operator", name,
		"In, NotIn, Exists or DoesNotExist");
}

static int field_put(const char *key, const char *value, struct buf *to, struct err *e)
{
	static const char *const fields[] = { "metadata.name", "metadata.namespace",
		"spec.nodeName", "spec.restartPolicy", "spec.schedulerName",
		"spec.serviceAccountName", "status.phase", "status.podIP",
		"status.nominatedNodeName" };
	bool known = false;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		known |= str_eq(fields[i], key);
	if (!known || !value)
		return err_illegal(e, "selector.fieldSelectors", key, "fields of a pod");
	buf_fmt(to, "%s%s=", to->len ? "," : "", key);
	for (; *value; value++) {
		buf_str(to, strchr("\\,=", *value) ? "\\" : "");
		buf_add(to, value, 1);
	}
	return 0;
}

static void query_put(struct buf *ret, const char *name, const struct buf *value)
{
	if (!value->len)
		return;
	buf_fmt(ret, "%s%s=", ret->len ? "&" : "", name);
	kube_escape(ret, buf_text(value));
}

int select_query(const json_t *selector, struct buf *ret, struct err *e)
{
	autobuf struct buf labels = BUF_INIT(QUERY_MAX), fields = BUF_INIT(QUERY_MAX);
	const json_t *one;
	const char *key;
	json_t *value;
	size_t i;
	int r = equal_put(json_object_get(selector, "labelSelectors"), &labels, e);

	json_array_foreach(json_object_get(selector, "expressionSelectors"), i, one)
	{
		if (r == 0)
			r = expression_put(one, &labels, e);
	}
	json_object_foreach(json_object_get(selector, "fieldSelectors"), key, value)
	{
		if (r == 0)
			r = field_put(key, json_string_value(value), &fields, e);
	}
	query_put(ret, "labelSelector", &labels);
	query_put(ret, "fieldSelector", &fields);
	if (r == 0 && (labels.failed || fields.failed || ret->failed))
		r = err_set(e, ERR_INVALID, 0, "selector: too long");
	return r;
}

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
	autobuf struct buf query = BUF_INIT(QUERY_MAX), path = BUF_INIT(QUERY_MAX);
	autojson json_t *nodes = json_array();
	char version[KUBE_VERSION_SIZE];
	int r = 0;

	if (json_array_size(named) == 0 && json_object_size(labels) == 0) {
		*ret = NULL;
		return 0;
	}
	json_array_extend(nodes, (json_t *)named);
	if (json_object_size(labels) > 0) {
		r = equal_put(labels, &query, e);
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
		autobuf struct buf path = BUF_INIT(QUERY_MAX);
		struct kube_ask ask = { .method = "GET" };
		json_t *pod;
		int r = name_check(name ? name : "", e);

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
	autobuf struct buf path = BUF_INIT(QUERY_MAX);
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
	int r = name_check(namespace, e);

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
	autobuf struct buf query = BUF_INIT(QUERY_MAX);
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

/* --- the mode --------------------------------------------------------------------------------- */

/* How many of these; the seed's first number is that of random-max-percent. */
static int mode_count(
	const json_t *pod_selector, size_t found, struct rand *rand, size_t *ret, struct err *e)
{
	const char *mode = json_text(pod_selector, "mode");
	const char *value = json_text(pod_selector, "value");
	bool random = str_eq(mode, "random-max-percent");
	bool percent = random || str_eq(mode, "fixed-percent");
	long long n = 0;
	int r;

	if (str_eq(mode, "one") || str_eq(mode, "all")) {
		*ret = *mode == 'a' || found == 0 ? found : 1;
		return 0;
	}
	if (!percent && !str_eq(mode, "fixed"))
		return err_illegal(e, "spec.mode", mode,
			"one, all, fixed, fixed-percent or random-max-percent");
	r = str_to_int(value, random ? 0 : 1, percent ? 100 : 1000000, &n, e);
	if (r < 0)
		return err_wrap(e, "spec.value");
	if (random)
		n = (long long)rand_below(rand, (uint64_t)n + 1);
	if (percent)
		n = (long long)((found * (size_t)n + 99) / 100);
	*ret = (size_t)n < found ? (size_t)n : found;
	return 0;
}

static int names_check(const json_t *names, struct err *e)
{
	const json_t *one;
	size_t i;
	int r = 0;

	json_array_foreach(names, i, one)
	{
		const char *name = json_string_value(one);

		if (r == 0)
			r = name_check(name ? name : "", e);
	}
	return r;
}

static int selector_check(const json_t *selector, struct err *e)
{
	autobuf struct buf query = BUF_INIT(QUERY_MAX), nodes = BUF_INIT(QUERY_MAX);
	const char *namespace;
	json_t *names;
	int r = select_query(selector, &query, e);

	if (r == 0)
		r = equal_put(json_object_get(selector, "nodeSelectors"), &nodes, e);
	if (r == 0)
		r = names_check(json_object_get(selector, "namespaces"), e);
	json_object_foreach(json_object_get(selector, "pods"), namespace, names)
	{
		if (r == 0)
			r = name_check(namespace, e);
		if (r == 0)
			r = names_check(names, e);
	}
	return r;
}

int select_check(const json_t *pod_selector, struct err *e)
{
	struct rand rand = rand_seeded(0);
	size_t count;

	int r = mode_count(pod_selector, 0, &rand, &count, e);

	return r < 0 ? r : selector_check(json_object_get(pod_selector, "selector"), e);
}

static int by_name(const void *a, const void *b)
{
	const json_t *x = json_object_get(*(json_t *const *)a, "metadata");
	const json_t *y = json_object_get(*(json_t *const *)b, "metadata");
	int order = strcmp(json_text(x, "namespace"), json_text(y, "namespace"));

	return order ? order : strcmp(json_text(x, "name"), json_text(y, "name"));
}

/* In place; how many are left. */
static size_t sort_unique(json_t **pods, size_t n)
{
	size_t kept = 0;

	qsort(pods, n, sizeof(*pods), by_name);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || by_name(&pods[kept - 1], &pods[i]) != 0)
			pods[kept++] = pods[i];
	return kept;
}

/* Drawn ones to the front, in the order of their names again. */
static void draw(json_t **pods, size_t n, size_t count, struct rand *rand)
{
	for (size_t i = 0; i < count && count < n; i++) {
		size_t other = i + (size_t)rand_below(rand, n - i);
		json_t *pod = pods[i];

		pods[i] = pods[other];
		pods[other] = pod;
	}
	qsort(pods, count, sizeof(*pods), by_name);
}

/* count: of those that are there, once each. NULL: all of them. */
static int rearrange(json_t *pods, const size_t *count, struct rand *rand, struct err *e)
{
	size_t n = json_array_size(pods), i;
	autofree json_t **all = calloc(n + 1, sizeof(json_t *));
	autojson json_t *found = json_copy(pods); /* holds on to them */

	if (!all || !found)
		return err_set(e, ERR_NOMEM, ENOMEM, "selection");
	for (i = 0; i < n; i++)
		all[i] = json_array_get(found, i);
	n = sort_unique(all, n);
	if (count && *count < n)
		draw(all, n, *count, rand);
	json_array_clear(pods);
	for (i = 0; i < (count && *count < n ? *count : n); i++)
		json_array_append(pods, all[i]);
	return 0;
}

int select_sort(json_t *objects, struct err *e)
{
	return rearrange(objects, NULL, NULL, e);
}

int select_draw(json_t *objects, size_t count, struct rand *rand, struct err *e)
{
	return rearrange(objects, &count, rand, e);
}

int select_mode(const json_t *pod_selector, uint64_t seed, json_t *pods, struct err *e)
{
	struct rand rand = rand_seeded(seed);
	size_t count;
	int r = select_sort(pods, e);

	if (r == 0)
		r = mode_count(pod_selector, json_array_size(pods), &rand, &count, e);
	return r == 0 ? select_draw(pods, count, &rand, e) : r;
}
