/* The DNS servers. */
#include "operator/dns_servers.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/str.h"
#include "grpc/client.h"

enum {
	STACK_SIZE = 256 << 10,
	CALL_MS = 3000,	  /* to connect, and for a list to be on its disk */
	AGAIN_MS = 10000, /* the same list again: what is there is not believed for ever */
	RETRY_FIRST_MS = 50,
	RETRY_MOST_MS = 800, /* who comes back has all within a second */
};

/* Fields are changed under the lock of all; a server's thread frees it. */
struct server {
	TAILQ_ENTRY(server) link;
	struct dns_servers *all;
	char address[sizeof(((struct dns_endpoint *)0)->address)];
	char instance[32]; /* of its process, as it said last */
	bool ready, gone;
	uint64_t revision; /* that it holds; 0: not known */
	struct err why;	   /* it does not, where that is known */
	int wake_fd;	   /* there is something else to do */
};

struct dns_servers {
	struct tls *tls;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	TAILQ_HEAD(, server) servers;
	size_t threads;
	uint8_t *list; /* packed; NULL: none was made yet */
	size_t len;
	uint64_t revision;
};

/* --- one server ------------------------------------------------------------------------------- */

static void wake(const struct server *s)
{
	const uint64_t one = 1;

	if (write(s->wake_fd, &one, sizeof(one)) < 0)
		return; /* it is awake */
}

static void woken(const struct server *s)
{
	uint64_t count;

	if (read(s->wake_fd, &count, sizeof(count)) < 0)
		return; /* it was the time */
}

static void failed(struct server *s, const struct err *why)
{
	pthread_mutex_lock(&s->all->lock);
	if (!*s->why.msg)
		log_write(LOG_WARN, "dns.server", "address", s->address, "error", why->msg,
			"retrying", "true", NULL);
	s->why = *why;
	s->revision = 0;
	pthread_cond_broadcast(&s->all->changed);
	pthread_mutex_unlock(&s->all->lock);
}

static void holds(struct server *s, uint64_t revision, const Gale__Dns__V1__SyncResponse *said)
{
	char standing[16];

	pthread_mutex_lock(&s->all->lock);
	snprintf(standing, sizeof(standing), "%u", said->standing);
	if (!str_eq(s->instance, said->instance))
		log_write(LOG_INFO, "dns.server", "address", s->address, "instance", said->instance,
			"experiments", standing, NULL);
	snprintf(s->instance, sizeof(s->instance), "%s", said->instance);
	s->revision = revision;
	s->why.msg[0] = '\0';
	pthread_cond_broadcast(&s->all->changed);
	pthread_mutex_unlock(&s->all->lock);
}

/* The newest list, a copy of its own. NULL: there is none yet. */
static Gale__Dns__V1__SyncRequest *list_copy(struct dns_servers *all)
{
	Gale__Dns__V1__SyncRequest *list = NULL;

	pthread_mutex_lock(&all->lock);
	if (all->list)
		list = gale__dns__v1__sync_request__unpack(NULL, all->len, all->list);
	pthread_mutex_unlock(&all->lock);
	return list;
}

static int give(struct server *s, struct grpc_client *client, struct err *e)
{
	Gale__Dns__V1__SyncRequest *list = list_copy(s->all);
	ProtobufCMessage *said = NULL;
	int r;

	if (!list)
		return 0;
	r = grpc_client_call(client, "/gale.dns.v1.DNS/Sync", &list->base,
		&gale__dns__v1__sync_response__descriptor, CALL_MS, &said, e);
	if (r == 0) {
		holds(s, list->revision, (Gale__Dns__V1__SyncResponse *)said);
		protobuf_c_message_free_unpacked(said, NULL);
	}
	gale__dns__v1__sync_request__free_unpacked(list, NULL);
	return r;
}

static bool is_gone(struct server *s)
{
	bool gone;

	pthread_mutex_lock(&s->all->lock);
	gone = s->gone;
	pthread_mutex_unlock(&s->all->lock);
	return gone;
}

/* As long as the connection stands. */
static int serve(struct server *s, int *retry_ms, struct err *e)
{
	struct grpc_client *client = NULL;
	int r = grpc_client_dial(s->address, s->all->tls, CALL_MS, &client, e);

	while (r == 0 && !is_gone(s)) {
		r = give(s, client, e);
		if (r < 0)
			break;
		*retry_ms = RETRY_FIRST_MS;
		r = grpc_client_wait(client, s->wake_fd, AGAIN_MS, e);
		woken(s);
	}
	grpc_client_free(client);
	return r;
}

static void server_free(struct server *s)
{
	close(s->wake_fd);
	free(s);
}

static void *run(void *ctx)
{
	struct server *s = ctx;
	struct dns_servers *all = s->all;
	int retry_ms = RETRY_FIRST_MS;

	while (!is_gone(s)) {
		struct pollfd fd = { s->wake_fd, POLLIN, 0 };
		struct err e = { 0 };

		if (serve(s, &retry_ms, &e) == 0)
			continue;
		failed(s, &e);
		poll(&fd, 1, retry_ms);
		woken(s);
		retry_ms = retry_ms * 2 < RETRY_MOST_MS ? retry_ms * 2 : RETRY_MOST_MS;
	}
	server_free(s);
	pthread_mutex_lock(&all->lock);
	all->threads--;
	pthread_cond_broadcast(&all->changed);
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

/* --- all of them ------------------------------------------------------------------------------ */

int dns_servers_new(struct tls *tls, struct dns_servers **ret, struct err *e)
{
	struct dns_servers *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (!s)
		return err_set(e, ERR_NOMEM, ENOMEM, "DNS servers");
	s->tls = tls;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->changed, &attr);
	pthread_condattr_destroy(&attr);
	TAILQ_INIT(&s->servers);
	*ret = s;
	return 0;
}

/* Its thread does the rest. */
static void drop(struct server *s)
{
	TAILQ_REMOVE(&s->all->servers, s, link);
	s->gone = true;
	wake(s);
}

static int server_start(struct server *s, struct err *e)
{
	pthread_attr_t attr;
	pthread_t thread;
	int why;

	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake_fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "eventfd");
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	why = pthread_create(&thread, &attr, run, s);
	pthread_attr_destroy(&attr);
	return why == 0 ? 0 : err_set(e, ERR_SYSTEM, why, "thread");
}

static struct server *find(struct dns_servers *all, const char *address)
{
	struct server *s;

	TAILQ_FOREACH(s, &all->servers, link)
	{
		if (str_eq(s->address, address))
			return s;
	}
	return NULL;
}

static void add(struct dns_servers *all, const struct dns_endpoint *p)
{
	struct server *s = calloc(1, sizeof(*s));
	struct err e = { .msg = "no memory" };

	if (s) {
		*s = (struct server){ .all = all, .ready = p->ready, .wake_fd = -1 };
		snprintf(s->address, sizeof(s->address), "%s", p->address);
	}
	if (!s || server_start(s, &e) < 0) {
		log_write(LOG_ERROR, "dns.server", "address", p->address, "error", e.msg, NULL);
		if (s && s->wake_fd >= 0)
			close(s->wake_fd);
		free(s);
		return;
	}
	TAILQ_INSERT_TAIL(&all->servers, s, link);
	all->threads++;
}

void dns_servers_set(struct dns_servers *all, const struct dns_endpoint *v, size_t n)
{
	struct server *s, *next;

	pthread_mutex_lock(&all->lock);
	for (s = TAILQ_FIRST(&all->servers); s; s = next) {
		bool there = false;

		next = TAILQ_NEXT(s, link);
		for (size_t i = 0; i < n; i++)
			there |= str_eq(v[i].address, s->address);
		if (!there)
			drop(s);
	}
	for (size_t i = 0; i < n; i++) {
		s = find(all, v[i].address);
		if (s)
			s->ready = v[i].ready;
		else
			add(all, &v[i]);
	}
	pthread_cond_broadcast(&all->changed);
	pthread_mutex_unlock(&all->lock);
}

int dns_servers_give(struct dns_servers *all, const Gale__Dns__V1__SyncRequest *list, struct err *e)
{
	size_t len = gale__dns__v1__sync_request__get_packed_size(list);
	uint8_t *packed = malloc(len + 1);
	struct server *s;

	if (!packed)
		return err_set(e, ERR_NOMEM, ENOMEM, "list");
	gale__dns__v1__sync_request__pack(list, packed);
	pthread_mutex_lock(&all->lock);
	free(all->list);
	all->list = packed;
	all->len = len;
	all->revision = list->revision;
	TAILQ_FOREACH(s, &all->servers, link) wake(s);
	pthread_mutex_unlock(&all->lock);
	return 0;
}

/* Under the lock. -ERR_BUSY: it is on its way; anything else is not worth a wait. */
static int look(struct dns_servers *all, uint64_t revision, struct err *e)
{
	struct server *s;
	size_t n = 0;
	int r = 0;

	TAILQ_FOREACH(s, &all->servers, link)
	{
		n += s->ready;
		if (s->ready && s->revision < revision && *s->why.msg)
			return err_set(e, ERR_PROTOCOL, 0, "the DNS server %s: %.200s", s->address,
				s->why.msg);
		if (s->ready && s->revision < revision)
			r = err_set(e, ERR_BUSY, 0, "the DNS server %s takes its time", s->address);
	}
	return n > 0 ? r : err_set(e, ERR_NOTFOUND, 0, "no DNS server is ready");
}

int dns_servers_wait(struct dns_servers *all, uint64_t revision, int timeout_ms, struct err *e)
{
	struct timespec until;
	int r, late = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	pthread_mutex_lock(&all->lock);
	while ((r = look(all, revision, e)) == -ERR_BUSY && late == 0)
		late = pthread_cond_timedwait(&all->changed, &all->lock, &until);
	pthread_mutex_unlock(&all->lock);
	return r;
}

void dns_servers_metrics(struct dns_servers *all, struct buf *ret)
{
	size_t n = 0, ready = 0, current = 0;
	struct server *s;

	pthread_mutex_lock(&all->lock);
	TAILQ_FOREACH(s, &all->servers, link)
	{
		n++;
		ready += s->ready;
		current += all->list && s->revision == all->revision;
	}
	pthread_mutex_unlock(&all->lock);
	buf_fmt(ret,
		"# TYPE gale_operator_dns_servers gauge\n"
		"gale_operator_dns_servers{state=\"known\"} %zu\n"
		"gale_operator_dns_servers{state=\"ready\"} %zu\n"
		"gale_operator_dns_servers{state=\"current\"} %zu\n",
		n, ready, current);
}

void dns_servers_free(struct dns_servers *all)
{
	if (!all)
		return;
	pthread_mutex_lock(&all->lock);
	while (!TAILQ_EMPTY(&all->servers))
		drop(TAILQ_FIRST(&all->servers));
	while (all->threads > 0)
		pthread_cond_wait(&all->changed, &all->lock);
	pthread_mutex_unlock(&all->lock);
	pthread_cond_destroy(&all->changed);
	pthread_mutex_destroy(&all->lock);
	free(all->list);
	free(all);
}
