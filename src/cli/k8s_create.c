/* gale create k8s: makes a ChaosBlade object, and waits for what the operator makes of it. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/rand.h"
#include "cli/k8s.h"
#include "cli/k8s_object.h"
#include "cli/reply.h"
#include "kube/text.h"

/* One order on its way. */
struct creation {
	struct k8s_access access;
	struct k8s_cluster cluster;
	json_t *object;
	struct record record;
	struct records *records; /* NULL: nothing is recorded, as note says */
	struct err note;
};

/* Which cluster it was, so that a destroy finds it again; the token is not kept. */
static json_t *flags_kept(const struct cli *c, const struct k8s_access *a)
{
	autofree char *file = k8s_access_file(a);
	json_t *flags = json_copy(c->flags);
	char path[PATH_MAX];

	json_object_del(flags, "uid");
	if (file)
		json_put_str(flags, "kubeconfig", realpath(file, path) ? path : file);
	json_put_str(flags, "kubectl-proxy", a->kubectl_proxy);
	return flags;
}

static int record_make(const struct cli *c, struct creation *n, const char *uid,
	const struct fault *f, int64_t timeout_ms, struct err *e)
{
	struct record *rec = &n->record;
	autojson json_t *flags = flags_kept(c, &n->access);

	snprintf(rec->uid, sizeof(rec->uid), "%s", uid);
	snprintf(rec->command, sizeof(rec->command), "k8s");
	snprintf(rec->sub_command, sizeof(rec->sub_command), "%.15s-%.23s %.23s", c->k8s->name,
		f->target, f->action);
	snprintf(rec->status, sizeof(rec->status), "Created");
	clock_rfc3339(rec->create_time);
	clock_rfc3339(rec->update_time);
	if (timeout_ms && !(f->flags & FAULT_ONCE))
		rec->deadline_wall_ms = clock_wall_ms() + timeout_ms;
	rec->flag = record_flag_text(flags);
	rec->error = strdup("");
	if (!rec->flag || !rec->error)
		return err_set(e, ERR_NOMEM, ENOMEM, "record of %s", uid);
	/* Whoever orders from elsewhere may have no place for records; the cluster has the object.
	 */
	if (records_open(c->state, &n->records, &n->note) < 0)
		return 0;
	return record_insert(n->records, rec, e);
}

static void record_set(struct creation *n, const char *status, const char *error)
{
	char *copy = strdup(error);

	if (!n->records || !copy) {
		free(copy);
		return;
	}
	free(n->record.error);
	n->record.error = copy;
	snprintf(n->record.status, sizeof(n->record.status), "%s", status);
	record_update(n->records, &n->record, &n->note);
}

static int uid_make(const json_t *flags, char ret[static 64], struct err *e)
{
	const char *uid = json_text(flags, "uid");

	if (!*uid) {
		rand_hex(ret, 16);
		return 0;
	}
	if (!kube_name_good(uid) || strlen(uid) > 63)
		return err_illegal(e, "uid", uid,
			"allowed are 1 to 63 lower-case letters, digits, dashes and dots: it names an object");
	snprintf(ret, 64, "%s", uid);
	return 0;
}

static bool is_decided(const json_t *object)
{
	return k8s_object_came_to(object) != K8S_WAITING;
}

static int created_reply(const struct creation *n, const json_t *object, struct err *e)
{
	autojson json_t *result = k8s_object_result(object);
	json_t *reply = reply_new(json_string(n->record.uid));
	char text[64];

	if (n->record.deadline_wall_ms) {
		clock_rfc3339_at(n->record.deadline_wall_ms, text);
		json_put_str(reply, "deadline", text);
	}
	if (json_array_size(json_object_get(result, "statuses")) > 0)
		json_object_set(reply, "statuses", json_object_get(result, "statuses"));
	if (n->note.kind)
		json_object_set_new(reply, "notes",
			json_pack("[o]", json_sprintf("no record: %s", n->note.msg)));
	return reply_print(reply, e);
}

/* The operator may still come to it: until then the record says Created. */
static int created_wait(struct creation *n, struct err *e)
{
	autobuf struct buf why = BUF_INIT(1u << 20);
	autojson json_t *object = NULL;
	int r = k8s_wait(&n->cluster, n->record.uid, n->access.waiting_ms, is_decided, &object, e);

	if (r < 0) {
		record_set(n, r == -ERR_NOTFOUND ? "Error" : "Created", e ? e->msg : "");
		return r;
	}
	switch (k8s_object_came_to(object)) {
	case K8S_RUNS:
		record_set(n, "Success", "");
		return created_reply(n, object, e);
	case K8S_FAILED:
		k8s_object_reason(object, NULL, &why);
		record_set(n, "Error", buf_text(&why));
		return k8s_failed(object);
	default:
		k8s_unexpected_text(&n->cluster, object, "running", &why);
		record_set(n, "Created", buf_text(&why));
		return k8s_unexpected(&n->cluster, object, "running");
	}
}

static int create(struct creation *n, bool async, struct err *e)
{
	const struct k8s_call post = { "POST", NULL, n->object };
	int r = k8s_call(&n->cluster, &post, NULL, e);

	if (r < 0) {
		record_set(n, "Error", e ? e->msg : "");
		return r;
	}
	return async ? created_reply(n, n->object, e) : created_wait(n, e);
}

static int create_order(struct cli *c, struct k8s_create *how, struct creation *n, struct err *e)
{
	const struct fault *f;
	int64_t timeout_ms = 0;
	char uid[64];
	int r = cli_fault(c, &f, e);

	if (r == 0)
		r = k8s_flags_check(c->k8s, f, c->flags, &timeout_ms, e);
	if (r == 0)
		r = uid_make(c->flags, uid, e);
	if (r < 0)
		return r;
	n->object = k8s_object_new(uid, c->k8s, f, c->flags, timeout_ms);
	if (how->dry_run)
		return reply_print(reply_new(json_incref(n->object)), e);
	r = k8s_open(&n->access, &n->cluster, e);
	if (r == 0)
		r = record_make(c, n, uid, f, timeout_ms, e);
	if (r < 0)
		return r;
	snprintf(how->uid, sizeof(how->uid), "%s", uid);
	return create(n, how->async, e);
}

int k8s_create(struct cli *c, struct k8s_create *how, struct err *e)
{
	struct creation n = { 0 };
	int r = cli_take(c, k8s_access_params, &n.access, e);

	if (r < 0)
		return r;
	r = create_order(c, how, &n, e);
	records_close(n.records);
	record_done(&n.record);
	json_decref(n.object);
	k8s_close(&n.cluster);
	params_free(k8s_access_params, &n.access);
	return r;
}
