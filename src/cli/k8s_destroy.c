/* gale destroy and gale query of an experiment in a cluster. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/k8s.h"
#include "cli/k8s_object.h"
#include "cli/record_json.h"
#include "cli/reply.h"

static bool never(const json_t *object)
{
	(void)object;
	return false;
}

/* The cluster of the record where the flags name none; a token names none. */
static void access_complete(struct k8s_access *a, const struct record *rec)
{
	autojson json_t *flags = record_flags(rec);
	const char *file = json_text(flags, "kubeconfig"),
		   *proxy = json_text(flags, "kubectl-proxy");

	if (a->kubeconfig || a->kubectl_proxy)
		return;
	if (*file)
		a->kubeconfig = strdup(file);
	if (*proxy)
		a->kubectl_proxy = strdup(proxy);
}

static void record_ended(const struct cli *c, const char *uid)
{
	struct records *rs = NULL;
	struct record rec;

	if (records_open(c->state, &rs, NULL) == 0 && record_get(rs, uid, &rec, NULL) == 0) {
		snprintf(rec.status, sizeof(rec.status), "Destroyed");
		snprintf(rec.ended_by, sizeof(rec.ended_by), "destroy");
		record_update(rs, &rec, NULL);
		record_done(&rec);
	}
	records_close(rs);
}

/* Ours of its finalizers goes, so that the object does: the fault has its own deadline. */
static int object_force(const struct k8s_cluster *k, const json_t *object, struct err *e)
{
	autojson json_t *body = json_object(), *left = json_array();
	const json_t *meta = json_object_get(object, "metadata");
	const struct k8s_call patch = { "PATCH", json_text(meta, "name"), body };
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(meta, "finalizers"), i, one)
	{
		if (!str_eq(json_string_value(one), K8S_FINALIZER))
			json_array_append(left, one);
	}
	json_object_set_new(body, "metadata",
		json_pack("{s:O,s:O}", "finalizers", left, "resourceVersion",
			json_object_get(meta, "resourceVersion")));
	return k8s_call(k, &patch, NULL, e);
}

static int object_stays(const struct k8s_cluster *k, const json_t *object, const char *uid,
	bool force, struct err *e)
{
	autobuf struct buf why = BUF_INIT(1u << 20);
	int r;

	if (!force)
		return k8s_unexpected(k, object, "destroyed");
	r = object_force(k, object, e);
	if (r < 0)
		return r;
	k8s_unexpected_text(k, object, "destroyed", &why);
	return err_set(e, ERR_TIMEOUT, 0,
		"forcibly remove %s resource success, but destroy the experiment failed, err: %s",
		uid, buf_text(&why));
}

/* *ret is the object as it was before; NULL: it was gone. Positive: it stays, and that was said. */
static int object_delete(const struct k8s_cluster *k, const char *uid, long long ms, bool force,
	json_t **ret, struct err *e)
{
	const struct k8s_call get = { "GET", uid, NULL }, delete = { "DELETE", uid, NULL };
	autojson json_t *object = NULL, *last = NULL;
	int r = k8s_call(k, &get, &object, e);

	if (r == 0)
		r = k8s_call(k, &delete, NULL, e);
	if (r == 0)
		r = k8s_wait(k, uid, ms, never, &last, e);
	if (r == 0)
		return object_stays(k, last, uid, force, e);
	if (r != -ERR_NOTFOUND)
		return r;
	*ret = json_incref(object);
	return 0;
}

json_t *k8s_model(const struct record *rec)
{
	autojson json_t *flags = record_flags(rec);
	const char *dash = strchr(rec->sub_command, '-'), *blank = strchr(rec->sub_command, ' ');
	json_t *model = json_object();

	if (!dash || !blank || blank < dash)
		return model;
	json_object_set_new(model, "target", json_stringn(dash + 1, (size_t)(blank - dash - 1)));
	json_object_set_new(
		model, "scope", json_stringn(rec->sub_command, (size_t)(dash - rec->sub_command)));
	json_put_str(model, "action", blank + 1);
	json_object_set(model, "flags", flags);
	json_put_bool(model, "ActionProcessHang", false);
	return model;
}

int k8s_destroy(const struct cli *c, const char *uid, const struct record *rec,
	struct k8s_access *a, bool force, struct err *e)
{
	struct k8s_cluster k;
	autojson json_t *object = NULL;
	int r;

	if (rec)
		access_complete(a, rec);
	r = k8s_open(a, &k, e);
	if (r < 0)
		return r;
	r = object_delete(&k, uid, a->waiting_ms, force, &object, e);
	k8s_close(&k);
	if (r != 0 || (!object && !rec))
		return r == 0 ? err_set(e, ERR_NOTFOUND, 0,
					"`%.63s` record not found in the cluster", uid)
			      : r;
	record_ended(c, uid);
	return reply_print(reply_new(rec ? k8s_model(rec) : json_incref(object)), e);
}

/* --- query ------------------------------------------------------------------------------------ */

static int query_created(const struct k8s_cluster *k, const json_t *object, struct err *e)
{
	switch (k8s_object_came_to(object)) {
	case K8S_RUNS:
		return reply_print(reply_new(k8s_object_result(object)), e);
	case K8S_FAILED:
		return k8s_failed(object);
	default:
		return k8s_unexpected(k, object, "running");
	}
}

static int query_uid(const struct k8s_cluster *k, bool destroyed, const char *uid, struct err *e)
{
	const struct k8s_call get = { "GET", uid, NULL };
	autojson json_t *object = NULL;
	int r = k8s_call(k, &get, &object, e);

	if (destroyed &&
		(r == -ERR_NOTFOUND || (r == 0 && str_eq(k8s_object_phase(object), "Destroyed"))))
		return reply_print(reply_new(k8s_result_destroyed(uid)), e);
	if (r < 0)
		return r;
	return destroyed ? k8s_unexpected(k, object, "destroyed") : query_created(k, object, e);
}

int k8s_query(struct cli *c, struct err *e)
{
	const char *what = c->words.n > 1 ? c->words.v[1] : "";
	bool destroyed = str_eq(what, "destroy");
	struct k8s_cluster k = { 0 };
	struct k8s_access a;
	int r;

	if (!destroyed && !str_eq(what, "create"))
		return cli_illegal(e, "the %.100s argument not found", what);
	if (c->words.n < 3)
		return err_missing(e, "uid");
	r = cli_take(c, k8s_access_params, &a, e);
	if (r < 0)
		return r;
	r = k8s_open(&a, &k, e);
	if (r == 0)
		r = query_uid(&k, destroyed, c->words.v[2], e);
	k8s_close(&k);
	params_free(k8s_access_params, &a);
	return r;
}
