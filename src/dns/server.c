/* Threads, their sockets, and what they are told. */
#include "dns/server.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "dns/listen.h"
#include "dns/worker.h"

#define THREADS_MAX 256

struct dns_server {
	struct dns_options options; /* its strings are not used after dns_server_open() */
	struct worker **workers;
	size_t n;
	struct addrs listen;
	pthread_mutex_t lock;
	struct addrs upstreams; /* under the lock */
	atomic_uint list;	/* grows with each new list of upstreams */
	atomic_bool ends;
};

struct dns_options dns_options_default(void)
{
	return (struct dns_options){
		.resolv_conf = "/etc/resolv.conf",
		.timeout_ms = 1000,
		.tries = 3,
		.cache_bytes = 16 << 20,
		.cache_ttl_ms = 3600 * 1000,
		.tcp_max = 1024,
		.tcp_idle_ms = 10000,
	};
}

/* The upstreams. */

/* One of this host's addresses. */
static bool is_local(const struct addr *a)
{
	autoclose int fd = socket(a->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct addr any_port = *a;

	any_port.v4.sin_port = 0;
	return fd >= 0 && bind(fd, &any_port.sa, addr_len(a)) == 0;
}

/* What is sent there comes to the server itself, unless another one has taken just this address. */
static bool is_own(const struct dns_server *s, const struct addr *a)
{
	for (size_t i = 0; i < s->listen.n; i++) {
		const struct addr *own = &s->listen.v[i];

		if (addr_eq(own, a))
			return true;
		if (addr_is_any(own) && own->sa.sa_family == a->sa.sa_family &&
			own->v4.sin_port == a->v4.sin_port && is_local(a))
			return true;
	}
	return false;
}

static int upstreams_check(const struct dns_server *s, const struct addrs *list, struct err *e)
{
	char text[ADDR_TEXT];

	for (size_t i = 0; i < list->n; i++) {
		addr_text(&list->v[i], text);
		if (addrs_has(&s->listen, &list->v[i]))
			return err_illegal(e, "upstream", text, "it must not be this server");
	}
	return 0;
}

static int upstreams_read(struct dns_server *s, const char *text, const char *resolv_conf,
	struct addrs *ret, struct err *e)
{
	size_t kept = 0;
	int r;

	if (!str_empty(text)) {
		r = addrs_parse("upstream", text, 53, ret, e);
		return r == 0 ? upstreams_check(s, ret, e) : r;
	}
	if (str_empty(resolv_conf))
		return 0;
	r = addrs_resolv_conf(resolv_conf, ret, e);
	if (r == -ERR_NOTFOUND)
		return 0;
	for (size_t i = 0; i < ret->n; i++) { /* a host may name us as its resolver */
		if (!is_own(s, &ret->v[i]))
			ret->v[kept++] = ret->v[i];
	}
	ret->n = kept;
	return r;
}

int dns_server_reload(
	struct dns_server *s, const char *upstreams, const char *resolv_conf, struct err *e)
{
	autoaddrs struct addrs list = { 0 };
	struct addrs old;
	int r = upstreams_read(s, upstreams, resolv_conf, &list, e);

	if (r < 0)
		return r;
	pthread_mutex_lock(&s->lock);
	old = s->upstreams;
	s->upstreams = list;
	list = old;
	atomic_fetch_add(&s->list, 1);
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < s->n; i++)
		worker_wake(s->workers[i]);
	return 0;
}

bool dns_server_wanted(struct dns_server *s, struct worker *w)
{
	unsigned list = atomic_load_explicit(&s->list, memory_order_acquire);

	if (list != w->list) {
		pthread_mutex_lock(&s->lock);
		if (forward_set(w, &s->upstreams, NULL) == 0)
			w->list = list;
		pthread_mutex_unlock(&s->lock);
	}
	return !atomic_load_explicit(&s->ends, memory_order_relaxed);
}

/* The sockets. */

/* fd may be an error, as listen_open() returns it. */
static int socket_add(struct worker *w, int fd, bool tcp, struct err *e)
{
	if (fd < 0)
		return fd;
	return tcp ? tcp_add(w, fd, e) : udp_add(w, fd, e);
}

static int address_listen(struct dns_server *s, struct addr *at, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < s->n * 2 && r == 0; i++)
		r = socket_add(s->workers[i / 2], listen_open(at, i % 2, e), i % 2, e);
	return r;
}

static int sockets_open(struct dns_server *s, struct err *e)
{
	const struct dns_options *o = &s->options;
	int r = addrs_parse("listen", o->listen, 53, &s->listen, e);

	for (size_t i = 0; i < s->listen.n && r == 0; i++) {
		r = address_listen(s, &s->listen.v[i], e);
		if (r == -ERR_UNSUPPORTED && addr_is_any(&s->listen.v[i]) && s->listen.n > 1)
			r = 0; /* "everywhere" on a host without IPv6 */
	}
	return r;
}

/* The threads. */

static unsigned cores_get(cpu_set_t *ret)
{
	int n;

	CPU_ZERO(ret);
	if (sched_getaffinity(0, sizeof(*ret), ret) < 0)
		return 1;
	n = CPU_COUNT(ret);
	return n > THREADS_MAX ? THREADS_MAX : (unsigned)n;
}

static int workers_make(struct dns_server *s, struct book *book, struct err *e)
{
	struct dns_options *o = &s->options;
	cpu_set_t cores;
	unsigned n_cores = cores_get(&cores);
	int r = 0, cpu = -1;

	if (!o->threads || o->threads > THREADS_MAX)
		o->threads = n_cores;
	s->workers = calloc(o->threads, sizeof(struct worker *));
	for (unsigned i = 0; i < o->threads && r == 0; i++) {
		struct worker *w = s->workers ? calloc(1, sizeof(*w)) : NULL;

		if (!w)
			return err_set(e, ERR_NOMEM, ENOMEM, "start the server");
		s->workers[s->n++] = w;
		r = worker_init(w, s, o, book, e);
		do
			cpu = (cpu + 1) % CPU_SETSIZE;
		while (o->pin && !CPU_ISSET(cpu, &cores));
		w->cpu = o->pin ? cpu : -1;
	}
	return r;
}

int dns_server_open(
	const struct dns_options *o, struct book *book, struct dns_server **ret, struct err *e)
{
	struct dns_server *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(e, ERR_NOMEM, ENOMEM, "start the server");
	s->options = *o;
	pthread_mutex_init(&s->lock, NULL);
	r = workers_make(s, book, e);
	if (r == 0)
		r = sockets_open(s, e);
	if (r == 0)
		r = dns_server_reload(s, o->upstreams, o->resolv_conf, e);
	if (r < 0) {
		dns_server_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

int dns_server_start(struct dns_server *s, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < s->n && r == 0; i++)
		r = worker_start(s->workers[i], e);
	return r;
}

void dns_server_free(struct dns_server *s)
{
	if (!s)
		return;
	atomic_store(&s->ends, true);
	for (size_t i = 0; i < s->n; i++)
		worker_wake(s->workers[i]);
	for (size_t i = 0; i < s->n; i++) {
		worker_join(s->workers[i]);
		worker_done(s->workers[i]);
		free(s->workers[i]);
	}
	free(s->workers);
	addrs_free(&s->listen);
	addrs_free(&s->upstreams);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Figures. */

bool dns_server_ready(const struct dns_server *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (atomic_load_explicit(&s->workers[i]->forward.up, memory_order_relaxed))
			return true;
	}
	return false;
}

static uint64_t counters_sum(const struct dns_server *s, size_t offset)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->n; i++) {
		const char *base = (const char *)&s->workers[i]->counters;

		sum += atomic_load_explicit(
			(const _Atomic uint64_t *)(base + offset), memory_order_relaxed);
	}
	return sum;
}

void dns_server_figures(const struct dns_server *s, dns_figure_f *figure, void *ctx)
{
	static const struct {
		const char *name, *labels;
		size_t offset;
	} rows[] = {
#define COUNTERS_ROW(member, name, labels) { name, labels, offsetof(struct counters, member) },
		COUNTERS(COUNTERS_ROW)
#undef COUNTERS_ROW
	};
	uint64_t waiting = 0, conns = 0, bytes = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		figure(rows[i].name, "counter", rows[i].labels, counters_sum(s, rows[i].offset),
			ctx);
	for (size_t i = 0; i < s->n; i++) {
		waiting += atomic_load_explicit(&s->workers[i]->waiting, memory_order_relaxed);
		conns += atomic_load_explicit(&s->workers[i]->tcp.seen, memory_order_relaxed);
		bytes += atomic_load_explicit(&s->workers[i]->cache_bytes, memory_order_relaxed);
	}
	figure("gale_dns_queries_waiting", "gauge", "", waiting, ctx);
	figure("gale_dns_tcp_connections", "gauge", "", conns, ctx);
	figure("gale_dns_cache_bytes", "gauge", "", bytes, ctx);
	figure("gale_dns_threads", "gauge", "", s->n, ctx);
}
