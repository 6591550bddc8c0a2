/* Which upstream, by which port, and what becomes of the answer. */
#include "dns/forward.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/rand.h"
#include "dns/batch.h"
#include "dns/query.h"
#include "dns/reply.h"
#include "dns/upstream.h"
#include "dns/worker.h"

#define PORT_QUERIES 10000 /* then another port takes its place */
#define FAILURES     3	   /* one behind the other, and an upstream counts as down */
#define DOWN_MS	     5000  /* for so long; then one query tries it */
#define IDS	     65536

struct forward_out {
	struct upstream_port *port; /* NULL: nothing waits */
	unsigned n;
	struct mmsghdr head[BATCH];
	struct iovec iov[BATCH];
	uint8_t data[BATCH][RELAY_QUERY_MAX + 1];
};

/* Chance. */

static uint16_t forward_random(struct forward *f)
{
	if (f->n_ids == 0) {
		rand_bytes(f->ids, sizeof(f->ids));
		f->n_ids = sizeof(f->ids) / sizeof(f->ids[0]);
	}
	return f->ids[--f->n_ids];
}

/* There are more ids than slots for queries that wait. */
static void id_take(struct forward *f, struct pending *p)
{
	do {
		p->id = forward_random(f);
	} while (f->by_id[p->id]);
	f->by_id[p->id] = p;
}

/* Which upstream. */

static void upstream_well(struct worker *w, struct upstream *u)
{
	u->failures = 0;
	u->down_until_ms = 0;
	atomic_store_explicit(&w->forward.up, true, memory_order_relaxed);
}

static void upstream_failed(struct worker *w, struct upstream *u)
{
	struct forward *f = &w->forward;
	bool up = false;

	if (++u->failures >= FAILURES)
		u->down_until_ms = w->now_ms + DOWN_MS;
	for (size_t i = 0; i < f->n; i++)
		up |= f->v[i]->failures < FAILURES;
	atomic_store_explicit(&f->up, up, memory_order_relaxed);
}

/* The first that is up and was not tried, else the first that was not tried, else the first up. */
static struct upstream *upstream_choose(struct worker *w, struct pending *p)
{
	struct forward *f = &w->forward;
	int best = -1, best_rank = 0;

	for (size_t i = 0; i < f->n; i++) {
		bool up = f->v[i]->down_until_ms <= w->now_ms;
		int rank = 1 + up + 2 * !(p->tried & 1u << i);

		if (rank > best_rank) {
			best_rank = rank;
			best = (int)i;
		}
	}
	if (best < 0)
		return NULL;
	p->tried |= 1u << best;
	if (f->v[best]->down_until_ms) /* this query finds out; the next ones do not wait for it */
		f->v[best]->down_until_ms = w->now_ms + DOWN_MS;
	return f->v[best];
}

static bool untried(const struct forward *f, const struct pending *p)
{
	return f->n > (size_t)__builtin_popcount(p->tried & (uint32_t)((1ull << f->n) - 1));
}

/* By which port. */

static struct upstream_port *port_choose(struct worker *w, struct upstream *u)
{
	struct upstream_port *port = &u->ports[forward_random(&w->forward) % UPSTREAM_PORTS];

	if (port->source.fd >= 0 && port->asked >= PORT_QUERIES && LIST_EMPTY(&port->waiting))
		worker_close(&port->source);
	if (port->source.fd < 0) {
		port->asked = 0;
		port->source.fd = upstream_socket(u, SOCK_DGRAM);
		if (port->source.fd >= 0 && worker_watch(w, &port->source, EPOLLIN, NULL) < 0)
			worker_close(&port->source);
	}
	return port->source.fd >= 0 ? port : NULL;
}

/* Whoever waits for this port has its next try. */
static void port_failed(struct worker *w, struct upstream_port *port)
{
	struct pending_list waiting = port->waiting;
	struct pending *p = LIST_FIRST(&waiting);

	LIST_INIT(&port->waiting); /* it fills again when there is no other upstream */
	if (p)
		p->beside.le_prev = &waiting.lh_first;
	COUNT(w, upstream_refused);
	upstream_failed(w, port->upstream);
	while ((p = LIST_FIRST(&waiting))) {
		forward_forget(w, p);
		forward_try(w, p);
	}
}

static void out_flush(struct worker *w)
{
	struct forward_out *out = w->forward.out;
	struct upstream_port *port = out->port;
	unsigned sent = 0, n = out->n;

	out->port = NULL;
	out->n = 0;
	while (sent < n) {
		int r = sendmmsg(port->source.fd, out->head + sent, n - sent, MSG_DONTWAIT);

		if (r > 0) {
			sent += (unsigned)r;
		} else if (errno == EAGAIN) {
			count_add(&w->counters.send_losses, n - sent);
			return; /* lost on the way: their time-outs know what to do */
		} else if (errno != EINTR) {
			port_failed(w, port);
			return;
		}
	}
}

static bool udp_ask(struct worker *w, struct pending *p)
{
	struct forward_out *out = w->forward.out;
	unsigned i;

	if (out->port && (out->port->upstream != p->upstream || out->n == BATCH))
		out_flush(w);
	if (!out->port)
		out->port = port_choose(w, p->upstream);
	if (!out->port)
		return false;
	i = out->n++;
	out->iov[i].iov_len = relay_query(&p->q, p->id, p->edns, out->data[i]);
	p->port = out->port;
	p->port->asked++;
	LIST_INSERT_HEAD(&p->port->waiting, p, beside);
	return true;
}

/* A try. */

static void try_over(struct timer *t, void *ctx)
{
	struct pending *p = (struct pending *)t;
	struct worker *w = ctx;

	COUNT(w, upstream_timeouts);
	upstream_failed(w, p->upstream);
	forward_forget(w, p);
	forward_try(w, p);
}

static void try_begin(struct worker *w, struct pending *p, struct upstream *u)
{
	p->upstream = u;
	u->waiting++;
	p->edns = !u->plain;
	id_take(&w->forward, p);
	p->timer.due = try_over;
	wheel_set(&w->wheel, &p->timer, w->now_ms + w->options->timeout_ms);
}

void forward_forget(struct worker *w, struct pending *p)
{
	w->forward.by_id[p->id] = NULL;
	LIST_REMOVE(p, beside);
	wheel_unset(&p->timer);
	p->upstream->waiting--;
	p->upstream = NULL;
}

void forward_try(struct worker *w, struct pending *p)
{
	while (p->tries < w->options->tries) {
		struct upstream *u = upstream_choose(w, p);

		if (!u)
			break;
		p->tries++;
		COUNT(w, forwarded);
		try_begin(w, p, u);
		if (udp_ask(w, p))
			return;
		upstream_failed(w, u);
		LIST_INSERT_HEAD(&u->ports[0].waiting, p, beside);
		forward_forget(w, p);
	}
	query_fail(w, p);
}

void forward_flush(struct worker *w)
{
	struct upstream **at = &w->forward.retired;

	while (w->forward.out->port)
		out_flush(w);
	while (*at) {
		struct upstream *u = *at;

		if (u->waiting > 0) {
			at = &u->next_retired;
			continue;
		}
		*at = u->next_retired;
		upstream_free(w, u);
	}
}

/* Answers. */

/* How some servers say that they know no EDNS: by a header alone. */
static bool reply_bare(const struct pending *p, const uint8_t *reply, size_t len)
{
	unsigned rcode = reply[3] & DNS_RCODE;

	return p->edns && len == DNS_HEADER && reply[2] & DNS_QR >> 8 && dns_u16(reply + 4) == 0 &&
	       (rcode == DNS_FORMERR || rcode == DNS_NOTIMP);
}

/* The query that this answers, by this way; NULL: none. */
static struct pending *reply_match(const struct forward *f, const struct upstream *u,
	const struct upstream_port *port, const uint8_t *reply, size_t len)
{
	uint16_t id = len >= DNS_HEADER ? dns_u16(reply) : 0;
	struct pending *p = f->by_id[id];

	if (len < DNS_HEADER || !p || p->upstream != u || p->port != port)
		return NULL;
	if (reply_bare(p, reply, len))
		return p;
	return dns_reply_fits(reply, len, id, &p->q) ? p : NULL;
}

/* As if this upstream had not been asked. */
static void try_undo(const struct forward *f, struct pending *p, const struct upstream *u)
{
	p->tries--;
	for (size_t i = 0; i < f->n; i++) {
		if (f->v[i] == u)
			p->tried &= ~(1u << i);
	}
}

/* Another upstream may know better. */
static bool reply_poor(const struct worker *w, const struct pending *p, const struct relayed *r)
{
	return (r->rcode == DNS_SERVFAIL || r->rcode == DNS_REFUSED) &&
	       p->tries < w->options->tries && untried(&w->forward, p);
}

/* An upstream that knows no EDNS. */
static bool reply_plain(const struct pending *p, const struct relayed *r)
{
	return p->edns && !r->edns && (r->rcode == DNS_FORMERR || r->rcode == DNS_NOTIMP);
}

void forward_reply(struct worker *w, struct upstream *u, struct upstream_port *port, uint8_t *reply,
	size_t len)
{
	struct pending *p = reply_match(&w->forward, u, port, reply, len);
	struct relayed r;

	if (!p || !relay_read(reply, len, &r)) {
		COUNT(w, upstream_unexpected);
		return;
	}
	COUNT(w, upstream_answers);
	forward_forget(w, p);
	upstream_well(w, u);
	if (r.truncated && port) {
		try_begin(w, p, u);
		upstream_tcp_ask(w, u, p);
	} else if (reply_plain(p, &r)) {
		u->plain = true;
		try_undo(&w->forward, p, u);
		forward_try(w, p);
	} else if (reply_poor(w, p, &r)) {
		forward_try(w, p);
	} else {
		query_relay(w, p, reply, &r);
	}
}

void forward_port_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct upstream_port *port = (struct upstream_port *)s;
	struct batch *b = w->forward.in;
	int n;

	(void)events;
	do {
		n = batch_receive(b, s->fd);
		if (n < 0)
			port_failed(w, port);
		for (int i = 0; i < n; i++) {
			size_t len;
			uint8_t *reply = batch_data(b, i, &len);

			forward_reply(w, port->upstream, port, reply, len);
		}
	} while (n == BATCH);
}

/* The list. */

int forward_set(struct worker *w, const struct addrs *list, struct err *e)
{
	struct forward *f = &w->forward;
	struct upstream *old[FORWARD_UPSTREAMS], *fresh[FORWARD_UPSTREAMS];
	size_t n = list->n < FORWARD_UPSTREAMS ? list->n : FORWARD_UPSTREAMS, n_old = f->n;

	memcpy(old, f->v, sizeof(old));
	for (size_t i = 0; i < n; i++) {
		fresh[i] = NULL;
		for (size_t k = 0; k < n_old && !fresh[i]; k++) {
			if (old[k] && addr_eq(&old[k]->addr, &list->v[i])) {
				fresh[i] = old[k];
				old[k] = NULL;
			}
		}
		if (!fresh[i])
			fresh[i] = upstream_new(&list->v[i]);
		if (!fresh[i]) /* those that were taken over are not lost: the process ends */
			return err_set(e, ERR_NOMEM, ENOMEM, "keep the upstreams");
	}
	for (size_t k = 0; k < n_old; k++) {
		if (!old[k])
			continue;
		old[k]->next_retired = f->retired;
		f->retired = old[k];
	}
	memcpy(f->v, fresh, n * sizeof(fresh[0]));
	f->n = n;
	return 0;
}

int forward_init(struct worker *w, struct err *e)
{
	struct forward *f = &w->forward;

	f->by_id = calloc(IDS, sizeof(struct pending *));
	f->out = calloc(1, sizeof(*f->out));
	f->in = calloc(1, sizeof(*f->in));
	if (!f->by_id || !f->out || !f->in)
		return err_set(e, ERR_NOMEM, ENOMEM, "forward queries");
	batch_init(f->in, false);
	for (size_t i = 0; i < BATCH; i++) {
		f->out->iov[i].iov_base = f->out->data[i];
		f->out->head[i].msg_hdr = (struct msghdr){ .msg_iov = &f->out->iov[i],
			.msg_iovlen = 1 };
	}
	atomic_store(&f->up, true);
	return 0;
}

void forward_done(struct worker *w)
{
	struct forward *f = &w->forward;

	for (size_t i = 0; i < f->n; i++)
		upstream_free(w, f->v[i]);
	while (f->retired) {
		struct upstream *u = f->retired;

		f->retired = u->next_retired;
		upstream_free(w, u);
	}
	free(f->by_id);
	free(f->out);
	free(f->in);
}
