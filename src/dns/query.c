/* Read, decide, answer: in this order, whatever is in the cache. */
#include "dns/query.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "dns/answer.h"
#include "dns/worker.h"

enum { DNS_TYPES_META = 128 };

struct room {
	uint8_t *at;
	size_t max;
};

/* Answers over UDP are built where they are sent from. */
static struct room room_for(struct worker *w, const struct asker *to, const struct dns_query *q)
{
	return (struct room){ to->port ? udp_room(to->port) : w->answer,
		dns_answer_limit(q, !to->port) };
}

static void answer_send(struct worker *w, const struct asker *to, size_t len)
{
	if (to->port)
		udp_send(w, to, len);
	else
		tcp_send(w, to->conn, w->answer, len);
}

static void answer_none(struct worker *w, const struct asker *to)
{
	if (to->conn)
		tcp_forget(w, to->conn);
}

static void answer_rcode(
	struct worker *w, const struct asker *to, const struct dns_query *q, unsigned rcode)
{
	struct room room = room_for(w, to, q);

	answer_send(w, to, dns_answer_rcode(q, rcode, room.at, room.max));
}

static struct cache_key key_of(const struct dns_query *q)
{
	return (struct cache_key){ .question = q->packet + DNS_HEADER,
		.len = q->question,
		.flags = (uint8_t)((q->flags & DNS_RD ? 1 : 0) | (q->flags & DNS_CD ? 2 : 0) |
				   (q->dnssec_ok ? 4 : 0)) };
}

/* From the cache; false: it is not there. */
static bool answer_cached(
	struct worker *w, const struct asker *to, const struct dns_query *q, const uint32_t *ttl)
{
	struct room room = room_for(w, to, q);
	struct relay_to relay = { .q = q, .ttl = ttl, .out = room.at, .max = room.max };
	struct cache_key key = key_of(q);
	size_t len = w->cache ? cache_get(w->cache, &key, room.at, room.max, w->now_ms) : 0;

	if (!len)
		return false;
	COUNT(w, cache_hits);
	answer_send(w, to, relay_answer(&relay, room.at, len, DNS_NOERROR));
	return true;
}

static void delay_over(struct timer *t, void *ctx);

/* The query as if there were no rules, but for the TTL of its answer. */
static void query_serve(struct worker *w, const struct asker *from, const struct dns_query *q,
	const struct decision *d)
{
	struct pending *p;

	if (!d->delay_ms && answer_cached(w, from, q, d->has_ttl ? &d->ttl : NULL))
		return;
	p = pending_take(&w->pendings, from, q);
	if (!p) {
		COUNT(w, overloads);
		answer_rcode(w, from, q, DNS_SERVFAIL);
		return;
	}
	p->ttl = d->ttl;
	p->has_ttl = d->has_ttl;
	if (d->delay_ms) {
		p->timer.due = delay_over;
		wheel_set(&w->wheel, &p->timer, w->now_ms + d->delay_ms);
		return;
	}
	COUNT(w, cache_misses);
	forward_try(w, p);
}

/* An answer that a rule made up, at once or after its delay; len 0: none. */
static void answer_made(struct worker *w, const struct asker *to, const struct dns_query *q,
	const struct decision *d, size_t len)
{
	struct pending *p;

	if (len && !d->delay_ms) {
		answer_send(w, to, len);
		return;
	}
	p = len ? pending_take(&w->pendings, to, q) : NULL;
	if (p)
		p->held = malloc(len);
	if (!p || !p->held) {
		if (p)
			pending_give(&w->pendings, p);
		answer_none(w, to);
		return;
	}
	memcpy(p->held, to->port ? udp_room(to->port) : w->answer, len);
	p->held_len = len;
	p->timer.due = delay_over;
	wheel_set(&w->wheel, &p->timer, w->now_ms + d->delay_ms);
}

static void delay_over(struct timer *t, void *ctx)
{
	struct pending *p = (struct pending *)t; /* its first member */
	struct worker *w = ctx;
	struct asker to = p->asker;
	struct room room;

	if (!p->held) {
		if (!answer_cached(w, &to, &p->q, p->has_ttl ? &p->ttl : NULL)) {
			COUNT(w, cache_misses);
			forward_try(w, p);
			return;
		}
	} else {
		room = room_for(w, &to, &p->q);
		memcpy(room.at, p->held, p->held_len);
		answer_send(w, &to, p->held_len);
	}
	pending_give(&w->pendings, p);
}

/* What is answered without asking anybody: the rcode, 0: nothing of the kind. */
static unsigned refusal_of(const struct dns_query *q)
{
	if (q->class != DNS_IN || q->type == DNS_IXFR || q->type == DNS_AXFR)
		return DNS_REFUSED;
	if (q->type == 0 || q->type == DNS_OPT)
		return DNS_FORMERR;
	return q->type >= DNS_TYPES_META && q->type < DNS_IXFR ? DNS_NOTIMP : DNS_NOERROR;
}

static void decision_count(struct worker *w, const struct decision *d)
{
	static const size_t offsets[] = {
		[DNS_DO_NOTHING] = offsetof(struct counters, do_nothing),
		[DNS_DO_ERROR] = offsetof(struct counters, do_error),
		[DNS_DO_RANDOM] = offsetof(struct counters, do_random),
		[DNS_DO_STATIC] = offsetof(struct counters, do_static),
		[DNS_DO_DROP] = offsetof(struct counters, do_drop),
		[DNS_DO_TRUNCATE] = offsetof(struct counters, do_truncate),
	};

	count_add((_Atomic uint64_t *)((char *)&w->counters + offsets[d->what]), 1);
	if (d->delay_ms)
		COUNT(w, delayed);
}

static void query_decided(struct worker *w, const struct asker *from, const struct dns_query *q,
	const struct decision *d)
{
	struct room room;

	decision_count(w, d);
	switch (d->what) {
	case DNS_DO_ERROR:
	case DNS_DO_RANDOM:
	case DNS_DO_STATIC:
	case DNS_DO_TRUNCATE:
		room = room_for(w, from, q);
		answer_made(w, from, q, d, rule_answer(d, q, room.at, room.max));
		return;
	case DNS_DO_DROP:
		answer_none(w, from);
		return;
	default: /* a delay and a TTL are for whatever is answered */
		query_serve(w, from, q, d);
	}
}

void query_take(struct worker *w, const struct asker *from, const uint8_t *packet, size_t len)
{
	struct dns_address client;
	struct decision d;
	struct dns_query q;
	int r = dns_query_parse(packet, len, &q);

	if (r == DNS_IGNORE) {
		COUNT(w, ignored);
		answer_none(w, from);
		return;
	}
	if (r == DNS_NOERROR)
		r = (int)refusal_of(&q);
	if (r != DNS_NOERROR) {
		if (r == DNS_FORMERR)
			COUNT(w, malformed);
		else
			COUNT(w, unsupported);
		answer_rcode(w, from, &q, (unsigned)r);
		return;
	}
	dns_address_from(&from->from.sa, &client);
	book_decide(w->reader, &client, &q, from->conn != NULL, w->now_ms, &d);
	query_decided(w, from, &q, &d);
}

void query_relay(
	struct worker *w, struct pending *p, const uint8_t *reply, const struct relayed *relayed)
{
	struct asker to = p->asker;
	struct room room = room_for(w, &to, &p->q);
	struct relay_to relay = {
		.q = &p->q,
		.ttl = p->has_ttl ? &p->ttl : NULL,
		.out = room.at,
		.max = room.max,
	};
	struct cache_key key = key_of(&p->q);
	int64_t keep_ms = relayed->keep_s * 1000ll;

	if (keep_ms > w->options->cache_ttl_ms)
		keep_ms = w->options->cache_ttl_ms;
	if (w->cache)
		cache_put(w->cache, &key, reply, relayed->len, w->now_ms, w->now_ms + keep_ms);
	answer_send(w, &to, relay_answer(&relay, reply, relayed->len, relayed->rcode));
	pending_give(&w->pendings, p);
}

void query_fail(struct worker *w, struct pending *p)
{
	struct asker to = p->asker;

	COUNT(w, forward_failures);
	answer_rcode(w, &to, &p->q, DNS_SERVFAIL);
	pending_give(&w->pendings, p);
}
