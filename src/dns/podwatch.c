/* Where the pods are. */
#include "dns/podwatch.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "kube/config.h"
#include "kube/pod.h"
#include "kube/watch.h"

/* A pod of a list that is being read. */
struct listed {
	char *name;
	struct dns_address *addresses;
	size_t n_addresses;
};

struct podwatch {
	struct kube_config config;
	struct book *book;
	pthread_t thread;
	bool has_thread;
	int stop_fd;
	struct listed *list;
	size_t n, cap;
	bool no_memory;
};

/* --- a pod ------------------------------------------------------------------------------------ */

static size_t read_addresses(const struct kube_pod *pod, struct dns_address ret[KUBE_POD_ADDRESSES])
{
	size_t n = 0;

	for (size_t i = 0; i < pod->n_addresses; i++) {
		struct dns_client c;

		if (dns_client_parse(pod->addresses[i], &c, NULL) == 0 &&
			c.kind == DNS_CLIENT_NET && c.prefix == 128)
			ret[n++] = c.net;
	}
	return n;
}

static void book_failed(const struct err *e)
{
	log_write(LOG_ERROR, "pods.lost", "error", e->msg, "ignored", "true", NULL);
}

/* --- the list --------------------------------------------------------------------------------- */

static void list_reset(struct podwatch *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->list[i].name);
		free(w->list[i].addresses);
	}
	w->n = 0;
	w->no_memory = false;
}

static void list_begin(void *ctx)
{
	list_reset(ctx);
}

static bool list_add(struct podwatch *w, const struct kube_pod *pod)
{
	struct dns_address addresses[KUBE_POD_ADDRESSES];
	struct listed one = { .n_addresses = read_addresses(pod, addresses) };

	if (w->n == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 256;
		struct listed *more = reallocarray(w->list, cap, sizeof(*more));

		if (!more)
			return false;
		w->list = more;
		w->cap = cap;
	}
	one.name = strdup(pod->name);
	one.addresses = calloc(one.n_addresses + 1, sizeof(*addresses));
	if (!one.name || !one.addresses) {
		free(one.name);
		free(one.addresses);
		return false;
	}
	memcpy(one.addresses, addresses, one.n_addresses * sizeof(*addresses));
	w->list[w->n++] = one;
	return true;
}

static void list_item(const json_t *object, void *ctx)
{
	struct podwatch *w = ctx;
	struct kube_pod pod;

	if (kube_pod_read(object, &pod) && !list_add(w, &pod))
		w->no_memory = true;
}

static void list_end(void *ctx)
{
	struct podwatch *w = ctx;
	struct book_pod *pods = calloc(w->n + 1, sizeof(*pods));
	char count[32];
	struct err e;

	for (size_t i = 0; pods && i < w->n; i++)
		pods[i] = (struct book_pod){ w->list[i].name, w->list[i].addresses,
			w->list[i].n_addresses, false };
	if (!pods || w->no_memory) {
		err_set(&e, ERR_NOMEM, ENOMEM, "list of pods");
		book_failed(&e);
	} else if (book_pods(w->book, pods, w->n, true, &e) < 0) {
		book_failed(&e);
	} else {
		snprintf(count, sizeof(count), "%zu", w->n);
		log_write(LOG_INFO, "pods.listed", "pods", count, NULL);
	}
	free(pods);
	list_reset(w);
}

/* --- changes ---------------------------------------------------------------------------------- */

static void change(enum kube_change what, const json_t *object, void *ctx)
{
	struct podwatch *w = ctx;
	struct dns_address addresses[KUBE_POD_ADDRESSES];
	struct kube_pod pod;
	struct book_pod seen;
	struct err e;

	if (!kube_pod_read(object, &pod))
		return;
	seen = (struct book_pod){ pod.name, addresses, read_addresses(&pod, addresses),
		what == KUBE_DELETED };
	if (book_pods(w->book, &seen, 1, false, &e) < 0)
		book_failed(&e);
}

/* --- the thread ------------------------------------------------------------------------------- */

static void *run(void *ctx)
{
	struct podwatch *w = ctx;
	const struct kube_sink sink = { list_begin, list_item, list_end, change, w, "pods.watch" };

	kube_watch(&w->config, w->stop_fd, "/api/v1/pods", &sink);
	return NULL;
}

int podwatch_open(const char *kubeconfig, struct book *b, struct podwatch **ret, struct err *e)
{
	struct podwatch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return err_set(e, ERR_NOMEM, ENOMEM, "watch of the pods");
	w->book = b;
	w->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = w->stop_fd < 0 ? err_set(e, ERR_SYSTEM, errno, "eventfd")
			   : kube_config_load(kubeconfig, &w->config, e);
	if (r < 0)
		podwatch_stop(w);
	else
		*ret = w;
	return r;
}

int podwatch_start(struct podwatch *w, struct err *e)
{
	int r = pthread_create(&w->thread, NULL, run, w);

	if (r != 0)
		return err_set(e, ERR_SYSTEM, r, "thread of the watch of the pods");
	w->has_thread = true;
	return 0;
}

void podwatch_stop(struct podwatch *w)
{
	uint64_t one = 1;

	if (!w)
		return;
	if (w->has_thread && write(w->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(w->thread, NULL);
	if (w->stop_fd >= 0)
		close(w->stop_fd);
	list_reset(w);
	free(w->list);
	kube_config_free(&w->config);
	free(w);
}
