/* The loop of one serving thread. */
#include "dns/worker.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "dns/listen.h"
#include "dns/query.h"

#define EVENTS	    64
#define PENDINGS    16384 /* queries that wait, of one thread; more get SERVFAIL */
#define END_MS	    5000  /* for which what is under way at the end may take */
#define ANSWER_ROOM (DNS_MESSAGE_MAX + 1)

/* Sources. */

int worker_watch(struct worker *w, struct source *s, uint32_t events, struct err *e)
{
	struct epoll_event event = { .events = events, .data.ptr = s };

	if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, s->fd, &event) < 0)
		return err_set(e, ERR_SYSTEM, errno, "watch a socket");
	return 0;
}

void worker_rewatch(struct worker *w, struct source *s, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = s };

	epoll_ctl(w->epoll, EPOLL_CTL_MOD, s->fd, &event);
}

void worker_close(struct source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void worker_free_later(struct worker *w, struct source *s)
{
	s->next_dead = w->dead;
	w->dead = s;
}

static void dead_free(struct worker *w)
{
	while (w->dead) {
		struct source *s = w->dead;

		w->dead = s->next_dead;
		free(s);
	}
}

/* The loop. */

static void woken(struct source *s, struct worker *w, uint32_t events)
{
	uint64_t count;

	(void)w;
	(void)events;
	(void)!read(s->fd, &count, sizeof(count)); /* what for, the loop asks after each sleep */
}

void worker_wake(struct worker *w)
{
	const uint64_t one = 1;

	(void)!write(w->wake.fd, &one, sizeof(one));
}

static void worker_turn(struct worker *w)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(w->epoll, events, EVENTS, wheel_wait(&w->wheel, w->now_ms));

	w->now_ms = clock_boot_ms();
	for (int i = 0; i < n; i++) {
		struct source *s = events[i].data.ptr;

		if (s->fd >= 0)
			s->ready(s, w, events[i].events);
	}
	wheel_run(&w->wheel, w->now_ms, w);
	forward_flush(w);
	udp_flush(w);
	dead_free(w);
	atomic_store_explicit(&w->waiting, w->pendings.used, memory_order_relaxed);
	atomic_store_explicit(&w->tcp.seen, w->tcp.open, memory_order_relaxed);
	if (w->cache)
		atomic_store_explicit(&w->cache_bytes, cache_used(w->cache), memory_order_relaxed);
}

static void end_over(struct timer *t, void *ctx)
{
	(void)t, (void)ctx; /* it is off now: that is seen */
}

/* What has come is answered, for a while. */
static void worker_end(struct worker *w)
{
	struct timer end = { .due = end_over };

	udp_end(w);
	tcp_end(w);
	wheel_set(&w->wheel, &end, w->now_ms + END_MS);
	while (end.due_ms && (w->pendings.used || w->tcp.open))
		worker_turn(w);
	wheel_unset(&end);
}

static void *worker_run(void *ctx)
{
	struct worker *w = ctx;
	cpu_set_t set;

	if (w->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(w->cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	while (dns_server_wanted(w->server, w))
		worker_turn(w);
	worker_end(w);
	return NULL;
}

int worker_start(struct worker *w, struct err *e)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&w->thread, NULL, worker_run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0)
		return err_set(e, ERR_SYSTEM, r, "start a thread");
	w->running = true;
	return 0;
}

void worker_join(struct worker *w)
{
	if (w->running)
		pthread_join(w->thread, NULL);
	w->running = false;
}

int worker_init(struct worker *w, struct dns_server *s, const struct dns_options *o,
	struct book *book, struct err *e)
{
	int r;

	*w = (struct worker){ .server = s, .options = o, .book = book, .cpu = -1 };
	w->now_ms = clock_boot_ms();
	wheel_init(&w->wheel, w->now_ms);
	TAILQ_INIT(&w->tcp.conns);
	w->tcp.most = (size_t)(o->tcp_max + o->threads - 1) / o->threads;
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->wake = (struct source){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), woken, NULL };
	if (w->epoll < 0 || w->wake.fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "make an event loop");
	w->answer = malloc(ANSWER_ROOM);
	if (o->cache_bytes > 0)
		w->cache = cache_new((size_t)o->cache_bytes / o->threads);
	if (!w->answer || (o->cache_bytes > 0 && !w->cache) ||
		pendings_init(&w->pendings, PENDINGS) < 0)
		return err_set(e, ERR_NOMEM, ENOMEM, "serve queries");
	r = forward_init(w, e);
	if (r == 0)
		r = book_reader_new(book, &w->reader, e);
	return r == 0 ? worker_watch(w, &w->wake, EPOLLIN, e) : r;
}

void worker_done(struct worker *w)
{
	tcp_done(w);
	udp_done(&w->udp);
	forward_done(w);
	dead_free(w);
	pendings_done(&w->pendings);
	cache_free(w->cache);
	free(w->answer);
	book_reader_free(w->reader);
	worker_close(&w->wake);
	if (w->epoll >= 0)
		close(w->epoll);
}
