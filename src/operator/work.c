/* The threads of the operator. */
#include "operator/work.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "kube/watch.h"
#include "operator/dns_push.h"
#include "operator/queue.h"
#include "operator/reconcile.h"
#include "operator/tell.h"
#include "operator/thread.h"

enum {
	CONFLICT_FIRST_MS = 10,
	RETRY_FIRST_MS = 500,
	RETRY_MOST_MS = 60000,
};

/* What runs on a thread of its own, with a connection of its own. */
struct runner {
	struct works *works;
	const struct kind *kind; /* that it watches; NULL: a worker */
	struct kube_config config;
	struct thread thread;
	atomic_bool listed;
};

struct works {
	struct works_options o;
	struct queue *queue;
	atomic_bool started;
	atomic_ullong turns, conflicts, failures;
	size_t n;
	struct runner runners[];
};

/* --- watching --------------------------------------------------------------------------------- */

static void list_begin(void *ctx)
{
	const struct runner *r = ctx;

	queue_begin(r->works->queue, r->kind);
}

static void list_end(void *ctx)
{
	struct runner *r = ctx;

	queue_end(r->works->queue, r->kind);
	atomic_store(&r->listed, true);
	log_write(LOG_INFO, "listed", "kind", r->kind->name, NULL);
}

static void change(enum kube_change what, const json_t *object, void *ctx)
{
	const struct runner *r = ctx;

	if (what == KUBE_DELETED)
		queue_gone(r->works->queue, r->kind, object);
	else
		queue_put(r->works->queue, r->kind, object);
}

static void watch(struct runner *r)
{
	const struct kube_sink sink = { list_begin, NULL, list_end, change, r, "watch" };
	const struct family *family = r->kind->family;
	const char *only = r->works->o.means.scope.namespace;
	char collection[512];

	if (*only && !family->namespaced) { /* such objects are not ours */
		list_end(r);
		return;
	}
	snprintf(collection, sizeof(collection), "%s%s%s/%s", family->path,
		*only ? "/namespaces/" : "", only, r->kind->plural);
	kube_watch(&r->config, r->works->o.stop_fd, collection, &sink);
}

/* --- working ---------------------------------------------------------------------------------- */

static void failed(const struct job *j, const struct err *e)
{
	const json_t *meta = json_object_get(j->object, "metadata");

	log_write(LOG_WARN, "experiment", "kind", j->kind->name, "namespace",
		json_text(meta, "namespace"), "name", json_text(meta, "name"), "error", e->msg,
		"retrying", "true", NULL);
}

/* Another has changed it: what the watch has not told yet is fetched. */
static int fetch(const struct kube_api *a, struct job *j, struct err *e)
{
	const json_t *meta = json_object_get(j->object, "metadata");
	char path[768];
	const struct kube_ask ask = { .method = "GET", .path = path };
	json_t *newest;
	int r;

	kind_path(j->kind, j->object, "", path, sizeof(path));
	r = kube_call(a, &ask, &newest, e);
	if (r < 0)
		return r;
	if (!json_equal(json_object_get(meta, "uid"),
		    json_object_get(json_object_get(newest, "metadata"), "uid"))) {
		json_decref(newest);
		return err_set(e, ERR_NOTFOUND, 0, "another has its name");
	}
	json_decref(j->object);
	j->object = newest;
	return 0;
}

static int64_t again_after(int64_t ms, unsigned failures)
{
	while (failures-- > 0 && ms < RETRY_MOST_MS)
		ms *= 2;
	return clock_wall_ms() + (ms < RETRY_MOST_MS ? ms : RETRY_MOST_MS);
}

static void job_do(struct runner *w, struct job *j)
{
	const struct kube_api api = { &w->config, w->works->o.stop_fd };
	autojson json_t *events = json_array();
	int64_t again = INT64_MAX;
	struct err e = { 0 };
	bool conflict;
	int r = reconcile(
		&api, &w->works->o.means, j->kind, j->due, &j->object, events, &again, &e);

	atomic_fetch_add(&w->works->turns, 1);
	conflict = r == -ERR_CONFLICT;
	if (conflict) {
		atomic_fetch_add(&w->works->conflicts, 1);
		again = again_after(CONFLICT_FIRST_MS, j->failed);
		r = fetch(&api, j, &e);
	}
	if (r == -ERR_NOTFOUND) { /* the watch will say that it is gone */
		r = 0;
		again = INT64_MAX;
	}
	if (r < 0) {
		atomic_fetch_add(&w->works->failures, r != -ERR_BUSY);
		if (r != -ERR_BUSY)
			failed(j, &e);
		again = again_after(RETRY_FIRST_MS, j->failed);
	}
	queue_done(w->works->queue, j, r < 0 || conflict, again);
	tell_send(&api, events, NULL);
}

static void *run(void *ctx)
{
	struct runner *r = ctx;
	struct job j;

	if (r->kind)
		watch(r);
	else
		while (queue_take(r->works->queue, &j))
			job_do(r, &j);
	return NULL;
}

/* --- all of them ------------------------------------------------------------------------------ */

int works_new(const struct works_options *o, struct works **ret, struct err *e)
{
	size_t n = n_kinds + o->workers;
	struct works *w = calloc(1, sizeof(*w) + n * sizeof(struct runner));
	int r;

	if (!w)
		return err_set(e, ERR_NOMEM, ENOMEM, "workers");
	w->o = *o;
	w->n = n;
	r = queue_new(&w->queue, e);
	for (size_t i = 0; i < n && r == 0; i++) {
		w->runners[i].works = w;
		w->runners[i].kind = i < n_kinds ? &kinds[i] : NULL;
		r = kube_config_load(o->kubeconfig, &w->runners[i].config, e);
	}
	if (r < 0)
		works_end(w);
	else
		*ret = w;
	return r;
}

int works_start(struct works *w, struct err *e)
{
	int r = 0;

	atomic_store(&w->started, true);
	for (size_t i = 0; i < w->n && r == 0; i++)
		r = thread_start(&w->runners[i].thread, run, &w->runners[i], e);
	return r;
}

void works_end(struct works *w)
{
	if (!w)
		return;
	if (w->queue)
		queue_stop(w->queue);
	for (size_t i = 0; i < w->n; i++) {
		thread_join(&w->runners[i].thread);
		kube_config_free(&w->runners[i].config);
	}
	queue_close(w->queue);
	free(w);
}

const char *works_host(const struct works *w)
{
	return w->runners[0].config.host;
}

/* --- what is told of them --------------------------------------------------------------------- */

bool works_started(const struct works *w)
{
	return atomic_load(&w->started);
}

bool works_listed(const struct works *w)
{
	for (size_t i = 0; i < n_kinds; i++)
		if (!atomic_load(&w->runners[i].listed))
			return false;
	return true;
}

static void counter(struct buf *ret, const char *name, unsigned long long value)
{
	buf_fmt(ret, "# TYPE gale_operator_%s counter\ngale_operator_%s %llu\n", name, name, value);
}

void works_metrics(const struct works *w, struct buf *ret)
{
	unsigned long long requests = 0, connections = 0;

	for (size_t i = 0; i < w->n; i++) {
		requests += atomic_load(&w->runners[i].config.requests);
		connections += atomic_load(&w->runners[i].config.connections);
	}
	buf_str(ret, "# TYPE gale_operator_experiments gauge\n");
	for (size_t i = 0; i < n_kinds; i++)
		buf_fmt(ret, "gale_operator_experiments{kind=\"%s\"} %zu\n", kinds[i].name,
			queue_count(w->queue, &kinds[i]));
	counter(ret, "turns_total", atomic_load(&w->turns));
	counter(ret, "conflicts_total", atomic_load(&w->conflicts));
	counter(ret, "failures_total", atomic_load(&w->failures));
	counter(ret, "api_requests_total", requests);
	counter(ret, "api_connections_total", connections);
	if (w->o.means.dns)
		dns_push_metrics(w->o.means.dns, ret);
}
