/* gale-operator: a thread that watches each kind, and workers for what they see. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/drop.h"
#include "base/json.h"
#include "kube/watch.h"
#include "operator/lead.h"
#include "operator/options.h"
#include "operator/queue.h"
#include "operator/reconcile.h"

enum {
	STACK_SIZE = 512 << 10,
	RETRY_FIRST_MS = 500,
	RETRY_MOST_MS = 60000,
};

struct program {
	struct options o;
	struct queue *queue;
	struct nodes *nodes; /* NULL: no way to them */
	struct gates *gates;
	struct lead lead;
	int stop_fd;
};

/* What runs on a thread of its own, with a connection of its own. */
struct runner {
	struct program *program;
	const struct kind *kind; /* that it watches; NULL: a worker */
	struct kube_config config;
	pthread_t thread;
	bool started;
};

/* --- watching --------------------------------------------------------------------------------- */

static void list_begin(void *ctx)
{
	const struct runner *r = ctx;

	queue_begin(r->program->queue, r->kind);
}

static void list_item(const json_t *object, void *ctx)
{
	const struct runner *r = ctx;

	queue_put(r->program->queue, r->kind, object);
}

static void list_end(void *ctx)
{
	const struct runner *r = ctx;

	queue_end(r->program->queue, r->kind);
	log_write(LOG_INFO, "listed", "kind", r->kind->name, NULL);
}

static void change(enum kube_change what, const json_t *object, void *ctx)
{
	const struct runner *r = ctx;

	if (what == KUBE_DELETED)
		queue_gone(r->program->queue, r->kind, object);
	else
		queue_put(r->program->queue, r->kind, object);
}

static void lost(const struct err *why, int64_t retry_ms, void *ctx)
{
	const struct runner *r = ctx;
	char retry[32];

	snprintf(retry, sizeof(retry), "in %lld ms", (long long)retry_ms);
	log_write(LOG_WARN, "watch", "kind", r->kind->name, "error", why->msg, "retrying", retry,
		NULL);
}

static void watch(struct runner *r)
{
	const struct kube_sink sink = { list_begin, list_item, list_end, change, lost, r };
	char collection[128];

	snprintf(collection, sizeof(collection), "%s/%s", r->kind->family->path, r->kind->plural);
	kube_watch(&r->config, r->program->stop_fd, collection, &sink);
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

static int64_t again_after(unsigned failures)
{
	int64_t ms = RETRY_FIRST_MS;

	while (failures-- > 0 && ms < RETRY_MOST_MS)
		ms *= 2;
	return clock_wall_ms() + (ms < RETRY_MOST_MS ? ms : RETRY_MOST_MS);
}

static void job_do(struct runner *w, struct job *j)
{
	const struct kube_api api = { &w->config, w->program->stop_fd };
	const struct means means = { w->program->nodes, w->program->gates,
		w->program->o.pause_image };
	int64_t again = INT64_MAX;
	struct err e = { 0 };
	int r = reconcile(&api, &means, j->kind, &j->object, &again, &e);

	if (r == -ERR_CONFLICT) {
		r = fetch(&api, j, &e);
		again = 0;
	}
	if (r == -ERR_NOTFOUND) { /* the watch will say that it is gone */
		r = 0;
		again = INT64_MAX;
	}
	if (r < 0) {
		if (r != -ERR_BUSY)
			failed(j, &e);
		again = again_after(j->failed);
	}
	queue_done(w->program->queue, j, r < 0, again);
}

static void *run(void *ctx)
{
	struct runner *r = ctx;
	struct job j;

	if (r->kind)
		watch(r);
	else
		while (queue_take(r->program->queue, &j))
			job_do(r, &j);
	return NULL;
}

/* --- the program ------------------------------------------------------------------------------ */

static int runner_start(struct runner *r, struct err *e)
{
	pthread_attr_t attr;
	int why;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	why = pthread_create(&r->thread, &attr, run, r);
	pthread_attr_destroy(&attr);
	r->started = why == 0;
	return why == 0 ? 0 : err_set(e, ERR_SYSTEM, why, "thread");
}

static void signals_wait(void)
{
	sigset_t set;
	int signal;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigwait(&set, &signal);
}

static void signals_block(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* Credentials are read before everything is given up. */
static int program_prepare(struct program *p, struct runner *runners, size_t n, struct err *e)
{
	int r = queue_new(&p->queue, e);

	p->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r == 0 && p->stop_fd < 0)
		r = err_set(e, ERR_SYSTEM, errno, "eventfd");
	for (size_t i = 0; i < n && r == 0; i++) {
		runners[i].program = p;
		runners[i].kind = i < n_kinds ? &kinds[i] : NULL;
		r = kube_config_load(p->o.kubeconfig, &runners[i].config, e);
	}
	if (r == 0 && *p->o.nodes.files.cert)
		r = nodes_open(&p->o.nodes, &p->nodes, e);
	if (r == 0)
		r = gates_new(&p->gates, e);
	if (r == 0 && *p->o.lease)
		r = lead_init(&p->lead, p->o.kubeconfig, p->o.lease, p->o.lease_ms, e);
	return r;
}

/* When it is lost another works: not one deed more, and all that counts is written already. */
static void lead_keep_or_exit(struct lead *l)
{
	struct err e;

	if (lead_keep(l, &e) == 0)
		return;
	log_write(LOG_ERROR, "ended", "error", e.msg, NULL);
	_exit(1);
}

static int program_run(struct program *p, struct runner *runners, size_t n, struct err *e)
{
	const struct drop drop = { p->o.user, 1024, true };
	int r;

	signals_block();
	r = drop_privileges(&drop, e);
	if (r == 0 && *p->o.lease && lead_gain(&p->lead) != 0)
		return 0;
	for (size_t i = 0; i < n && r == 0; i++)
		r = runner_start(&runners[i], e);
	if (r < 0)
		return r;
	log_write(LOG_INFO, "serving", "api", runners[0].config.host, NULL);
	if (*p->o.lease)
		lead_keep_or_exit(&p->lead);
	else
		signals_wait();
	log_write(LOG_INFO, "ending", NULL);
	return 0;
}

static void program_end(struct program *p, struct runner *runners, size_t n)
{
	const uint64_t one = 1;

	if (p->queue)
		queue_stop(p->queue);
	if (p->stop_fd >= 0 && write(p->stop_fd, &one, sizeof(one)) < 0)
		log_write(LOG_ERROR, "ending", "error", "eventfd", NULL);
	for (size_t i = 0; i < n; i++) {
		if (runners[i].started)
			pthread_join(runners[i].thread, NULL);
		kube_config_free(&runners[i].config);
	}
	lead_done(&p->lead);
	queue_close(p->queue);
	nodes_close(p->nodes);
	gates_free(p->gates);
	if (p->stop_fd >= 0)
		close(p->stop_fd);
}

int main(int argc, char **argv)
{
	autoconfig struct config config = { 0 };
	struct program p = { .stop_fd = -1, .lead.timer_fd = -1 };
	autofree struct runner *runners = NULL;
	struct err e;
	size_t n;
	int r;

	r = options_load(argc, argv, &p.o, &config, &e);
	if (r < 0)
		fprintf(stderr, "gale-operator: %s\n", e.msg);
	if (r != 0)
		return r < 0;
	log_init("gale-operator", p.o.least_log);
	mallopt(M_ARENA_MAX, 2); /* many threads, little memory */
	n = n_kinds + (size_t)p.o.workers;
	runners = calloc(n, sizeof(*runners));
	r = runners ? program_prepare(&p, runners, n, &e)
		    : err_set(&e, ERR_NOMEM, ENOMEM, "workers");
	if (r == 0)
		r = program_run(&p, runners, n, &e);
	if (r < 0)
		log_write(LOG_ERROR, "ended", "error", e.msg, NULL);
	if (runners)
		program_end(&p, runners, n);
	return r < 0;
}
