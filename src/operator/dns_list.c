/* What the DNS servers shall hold. */
#include "operator/dns_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/pod.h"
#include "kube/text.h"
#include "operator/dns_chaos.h"
#include "operator/order.h"
#include "operator/record.h"

enum {
	AGAIN_MS = 60000,   /* a pod's address changes with its sandbox, which is rare */
	HOMELESS_MS = 1000, /* it is being started */
};

void dns_list_init(struct dns_list *l)
{
	*l = (struct dns_list){ .objects = json_object(), .pods = json_object() };
}

void dns_list_done(struct dns_list *l)
{
	json_decref(l->objects);
	json_decref(l->fresh);
	json_decref(l->pods);
	*l = (struct dns_list){ 0 };
}

/* --- objects ---------------------------------------------------------------------------------- */

static void key_of(const json_t *object, char *ret, size_t size)
{
	const json_t *meta = json_object_get(object, "metadata");

	snprintf(ret, size, "%s/%s", json_text(meta, "namespace"), json_text(meta, "name"));
}

static void pod_key(const struct dns_pod *p, char *ret, size_t size)
{
	snprintf(ret, size, "%s/%s/%s", p->namespace, p->name, p->uid);
}

static bool pod_parse(const char *key, struct dns_pod *ret)
{
	return sscanf(key, "%255[^/]/%255[^/]/%63s", ret->namespace, ret->name, ret->uid) == 3;
}

/* A status may have been written by others, where it is no subresource. */
static bool is_pod(const char *key)
{
	struct dns_pod p;
	char again[640];

	if (!pod_parse(key, &p) || !kube_name_good(p.namespace) || !kube_name_good(p.name))
		return false;
	pod_key(&p, again, sizeof(again));
	return str_eq(again, key);
}

/* "namespace/name/uid" of the pods of which something may be in force. */
static json_t *pods_of(const json_t *object)
{
	const json_t *records = records_of(json_object_get(object, "status")), *one;
	json_t *pods = json_array();
	size_t i;

	json_array_foreach(records, i, one)
	{
		const char *id = json_text(one, "id"), *slash = strchr(id, '/');
		const char *end = slash ? strchr(slash + 1, '/') : NULL;
		struct seen seen;
		char pod[640];

		record_seen(one, &seen);
		if (!end || seen.phase == PHASE_OUT)
			continue;
		snprintf(
			pod, sizeof(pod), "%.*s/%s", (int)(end - id), id, json_text(one, "podUID"));
		if (is_pod(pod) && !json_has_text(pods, pod))
			json_array_append_new(pods, json_string(pod));
	}
	return pods;
}

/* Of one without a duration the deadline stays what it was. */
static int64_t deadline_of(const json_t *object, const json_t *before, int64_t now_ms)
{
	const json_t *known = json_object_get(json_object_get(before, "experiment"), "deadline_ms");
	struct wanted w;

	wanted_read(object, "", &w);
	if (w.end_ms != INT64_MAX)
		return w.end_ms;
	return known ? json_integer_value(known) : now_ms + MOST_ORDER_MS;
}

/* NULL: nothing of it is in force. */
static json_t *entry_of(const json_t *object, const char *key, const json_t *before, int64_t now_ms)
{
	const json_t *meta = json_object_get(object, "metadata");
	autojson json_t *pods = pods_of(object);
	json_t *experiment = NULL;

	if (json_array_size(pods) == 0 ||
		dns_chaos_experiment(json_object_get(object, "spec"), &experiment, NULL) < 0)
		return NULL;
	json_put_str(experiment, "uid", key);
	json_put_int(experiment, "deadline_ms", deadline_of(object, before, now_ms));
	return json_pack("{s:o, s:O, s:s}", "experiment", experiment, "pods", pods, "made",
		json_text(meta, "creationTimestamp"));
}

/* Pods that nobody names any more are forgotten. */
static void changed(struct dns_list *l)
{
	autojson json_t *before = l->pods;
	const char *key;
	json_t *entry, *pod;
	size_t i;

	l->pods = json_object();
	json_object_foreach(l->objects, key, entry)
	{
		json_array_foreach(json_object_get(entry, "pods"), i, pod)
		{
			json_t *found = json_object_get(before, json_string_value(pod));

			if (found)
				json_object_set(l->pods, json_string_value(pod), found);
		}
	}
	l->changes++;
}

void dns_list_begin(struct dns_list *l)
{
	json_decref(l->fresh);
	l->fresh = json_object();
}

void dns_list_put(struct dns_list *l, const json_t *object, int64_t now_ms)
{
	json_t *to = l->fresh ? l->fresh : l->objects, *before, *entry;
	char key[640];

	key_of(object, key, sizeof(key));
	before = json_object_get(l->objects, key);
	entry = entry_of(object, key, before, now_ms);
	if (l->fresh) {
		if (entry)
			json_object_set_new(to, key, entry);
		return;
	}
	if (before && entry && json_equal(before, entry)) {
		json_decref(entry);
		return;
	}
	if (entry)
		json_object_set_new(to, key, entry);
	else if (before)
		json_object_del(to, key);
	if (entry || before)
		changed(l);
}

void dns_list_gone(struct dns_list *l, const json_t *object)
{
	char key[640];

	key_of(object, key, sizeof(key));
	if (json_object_del(l->objects, key) == 0)
		changed(l);
}

void dns_list_end(struct dns_list *l)
{
	bool same = l->listed && json_equal(l->objects, l->fresh);

	json_decref(l->objects);
	l->objects = l->fresh;
	l->fresh = NULL;
	l->listed = true;
	if (!same)
		changed(l);
}

/* --- pods ------------------------------------------------------------------------------------- */

static int64_t look_at(const json_t *found)
{
	return found ? json_integer_value(json_object_get(found, "again_ms")) : 0;
}

bool dns_list_look(
	const struct dns_list *l, int64_t now_ms, struct dns_pod *ret, int64_t *ret_next_ms)
{
	const char *key;
	json_t *entry, *pod;
	size_t i;

	*ret_next_ms = INT64_MAX;
	json_object_foreach(l->objects, key, entry)
	{
		json_array_foreach(json_object_get(entry, "pods"), i, pod)
		{
			const char *name = json_string_value(pod);
			int64_t at = look_at(json_object_get(l->pods, name));

			if (at <= now_ms && pod_parse(name, ret))
				return true;
			if (at > now_ms && at < *ret_next_ms)
				*ret_next_ms = at;
		}
	}
	return false;
}

/* {"addresses": [...], "node": whether it has its node's, "again_ms": when to look again}. */
static json_t *found_of(const struct dns_pod *pod, const json_t *object, int64_t now_ms)
{
	const char *uid = json_text(json_object_get(object, "metadata"), "uid");
	json_t *addresses = json_array();
	struct kube_pod p = { 0 };
	int64_t again_ms = INT64_MAX; /* gone: another of its name is not meant */

	if (object && str_eq(uid, pod->uid) && kube_pod_read(object, &p)) {
		for (size_t i = 0; i < p.n_addresses; i++)
			json_array_append_new(addresses, json_string(p.addresses[i]));
		again_ms = now_ms + (p.n_addresses > 0 || p.host_network ? AGAIN_MS : HOMELESS_MS);
	}
	return json_pack("{s:o, s:b, s:I}", "addresses", addresses, "node", p.host_network,
		"again_ms", (json_int_t)again_ms);
}

void dns_list_found(
	struct dns_list *l, const struct dns_pod *pod, const json_t *found, int64_t now_ms)
{
	json_t *now = found_of(pod, found, now_ms), *before;
	char key[640];

	pod_key(pod, key, sizeof(key));
	before = json_object_get(l->pods, key);
	l->changes += !before || !json_equal(json_object_get(before, "addresses"),
					 json_object_get(now, "addresses"));
	json_object_set_new(l->pods, key, now);
}

/* --- what follows ----------------------------------------------------------------------------- */

bool dns_list_whole(const struct dns_list *l)
{
	const char *key;
	json_t *entry, *pod;
	size_t i;

	if (!l->listed)
		return false;
	json_object_foreach(l->objects, key, entry)
	{
		json_array_foreach(json_object_get(entry, "pods"), i, pod)
		{
			if (!json_object_get(l->pods, json_string_value(pod)))
				return false;
		}
	}
	return true;
}

enum dns_listed dns_list_has(const struct dns_list *l, const char *object, const char *pod)
{
	const json_t *entry = json_object_get(l->objects, object);
	const json_t *found = json_object_get(l->pods, pod);

	if (!json_has_text(json_object_get(entry, "pods"), pod) || !found)
		return DNS_UNLISTED;
	if (json_is_true(json_object_get(found, "node")))
		return DNS_ON_ITS_NODE;
	return json_array_size(json_object_get(found, "addresses")) ? DNS_LISTED : DNS_HOMELESS;
}

static int by_age(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int age = strcmp(json_text(x, "made"), json_text(y, "made"));

	return age ? age
		   : strcmp(json_text(json_object_get(x, "experiment"), "uid"),
			     json_text(json_object_get(y, "experiment"), "uid"));
}

/* Its pods that have addresses are its clients, and are told of themselves. */
static json_t *clients_of(const struct dns_list *l, const json_t *entry, json_t *pods, json_t *told)
{
	json_t *clients = json_array(), *pod;
	size_t i;

	json_array_foreach(json_object_get(entry, "pods"), i, pod)
	{
		const char *key = json_string_value(pod);
		json_t *addresses = json_object_get(json_object_get(l->pods, key), "addresses");
		struct dns_pod p;

		if (json_array_size(addresses) == 0 || !pod_parse(key, &p))
			continue;
		json_array_append_new(clients, json_sprintf("%s/%s", p.namespace, p.name));
		if (json_object_get(told, key))
			continue;
		json_object_set_new(told, key, json_true());
		json_array_append_new(pods, json_pack("{s:s, s:s, s:O}", "namespace", p.namespace,
						    "name", p.name, "addresses", addresses));
	}
	return clients;
}

json_t *dns_list_request(const struct dns_list *l)
{
	size_t n = json_object_size(l->objects), at = 0;
	autofree json_t **entries = calloc(n + 1, sizeof(json_t *));
	json_t *experiments, *pods, *entry;
	autojson json_t *told = json_object();
	const char *key;

	if (!entries)
		return NULL;
	json_object_foreach(l->objects, key, entry) entries[at++] = entry;
	qsort(entries, at, sizeof(json_t *), by_age);
	experiments = json_array();
	pods = json_array();
	for (size_t i = 0; i < at; i++) {
		json_t *clients = clients_of(l, entries[i], pods, told);
		json_t *x = json_copy(json_object_get(entries[i], "experiment"));

		json_object_set_new(x, "clients", clients);
		if (json_array_size(clients) > 0)
			json_array_append(experiments, x);
		json_decref(x);
	}
	return json_pack("{s:o, s:o}", "experiments", experiments, "pods", pods);
}
