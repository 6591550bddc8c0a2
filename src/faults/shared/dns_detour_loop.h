/* What the UDP and the TCP side of a detour share. Private to them. */
#ifndef FAULTS_SHARED_DNS_DETOUR_LOOP_H
#define FAULTS_SHARED_DNS_DETOUR_LOOP_H

#include <sys/queue.h>

#include "dns/book.h"
#include "dns/wheel.h"
#include "faults/shared/dns_detour.h"

enum {
	DETOUR_PATIENCE_MS = 10000, /* for a server's reply */
	/* Of a server that answers in place of the book: */
	SERVER_PATIENCE_MS = 1500, /* for its reply */
	SERVER_AGAIN_MS = 500,	   /* left alone after a failure, then waited for as long */
	DETOUR_MOST = 4096,	   /* queries under way, and as many connections */
};

struct loop;

/* Something that epoll watches. */
struct source {
	int fd; /* -1: none */
	void (*ready)(struct source *s, struct loop *l, unsigned events);
};

/* How one of the detour's servers is doing. ICMP comes once a second: most failures are silent. */
struct server_state {
	bool failed;
	int64_t again_ms;
};

/* A query that was passed to a server on this host: what it asks in turn is not judged again. */
struct passed {
	LIST_ENTRY(passed) beside;
	struct addr origin;
	struct dns_name name;
	uint16_t type;
};

struct listener {
	struct source source;
	const struct detour_socket *socket;
};

struct loop {
	const struct detour *d;
	int epoll;
	struct wheel wheel;
	struct book_reader *reader;
	LIST_HEAD(, passed) passed;
	unsigned under_way;
	struct listener *listeners;
	struct server_state *servers; /* as many as the detour's */
	uint8_t answer[DNS_MESSAGE_MAX];
};

/* What becomes of one query. */
enum fate { FATE_PASS, FATE_ANSWER, FATE_DROP };

struct judgement {
	enum fate fate;
	uint32_t delay_ms;
	bool has_ttl;
	uint32_t ttl;
	size_t len;	      /* FATE_ANSWER: octets in loop.answer */
	bool led;	      /* FATE_PASS: to the detour's servers first */
	uint32_t patience_ms; /* with each of them */
};

struct judgement loop_judge(struct loop *l, const struct addr *client, const struct addr *origin,
	const uint8_t *packet, size_t len, bool tcp);

/* Where the client addressed it. False: it was not led here. */
bool loop_origin(struct loop *l, const struct detour_socket *s, const struct addr *client,
	const struct addr *local, struct addr *ret);

/* Notes a query that is passed, when its server is on this host. */
void loop_note(struct loop *l, struct passed *p, const struct addr *origin, const uint8_t *packet,
	size_t len);
void loop_unnote(struct passed *p);

/* A socket to a server, marked, non-blocking, connect() under way; watched. False: refused. */
bool loop_connect(struct loop *l, const struct addr *to, int type, struct source *s);
bool loop_watch(struct loop *l, struct source *s, unsigned events);
void loop_change(struct loop *l, struct source *s, unsigned events);
void loop_close(struct source *s);

/* The first of the detour's servers from number on that may be asked; how many there are: none. */
size_t loop_server(const struct loop *l, size_t number);
void loop_server_told(struct loop *l, size_t number, bool failed);

void detour_udp_ready(struct source *s, struct loop *l, unsigned events);
void detour_tcp_ready(struct source *s, struct loop *l, unsigned events);

#endif
