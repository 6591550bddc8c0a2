/* The watches of a cluster, and the reports of its pods. */
#include "agent/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent/pod_json.h"
#include "agent/podbook.h"
#include "agent/podbook_file.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "kube/watch.h"

#define OWN_NAMESPACE "/var/run/secrets/kubernetes.io/serviceaccount/namespace"
#define OWN_SERVICE   "chaos-agent" /* by which ChaosBlade's chart makes the agent be reached */

enum { NOTES_MOST = 1 << 20 };

/* One list and watch, on a thread of its own. */
struct cluster_watch {
	struct kube_config config;
	const char *collection;
	struct kube_sink sink;
	pthread_t thread;
	bool started;
	int stop_fd;
};

struct cluster {
	const struct options *o;
	struct console *console;
	struct event *timer;
	struct cluster_watch watches[2];
	struct podbook_file file;
	char namespace[256]; /* this pod's; "": it is none */

	pthread_mutex_t lock; /* of the two below */
	struct podbook *pods;
	char outside[HOST_IP_SIZE];

	int64_t round_ms;	/* when it began, boot clock */
	uint64_t registrations; /* when pods were told last */
	struct cluster_facts facts;
	bool busy, failing;
};

/* --- the watches: on their threads ------------------------------------------------------------ */

#define WITH_PODS(call)                                                                            \
	struct cluster *c = ctx;                                                                   \
	pthread_mutex_lock(&c->lock);                                                              \
	call;                                                                                      \
	pthread_mutex_unlock(&c->lock)

static void pods_list_begin(void *ctx)
{
	WITH_PODS(podbook_begin(c->pods));
}

static void pods_list_end(void *ctx)
{
	WITH_PODS(podbook_end(c->pods));
}

static void pods_change(enum kube_change change, const json_t *pod, void *ctx)
{
	WITH_PODS(change == KUBE_DELETED ? podbook_gone(c->pods, pod) : podbook_seen(c->pods, pod));
}

static void services_list_begin(void *ctx)
{
	WITH_PODS(podbook_service_begin(c->pods));
}

/* Any namespace's owner can name a service so: only that of our own is ours. */
static void outside_look(struct cluster *c, const json_t *service, bool gone)
{
	const json_t *meta = json_object_get(service, "metadata");

	if (*c->namespace && str_eq(json_text(meta, "namespace"), c->namespace) &&
		str_eq(json_text(meta, "name"), OWN_SERVICE))
		snprintf(c->outside, sizeof(c->outside), "%s",
			gone ? "" : service_external_ip(service));
}

static void services_list_end(void *ctx)
{
	WITH_PODS(podbook_service_end(c->pods));
}

static void services_change(enum kube_change change, const json_t *service, void *ctx)
{
	const bool gone = change == KUBE_DELETED;

	WITH_PODS(outside_look(c, service, gone); gone ? podbook_service_gone(c->pods, service)
						       : podbook_service_seen(c->pods, service));
}

static void *watch_run(void *ctx)
{
	struct cluster_watch *w = ctx;

	kube_watch(&w->config, w->stop_fd, w->collection, &w->sink);
	return NULL;
}

/* --- the reports: on the event loop ----------------------------------------------------------- */

static void timer_set(struct cluster *c, int64_t ms)
{
	const struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	evtimer_add(c->timer, &tv);
}

static void round_over(struct cluster *c)
{
	int64_t rest = c->round_ms + c->o->pod_period_ms - clock_boot_ms();

	c->busy = false;
	timer_set(c, rest > 0 ? rest : 0);
}

static void body_failed(struct cluster *c, const struct err *e)
{
	c->facts.failures++;
	/* Of many in a row only the first is worth a line. */
	log_write(c->failing ? LOG_DEBUG : LOG_WARN, "pods.report.failed", "error", e->msg,
		"consequence", "all are told in full again", NULL);
	c->failing = true;
	round_over(c);
}

static void body_answered(const json_t *reply, void *ctx, struct err *e)
{
	autobuf struct buf notes = BUF_INIT(NOTES_MOST);
	struct cluster *c = ctx;
	bool good = reply && console_reply_check(reply, e) == 0;
	struct err why;

	if (reply && good && !json_is_object(json_object_get(reply, "result")))
		err_set(e, ERR_PROTOCOL, 0, "the console's answer names no pods");
	pthread_mutex_lock(&c->lock);
	if (good)
		good = podbook_accepted(
			c->pods, json_object_get(reply, "result"), podbook_file_note, &notes);
	else
		podbook_failed(c->pods);
	if (podbook_file_add(&c->file, &notes, c->pods, &why) < 0)
		log_write(LOG_WARN, "pods.unwritten", "error", why.msg, NULL);
	pthread_mutex_unlock(&c->lock);
	if (!good) {
		body_failed(c, e);
		return;
	}
	c->failing = false;
	c->facts.reports++;
	timer_set(c, 0); /* inside of an answer nothing is sent */
}

static void body_send(struct cluster *c)
{
	autojson json_t *params = json_object();
	autofree char *text = NULL;
	struct err e;

	pthread_mutex_lock(&c->lock);
	text = podbook_body(c->pods);
	pthread_mutex_unlock(&c->lock);
	if (!text) {
		round_over(c);
		return;
	}
	json_put_str(params, "pods", text);
	c->busy = true;
	if (console_call(c->console, "k8sPod", params, body_answered, c, &e) == 0)
		return;
	pthread_mutex_lock(&c->lock);
	podbook_failed(c->pods);
	pthread_mutex_unlock(&c->lock);
	body_failed(c, &e);
}

/* A console that registers us anew may be another one. false: there is nothing to be told. */
static bool round_begin(struct cluster *c)
{
	const struct console_facts *facts = console_facts(c->console);
	bool ready;

	c->round_ms = clock_boot_ms();
	pthread_mutex_lock(&c->lock);
	if (facts->registrations != c->registrations)
		podbook_failed(c->pods);
	c->registrations = facts->registrations;
	console_set_outside(c->console, c->outside);
	ready = podbook_listed(c->pods);
	pthread_mutex_unlock(&c->lock);
	return ready && facts->registered && c->o->pod_report;
}

static void timer_rings(evutil_socket_t fd, short what, void *ctx)
{
	struct cluster *c = ctx;

	(void)fd;
	(void)what;
	if (c->busy || round_begin(c))
		body_send(c);
	else
		round_over(c);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* "in-cluster" only: a kubeconfig's owner is somebody outside. */
static void namespace_read(struct cluster *c)
{
	if (str_eq(c->o->kubeconfig, "in-cluster"))
		file_read_line(AT_FDCWD, OWN_NAMESPACE, c->namespace, sizeof(c->namespace), NULL);
}

int cluster_new(
	const struct options *o, struct event_base *base, struct cluster **ret, struct err *e)
{
	struct cluster *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return err_set(e, ERR_NOMEM, ENOMEM, "watch of the cluster");
	*c = (struct cluster){ .o = o, .file = { .fd = -1, .spare = -1 } };
	pthread_mutex_init(&c->lock, NULL);
	c->watches[0] = (struct cluster_watch){ .collection = "/api/v1/pods",
		.sink = { pods_list_begin, NULL, pods_list_end, pods_change, c, "cluster.watch" },
		.stop_fd = -1 };
	c->watches[1] = (struct cluster_watch){ .collection = "/api/v1/services",
		.sink = { services_list_begin, NULL, services_list_end, services_change, c,
			"cluster.watch" },
		.stop_fd = -1 };
	namespace_read(c);
	c->timer = evtimer_new(base, timer_rings, c);
	r = c->timer ? podbook_new(&c->pods, e) : err_set(e, ERR_NOMEM, 0, "watch of the cluster");
	if (r == 0)
		r = podbook_file_open(o->state, c->pods, &c->file, e);
	for (size_t i = 0; i < ARRAY_LEN(c->watches) && r == 0; i++)
		r = kube_config_load(o->kubeconfig, &c->watches[i].config, e);
	if (r < 0)
		cluster_free(c);
	else
		*ret = c;
	return r;
}

int cluster_start(struct cluster *c, struct console *console, struct err *e)
{
	c->console = console;
	for (size_t i = 0; i < ARRAY_LEN(c->watches); i++) {
		struct cluster_watch *w = &c->watches[i];
		int error;

		w->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (w->stop_fd < 0)
			return err_set(e, ERR_SYSTEM, errno, "eventfd");
		error = pthread_create(&w->thread, NULL, watch_run, w);
		if (error)
			return err_set(e, ERR_SYSTEM, error, "thread of a watch");
		w->started = true;
	}
	timer_set(c, 0);
	return 0;
}

static void watch_stop(struct cluster_watch *w)
{
	uint64_t one = 1;

	if (w->started && write(w->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(w->thread, NULL);
	cleanup_close(&w->stop_fd);
	kube_config_free(&w->config);
}

void cluster_free(struct cluster *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < ARRAY_LEN(c->watches); i++)
		watch_stop(&c->watches[i]);
	if (c->timer)
		event_free(c->timer);
	podbook_file_close(&c->file);
	podbook_free(c->pods);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

struct cluster_facts cluster_facts(struct cluster *c)
{
	struct cluster_facts facts = c->facts;

	pthread_mutex_lock(&c->lock);
	facts.pods = podbook_count(c->pods);
	pthread_mutex_unlock(&c->lock);
	return facts;
}
