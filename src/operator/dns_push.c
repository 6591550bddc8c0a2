/* DNSChaos by DNS servers. */
#include "operator/dns_push.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "grpc/pbjson.h"
#include "kube/watch.h"
#include "operator/dns_list.h"
#include "operator/dns_servers.h"
#include "operator/thread.h"

#define OBJECTS "/apis/chaos-mesh.org/v1alpha1/dnschaos"

enum {
	LIST_MAX = 256 << 20, /* in memory; on its way it is 16 MiB at most */
	RETRY_MS = 1000,
	WAIT_MS = 5000,
	COUNT_BITS = 16,
};

enum { OBJECTS_WATCH, SERVERS_WATCH, KEEPER, N_THREADS };

struct dns_push {
	struct dns_push_options o;
	char namespace[256], name[256];
	struct tls *tls;
	struct dns_servers *servers;
	struct kube_config config[N_THREADS];
	struct thread threads[N_THREADS];
	json_t *slices, *fresh; /* of the thread that watches them, by name */
	int wake_fd;		/* the keeper has something to do */
	pthread_mutex_t lock;	/* of what follows */
	pthread_cond_t changed;
	struct dns_list list;
	uint64_t given;	    /* list.changes that the servers were given */
	uint64_t revision;  /* of that */
	struct err trouble; /* of the keeper; "" none */
};

/* --- the objects ------------------------------------------------------------------------------ */

static void keeper_wake(struct dns_push *p)
{
	const uint64_t one = 1;

	if (write(p->wake_fd, &one, sizeof(one)) < 0)
		return; /* it is awake */
}

static void object_begin(void *ctx)
{
	struct dns_push *p = ctx;

	pthread_mutex_lock(&p->lock);
	dns_list_begin(&p->list);
	pthread_mutex_unlock(&p->lock);
}

static void object_item(const json_t *object, void *ctx)
{
	struct dns_push *p = ctx;

	pthread_mutex_lock(&p->lock);
	dns_list_put(&p->list, object, clock_wall_ms());
	pthread_mutex_unlock(&p->lock);
}

static void object_end(void *ctx)
{
	struct dns_push *p = ctx;

	pthread_mutex_lock(&p->lock);
	dns_list_end(&p->list);
	pthread_mutex_unlock(&p->lock);
	keeper_wake(p);
}

static void object_change(enum kube_change what, const json_t *object, void *ctx)
{
	struct dns_push *p = ctx;

	pthread_mutex_lock(&p->lock);
	if (what == KUBE_DELETED)
		dns_list_gone(&p->list, object);
	else
		dns_list_put(&p->list, object, clock_wall_ms());
	pthread_mutex_unlock(&p->lock);
	keeper_wake(p);
}

static void *objects_watch(void *ctx)
{
	struct dns_push *p = ctx;
	const struct kube_sink sink = { object_begin, object_item, object_end, object_change, p,
		"dns.watch" };

	kube_watch(&p->config[OBJECTS_WATCH], p->o.stop_fd, OBJECTS, &sink);
	return NULL;
}

/* --- the servers ------------------------------------------------------------------------------ */

static const char *name_of(const json_t *object)
{
	return json_text(json_object_get(object, "metadata"), "name");
}

static void servers_tell(struct dns_push *p)
{
	struct dns_endpoint v[DNS_ENDPOINTS_MOST];

	dns_servers_set(p->servers, v, dns_endpoints_read(p->slices, p->name, v));
}

static void slice_begin(void *ctx)
{
	struct dns_push *p = ctx;

	json_decref(p->fresh);
	p->fresh = json_object();
}

static void slice_item(const json_t *slice, void *ctx)
{
	struct dns_push *p = ctx;

	json_object_set(p->fresh, name_of(slice), (json_t *)slice);
}

static void slice_end(void *ctx)
{
	struct dns_push *p = ctx;

	json_decref(p->slices);
	p->slices = p->fresh;
	p->fresh = NULL;
	servers_tell(p);
}

static void slice_change(enum kube_change what, const json_t *slice, void *ctx)
{
	struct dns_push *p = ctx;

	if (what == KUBE_DELETED)
		json_object_del(p->slices, name_of(slice));
	else
		json_object_set(p->slices, name_of(slice), (json_t *)slice);
	servers_tell(p);
}

static void *servers_watch(void *ctx)
{
	struct dns_push *p = ctx;
	const struct kube_sink sink = { slice_begin, slice_item, slice_end, slice_change, p,
		"dns.watch" };
	char collection[400];

	snprintf(collection, sizeof(collection),
		"/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices", p->namespace);
	kube_watch(&p->config[SERVERS_WATCH], p->o.stop_fd, collection, &sink);
	return NULL;
}

/* --- the keeper: pods are looked up, lists are given -------------------------------------------
 */

/*
 * Where the revisions of this process begin: the API server's own count of changes. An operator
 * that was at work before has counted from a lower one, by no more than the changes that it saw.
 */
static int revision_begin(const struct kube_api *api, uint64_t *ret, struct err *e)
{
	const struct kube_ask ask = { .method = "GET", .path = OBJECTS "?limit=1" };
	autojson json_t *list = NULL;
	const char *version;
	int r = kube_call(api, &ask, &list, e);

	if (r < 0)
		return r;
	version = json_text(json_object_get(list, "metadata"), "resourceVersion");
	*ret = strtoull(version, NULL, 10) << COUNT_BITS;
	return *ret ? 0 : err_set(e, ERR_PROTOCOL, 0, "resourceVersion `%.50s`", version);
}

/* The next pod that is to be looked up. Whether there was one. */
static bool look(struct dns_push *p, const struct kube_api *api, int64_t *ret_next_ms, int *ret_r,
	struct err *e)
{
	autojson json_t *found = NULL;
	struct dns_pod pod;
	char path[640];
	const struct kube_ask ask = { .method = "GET", .path = path };
	bool there;

	pthread_mutex_lock(&p->lock);
	there = dns_list_look(&p->list, clock_wall_ms(), &pod, ret_next_ms);
	pthread_mutex_unlock(&p->lock);
	*ret_r = 0;
	if (!there)
		return false;
	snprintf(path, sizeof(path), "/api/v1/namespaces/%s/pods/%s", pod.namespace, pod.name);
	*ret_r = kube_call(api, &ask, &found, e);
	if (*ret_r == -ERR_NOTFOUND)
		*ret_r = 0;
	if (*ret_r < 0)
		return false;
	pthread_mutex_lock(&p->lock);
	dns_list_found(&p->list, &pod, found, clock_wall_ms());
	pthread_mutex_unlock(&p->lock);
	return true;
}

static int list_give(struct dns_push *p, json_t *request, uint64_t revision, struct err *e)
{
	autoarena struct arena arena;
	ProtobufCMessage *list;
	int r;

	arena_init(&arena, LIST_MAX);
	json_put_int(request, "revision", (long long)revision);
	r = pb_from_json(&gale__dns__v1__sync_request__descriptor, request, &arena, &list, e);
	return r < 0 ? r : dns_servers_give(p->servers, (Gale__Dns__V1__SyncRequest *)list, e);
}

/* The list as it is now, when all of it is known and the servers were given another. */
static int give(struct dns_push *p, uint64_t begin, struct err *e)
{
	autojson json_t *request = NULL;
	uint64_t changes;
	int r;

	pthread_mutex_lock(&p->lock);
	changes = p->list.changes;
	if (dns_list_whole(&p->list) && changes != p->given)
		request = dns_list_request(&p->list);
	pthread_mutex_unlock(&p->lock);
	if (!request)
		return 0;
	r = list_give(p, request, begin + changes, e);
	if (r < 0)
		return r;
	pthread_mutex_lock(&p->lock);
	p->given = changes;
	p->revision = begin + changes;
	pthread_mutex_unlock(&p->lock);
	return 0;
}

static void trouble_note(struct dns_push *p, int r, const struct err *e)
{
	pthread_mutex_lock(&p->lock);
	if (r < 0 && !*p->trouble.msg)
		log_write(LOG_WARN, "dns.list", "error", e->msg, "retrying", "true", NULL);
	p->trouble.msg[0] = '\0';
	if (r < 0)
		p->trouble = *e;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

/* false: the program ends. */
static bool pause_until(struct dns_push *p, int64_t next_ms)
{
	struct pollfd fds[] = { { p->o.stop_fd, POLLIN, 0 }, { p->wake_fd, POLLIN, 0 } };
	int64_t ms = next_ms - clock_wall_ms();
	uint64_t count;

	if (ms < 0 || ms > INT32_MAX)
		ms = ms < 0 ? 0 : INT32_MAX;
	poll(fds, ARRAY_LEN(fds), (int)ms);
	if (fds[1].revents && read(p->wake_fd, &count, sizeof(count)) < 0)
		return true;
	return !fds[0].revents;
}

static void *keep(void *ctx)
{
	struct dns_push *p = ctx;
	const struct kube_api api = { &p->config[KEEPER], p->o.stop_fd };
	uint64_t begin = 0;
	int64_t next_ms;
	bool on = true;

	while (on) {
		struct err e = { 0 };
		int r = begin ? 0 : revision_begin(&api, &begin, &e);

		next_ms = INT64_MAX;
		while (r == 0 && look(p, &api, &next_ms, &r, &e))
			;
		if (r == 0)
			r = give(p, begin, &e);
		trouble_note(p, r, &e);
		on = pause_until(p, r < 0 ? clock_wall_ms() + RETRY_MS : next_ms);
	}
	return NULL;
}

/* --- for a record ----------------------------------------------------------------------------- */

/* The addresses and the port of the Service, where queries go. */
static int service_find(struct dns_push *p, const struct kube_api *api,
	char ret[static DNS_SERVERS_TEXT], struct err *e)
{
	autojson json_t *service = NULL;
	struct buf text = BUF_INIT(DNS_SERVERS_TEXT - 1);
	char path[640];
	const struct kube_ask ask = { .method = "GET", .path = path };
	const json_t *spec, *one;
	long long port = 0;
	size_t i;
	int r;

	snprintf(path, sizeof(path), "/api/v1/namespaces/%s/services/%s", p->namespace, p->name);
	r = kube_call(api, &ask, &service, e);
	if (r < 0)
		return r;
	spec = json_object_get(service, "spec");
	json_array_foreach(json_object_get(spec, "ports"), i, one)
	{
		if (str_eq(json_text(one, "protocol"), "UDP") && port == 0)
			port = json_integer_value(json_object_get(one, "port"));
	}
	json_array_foreach(json_object_get(spec, "clusterIPs"), i, one)
	{
		const char *ip = json_string_value(one);

		if (ip && !str_eq(ip, "None"))
			buf_fmt(&text, strchr(ip, ':') ? "%s[%s]:%lld" : "%s%s:%lld",
				text.len ? "," : "", ip, port);
	}
	snprintf(ret, DNS_SERVERS_TEXT, "%s", buf_text(&text));
	r = port > 0 && text.len > 0 && !text.failed ? 0 : -ERR_BUSY;
	buf_free(&text);
	return r == 0 ? 0
		      : err_set(e, ERR_BUSY, 0, "Service %s/%s: no address with a UDP port",
				p->namespace, p->name);
}

/*
 * Under the lock. *ret_revision: of the list that it is in; 0: the servers cannot tell the pod.
 * -ERR_BUSY: it is on its way; anything else is not worth a wait.
 */
static int list_look(struct dns_push *p, const char *object, const char *pod,
	uint64_t *ret_revision, struct err *e)
{
	enum dns_listed listed = dns_list_has(&p->list, object, pod);

	if (listed == DNS_HOMELESS)
		return err_set(e, ERR_NOTFOUND, 0, "the pod has no address");
	if (listed != DNS_ON_ITS_NODE && *p->trouble.msg)
		return err_set(
			e, ERR_PROTOCOL, 0, "the list for the DNS servers: %.300s", p->trouble.msg);
	if (listed == DNS_UNLISTED || (listed == DNS_LISTED && p->given != p->list.changes))
		return err_set(e, ERR_BUSY, 0, "the list for the DNS servers is not made yet");
	*ret_revision = listed == DNS_LISTED ? p->revision : 0;
	return 0;
}

static int list_wait(struct dns_push *p, const char *object, const char *pod,
	uint64_t *ret_revision, struct err *e)
{
	struct timespec until;
	int r, late = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WAIT_MS / 1000;
	pthread_mutex_lock(&p->lock);
	while ((r = list_look(p, object, pod, ret_revision, e)) == -ERR_BUSY && late == 0)
		late = pthread_cond_timedwait(&p->changed, &p->lock, &until);
	pthread_mutex_unlock(&p->lock);
	return r;
}

int dns_push_wait(struct dns_push *p, const struct kube_api *api, const char *object,
	const char *pod, char ret[static DNS_SERVERS_TEXT], struct err *e)
{
	uint64_t revision = 0;
	int r = list_wait(p, object, pod, &revision, e);

	ret[0] = '\0';
	if (r == 0 && revision != 0)
		r = service_find(p, api, ret, e);
	if (r == 0 && revision != 0)
		r = dns_servers_wait(p->servers, revision, WAIT_MS, e);
	if (r < 0)
		err_wrap(e, "Service %s/%s", p->namespace, p->name);
	return r < 0 ? -ERR_BUSY : 0; /* all of it may change */
}

void dns_push_metrics(struct dns_push *p, struct buf *ret)
{
	dns_servers_metrics(p->servers, ret);
}

/* --- the whole -------------------------------------------------------------------------------- */

int dns_push_new(const struct dns_push_options *o, struct dns_push **ret, struct err *e)
{
	struct dns_push *p = calloc(1, sizeof(*p));
	pthread_condattr_t attr;
	int r = 0;

	if (!p)
		return err_set(e, ERR_NOMEM, ENOMEM, "DNS servers");
	p->o = *o;
	sscanf(o->service, "%255[^/]/%255s", p->namespace, p->name);
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->changed, &attr);
	pthread_condattr_destroy(&attr);
	dns_list_init(&p->list);
	p->slices = json_object();
	p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->wake_fd < 0)
		r = err_set(e, ERR_SYSTEM, errno, "eventfd");
	for (size_t i = 0; i < N_THREADS && r == 0; i++)
		r = kube_config_load(o->kubeconfig, &p->config[i], e);
	if (r == 0)
		r = tls_open_client(&p->o.files, &p->tls, e);
	if (r == 0)
		r = dns_servers_new(p->tls, &p->servers, e);
	if (r < 0)
		dns_push_end(p);
	else
		*ret = p;
	return r;
}

int dns_push_start(struct dns_push *p, struct err *e)
{
	static void *(*const runs[N_THREADS])(void *) = { objects_watch, servers_watch, keep };
	int r = 0;

	for (size_t i = 0; i < N_THREADS && r == 0; i++)
		r = thread_start(&p->threads[i], runs[i], p, e);
	return r;
}

void dns_push_end(struct dns_push *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < N_THREADS; i++)
		thread_join(&p->threads[i]);
	dns_servers_free(p->servers);
	tls_close(p->tls);
	for (size_t i = 0; i < N_THREADS; i++)
		kube_config_free(&p->config[i]);
	dns_list_done(&p->list);
	json_decref(p->slices);
	json_decref(p->fresh);
	if (p->wake_fd >= 0)
		close(p->wake_fd);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
