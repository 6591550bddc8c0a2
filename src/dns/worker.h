/* One serving thread: its sockets, its timers, its cache, its upstreams. Nothing is shared. */
#ifndef DNS_WORKER_H
#define DNS_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "dns/book.h"
#include "dns/cache.h"
#include "dns/counters.h"
#include "dns/forward.h"
#include "dns/pending.h"
#include "dns/server.h"
#include "dns/tcp.h"
#include "dns/udp.h"
#include "dns/wheel.h"

struct worker;

/* Something that epoll tells of. Embedded; freed with worker_free_later() once it was watched. */
struct source {
	int fd;
	void (*ready)(struct source *s, struct worker *w, uint32_t events);
	void *next_dead;
};

struct worker {
	struct dns_server *server;
	const struct dns_options *options;
	struct book *book;
	struct book_reader *reader;
	int epoll, cpu; /* cpu: to be pinned to, -1: none */
	struct source wake;
	int64_t now_ms; /* of this turn of the loop: clock_boot_ms() */
	struct wheel wheel;
	struct pendings pendings;
	struct cache *cache; /* NULL: none */
	struct udp udp;
	struct tcp tcp;
	struct forward forward;
	struct counters counters;
	_Atomic uint64_t cache_bytes, waiting; /* for /metrics */
	uint8_t *answer;		       /* room for one answer over TCP */
	struct source *dead;
	unsigned list; /* of upstreams, that it has */
	pthread_t thread;
	bool running;
};

/* By a worker, between two turns: takes over what the server has new; false: it is to end. */
bool dns_server_wanted(struct dns_server *s, struct worker *w);

int worker_init(struct worker *w, struct dns_server *s, const struct dns_options *o,
	struct book *book, struct err *e);
int worker_start(struct worker *w, struct err *e);
/* Any thread: the worker looks at what its server wants (dns_server_wanted) at once. */
void worker_wake(struct worker *w);
void worker_join(struct worker *w);
void worker_done(struct worker *w);

/* By the worker's own thread, or before it runs. */
int worker_watch(struct worker *w, struct source *s, uint32_t events, struct err *e);
void worker_rewatch(struct worker *w, struct source *s, uint32_t events);
/* Closes the source's fd; events for it that came already reach nobody. */
void worker_close(struct source *s);
/* free(s) once no event of this turn can name it any more: s begins with the source. */
void worker_free_later(struct worker *w, struct source *s);

#define COUNT(w, counter) count_add(&(w)->counters.counter, 1)

#endif
