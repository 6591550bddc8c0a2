/*
 * The chaos DNS server as an object: threads that answer, forward and inject, beside whatever else
 * the process does.
 */
#ifndef DNS_SERVER_H
#define DNS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct book;
struct dns_server;

struct dns_options {
	const char
		*listen; /* "127.0.0.1:53,[::1]:53", UDP and TCP on each, port 53 when not said */
	/* "192.0.2.1,[2001:db8::1]:5353", in the order of preference; NULL or "": those of the
	 * file, without the server's own addresses. None at all is no error: what is forwarded
	 * fails. */
	const char *upstreams, *resolv_conf;
	long long timeout_ms;	/* of one try at one upstream */
	long long tries;	/* for one query, over all upstreams */
	unsigned threads;	/* 0: one for each core that the process may use */
	bool pin;		/* each to its core */
	long long cache_bytes;	/* of all threads together, 0: no cache */
	long long cache_ttl_ms; /* nothing is kept for longer */
	long long tcp_max;	/* connections of all threads together */
	long long tcp_idle_ms;
};

/* The defaults: no address, resolv.conf of the host, 1 s and 3 tries, 16 MiB of cache. */
struct dns_options dns_options_default(void);

/*
 * Binds and listens, as the caller's user; nothing runs yet. Strings of the options are not kept;
 * the book (rules) is borrowed until dns_server_free.
 */
int dns_server_open(
	const struct dns_options *o, struct book *book, struct dns_server **ret, struct err *e);

/* Starts the threads, which block all signals. */
int dns_server_start(struct dns_server *s, struct err *e);

/* Other upstreams from now on (as in the options). Sockets, cache and queries under way stay. */
int dns_server_reload(
	struct dns_server *s, const char *upstreams, const char *resolv_conf, struct err *e);

/* Some upstream answered last time, or nothing was asked yet. */
bool dns_server_ready(const struct dns_server *s);

/* One figure for /metrics; labels is "" or {name="value"}. */
typedef void dns_figure_f(
	const char *name, const char *type, const char *labels, uint64_t value, void *ctx);
void dns_server_figures(const struct dns_server *s, dns_figure_f *figure, void *ctx);

/*
 * Closes everything, NULL is fine. Threads take no more queries, and end when those that they have
 * are answered, after 5 s at the latest.
 */
void dns_server_free(struct dns_server *s);

#endif
