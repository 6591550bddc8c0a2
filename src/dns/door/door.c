/* The doors of the DNS server: what they are made of, and their thread. */
#include "dns/door/door.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include <event2/event.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "dns/book.h"
#include "dns/door/control.h"
#include "dns/door/mesh.h"
#include "dns/door/sync.h"
#include "grpc/health.h"
#include "grpc/server.h"

enum { ORDER_RENEW = 1, ORDER_STOP = 2 };

struct door {
	struct door_options o;
	struct book *book;
	struct event_base *base;
	struct event *orders_event, *durable_event;
	int orders_fd;
	atomic_int orders; /* of other threads */
	uint64_t durable;  /* seen last */
	pthread_t thread;
	bool running;

	struct grpc_offer offer;
	struct grpc_health health;
	struct mesh mesh;
	struct sync sync;
	struct grpc_server *grpc;
	struct tls *tls;
	struct nets from, anybody;
	struct control *control;
};

/* --- on the thread ---------------------------------------------------------------------------- */

static void refused(void *ctx, const char *address, const char *reason)
{
	static struct log_gate gate;

	(void)ctx;
	if (log_gate(&gate, clock_boot_ms()))
		log_write(LOG_WARN, "grpc.refused", "peer", address, "reason", reason, NULL);
}

static void drained(void *ctx)
{
	event_base_loopbreak(ctx);
}

static void on_orders(evutil_socket_t fd, short what, void *arg)
{
	struct door *d = arg;
	eventfd_t n;
	int orders;

	(void)what;
	eventfd_read(fd, &n);
	orders = atomic_exchange(&d->orders, 0);
	if (orders & ORDER_RENEW)
		grpc_server_renew(d->grpc);
	if (orders & ORDER_STOP) {
		atomic_store(&d->health.serving, false);
		grpc_server_drain(d->grpc, drained, d->base);
	}
}

static void release(struct door *d, const struct err *failed)
{
	grpc_server_release(d->grpc, d->durable, failed);
	if (d->control)
		control_release(d->control, d->durable, failed);
}

/* There are changes that have not come to the disk: a wait for the next one ends. */
static bool is_behind(const struct door *d)
{
	struct book_stats stats;

	book_stats(d->book, &stats);
	return 1 + stats.changes > d->durable; /* the first change has ticket 2 */
}

/* Replies wait for the disk. When it was heard of and nothing more is on it, it may have failed. */
static void on_durable(evutil_socket_t fd, short what, void *arg)
{
	struct door *d = arg;
	uint64_t before = d->durable;
	struct err e;
	eventfd_t n;

	(void)what;
	eventfd_read(fd, &n);
	d->durable = book_durable(d->book);
	if (d->durable == before && is_behind(d) && book_wait(d->book, before + 1, &e) < 0)
		release(d, &e);
	else
		release(d, NULL);
}

static void *door_run(void *arg)
{
	struct door *d = arg;

	event_base_loop(d->base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

/* --- made and unmade -------------------------------------------------------------------------- */

static void own_metrics(void *ctx, struct buf *ret)
{
	door_metrics(ctx, ret);
}

static int watch(struct door *d, int fd, event_callback_fn f, struct event **ret, struct err *e)
{
	*ret = event_new(d->base, fd, EV_READ | EV_PERSIST, f, d);
	if (!*ret || event_add(*ret, NULL) < 0)
		return err_set(e, ERR_NOMEM, 0, "no memory for the doors' events");
	return 0;
}

static int loop_open(struct door *d, struct err *e)
{
	int r;

	d->base = event_base_new();
	d->orders_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!d->base || d->orders_fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "the doors' event loop");
	r = watch(d, d->orders_fd, on_orders, &d->orders_event, e);
	if (r == 0 && book_durable_fd(d->book) >= 0)
		r = watch(d, book_durable_fd(d->book), on_durable, &d->durable_event, e);
	return r;
}

static int tls_need(struct door *d, struct err *e)
{
	const struct {
		const char *flag, *path;
	} files[] = {
		{ "grpc-cert", d->o.cert },
		{ "grpc-key", d->o.key },
		{ "grpc-ca", d->o.ca },
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (str_empty(files[i].path))
			return err_set(e, ERR_MISSING, 0,
				"%s: is missing; grpc has mutual TLS (without TLS: grpc-plaintext)",
				files[i].flag);
	return tls_open(
		&(struct tls_files){ d->o.cert, d->o.key, d->o.ca, d->o.clients }, &d->tls, e);
}

static int grpc_open(struct door *d, struct err *e)
{
	const struct grpc_server_options options = { .offer = &d->offer, .refused = refused };
	int r;

	d->mesh = (struct mesh){ d->book, d->o.legacy_ms };
	grpc_offer(&d->offer, mesh_methods, &d->mesh);
	grpc_offer(&d->offer, sync_methods, &d->sync);
	d->health.offer = &d->offer;
	d->health.serving = true;
	grpc_health_offer(&d->health);
	r = grpc_server_new(d->base, &options, &d->grpc, e);
	if (r == 0 && !str_empty(d->o.from)) {
		r = nets_parse(d->o.from, &d->from, e);
		if (r < 0)
			return err_wrap(e, "grpc-plaintext-from");
	}
	if (r == 0 && !str_empty(d->o.grpc)) {
		r = tls_need(d, e);
		if (r == 0)
			r = grpc_server_listen(d->grpc, d->o.grpc, d->tls, &d->anybody, e);
		if (r < 0)
			return err_wrap(e, "grpc");
	}
	if (r == 0 && !str_empty(d->o.plaintext)) {
		r = grpc_server_listen(d->grpc, d->o.plaintext, NULL, &d->from, e);
		if (r < 0)
			return err_wrap(e, "grpc-plaintext");
	}
	return r;
}

static int control_make(struct door *d, struct err *e)
{
	const struct control_options options = {
		.dir = d->o.run,
		.users = d->o.users,
		.sync = &d->sync,
		.metrics = d->o.metrics ? d->o.metrics : own_metrics,
		.metrics_ctx = d->o.metrics ? d->o.metrics_ctx : d,
	};

	return str_empty(d->o.run) ? 0 : control_open(d->base, &options, &d->control, e);
}

static void door_free(struct door *d)
{
	control_close(d->control);
	grpc_server_free(d->grpc);
	tls_close(d->tls);
	nets_free(&d->from);
	sync_done(&d->sync);
	if (d->orders_event)
		event_free(d->orders_event);
	if (d->durable_event)
		event_free(d->durable_event);
	if (d->base)
		event_base_free(d->base);
	if (d->orders_fd >= 0)
		close(d->orders_fd);
	free(d);
}

int door_open(const struct door_options *o, struct book *book, struct door **ret, struct err *e)
{
	struct door *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return err_set(e, ERR_NOMEM, 0, "no memory for the doors");
	d->o = *o;
	d->book = book;
	d->durable = book_durable(book);
	d->orders_fd = -1;
	sync_init(&d->sync, book);
	r = loop_open(d, e);
	if (r == 0)
		r = grpc_open(d, e);
	if (r == 0)
		r = control_make(d, e);
	if (r < 0) {
		door_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

int door_start(struct door *d, struct err *e)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are main's */
	r = pthread_create(&d->thread, NULL, door_run, d);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0)
		return err_set(e, ERR_SYSTEM, r, "the doors' thread");
	pthread_setname_np(d->thread, "doors");
	d->running = true;
	return 0;
}

static void order(struct door *d, int what)
{
	atomic_fetch_or(&d->orders, what);
	eventfd_write(d->orders_fd, 1);
}

int door_reload(struct door *d, struct err *e)
{
	int r = d->tls ? tls_reload(d->tls, e) : 0;

	if (r == 0 && d->tls)
		order(d, ORDER_RENEW);
	return r;
}

void door_stop(struct door *d)
{
	if (!d)
		return;
	if (d->running) {
		order(d, ORDER_STOP);
		pthread_join(d->thread, NULL);
	}
	door_free(d);
}

/* --- figures ---------------------------------------------------------------------------------- */

void door_metrics(const struct door *d, struct buf *ret)
{
	const struct grpc_counts *n = &d->offer.counts;

	buf_str(ret, "# TYPE gale_dns_grpc_calls_total counter\n");
	for (int i = 0; i < GRPC_STATUSES; i++) {
		unsigned long long calls = atomic_load(&n->calls[i]);

		if (calls > 0 || i == GRPC_OK)
			buf_fmt(ret, "gale_dns_grpc_calls_total{code=\"%d\"} %llu\n", i, calls);
	}
	buf_fmt(ret,
		"# TYPE gale_dns_grpc_connections gauge\n"
		"gale_dns_grpc_connections %u\n"
		"# TYPE gale_dns_grpc_refused_total counter\n"
		"gale_dns_grpc_refused_total %llu\n",
		atomic_load(&n->connections), (unsigned long long)atomic_load(&n->refused));
}
