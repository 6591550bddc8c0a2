/* What changes while a fault runs. */
#include "net/traffic/follow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "fault/ready.h"
#include "net/traffic/learn.h"
#include "net/traffic/names.h"
#include "net/traffic/sockets.h"
#include "sys/bpf.h"

enum { EVERY_MS = 2000 };

struct following {
	struct run *run;
	const struct settled *s;
	struct live_keys now[LIVE_SOCKET + 1]; /* by kind, ascending: what is in the set */
};

static void name_key(struct buf *b, const struct live_key *k)
{
	char text[INET6_ADDRSTRLEN];
	struct net net = live_net(k);

	inet_ntop(net.family, net.addr, text, sizeof(text));
	buf_fmt(b, "%s%s", b->len > 0 ? "," : "", text);
}

/* Those that the programs of learn.c have put there are ours to remove. */
static int list_learnt(const struct following *f, struct live_keys *now, struct err *e)
{
	size_t had = now->n;
	struct live_key key, next;
	const struct live_key *at = NULL;
	uint32_t value;
	int r = 0;

	for (; r == 0 && bpf_set_next(f->s->traffic.found.set, at, &next, &value); at = &key) {
		key = next;
		if (value == LIVE_LEARNT &&
			!live_keys_has(&(struct live_keys){ now->v, had }, &key))
			r = live_keys_add(now, &key, e);
	}
	live_keys_sort(now);
	return r;
}

/* First what is new, then what is gone: nobody who is meant is left out meanwhile. Takes next. */
static int replace(struct following *f, enum live_kind kind, struct live_keys *next,
	bool *ret_changed, struct err *e)
{
	int set = f->s->traffic.found.set, r = 0;
	struct live_keys *now = &f->now[kind];

	*ret_changed = false;
	live_keys_sort(next);
	for (size_t i = 0; i < next->n && r == 0; i++) {
		if (live_keys_has(now, &next->v[i]))
			continue;
		*ret_changed = true;
		r = live_add(set, &next->v[i], e);
	}
	for (size_t i = 0; i < now->n && r == 0; i++) {
		if (live_keys_has(next, &now->v[i]))
			continue;
		*ret_changed = true;
		r = live_remove(set, &now->v[i], e);
	}
	live_keys_free(now);
	*now = *next;
	return r;
}

static int look_up(struct following *f, enum live_kind kind, const char *names, struct err *e)
{
	struct places const *places = &f->s->places;
	autobuf struct buf text = BUF_INIT(300);
	struct nets found = { 0 };
	struct live_keys next = { 0 };
	bool changed = false;
	int r = names_lookup(places->n > 0 ? places->v[0].pid : 0, names, &found, NULL);

	if (r < 0) {
		nets_free(&found);
		return 0;
	}
	for (size_t i = 0; i < found.n && r == 0; i++) {
		struct live_key key = live_address(kind, found.v[i].family, found.v[i].addr);

		r = live_keys_add(&next, &key, e);
		name_key(&text, &key);
	}
	nets_free(&found);
	if (r == 0)
		r = replace(f, kind, &next, &changed, e);
	else
		live_keys_free(&next);
	if (r == 0 && changed)
		run_note(f->run, "%.150s: now %s", names, buf_text(&text));
	return r;
}

static int see_socket(const struct socket_pair *s, void *ctx, struct err *e)
{
	struct live_key key = { .kind = LIVE_SOCKET };

	if (s->remote_port != 0)
		key = live_address(LIVE_SOCKET, s->family, s->remote);
	key.protocol = (uint8_t)s->protocol;
	key.local_port = s->local_port;
	key.remote_port = s->remote_port;
	return live_keys_add(ctx, &key, e);
}

/* The groups hold who is meant, and their children. */
static int list_sockets(struct following *f, struct err *e)
{
	const struct place *p = &f->s->places.v[0];
	struct live_keys next = { 0 };
	bool changed;
	int r = 0;

	/* Before the sockets are listed: one that is learnt after that stays for now. */
	r = list_learnt(f, &f->now[LIVE_SOCKET], e);
	for (size_t i = 0; i < p->n_groups && r == 0; i++) {
		autofree pid_t *pids = NULL;
		size_t n = 0;

		r = place_group_processes(p->groups[i].path, &pids, &n, e);
		if (r == 0)
			r = sockets_each(pids, n, see_socket, &next, e);
	}
	if (r == 0)
		return replace(f, LIVE_SOCKET, &next, &changed, e);
	live_keys_free(&next);
	return r;
}

/* What settled_put() has put there. */
static int take_over(struct following *f, struct err *e)
{
	int r = 0;

	for (int kind = 0; kind <= LIVE_EXCLUDE_SOURCE; kind++) {
		const struct nets *all = &f->s->traffic.found.nets[kind];

		for (size_t i = traffic_nets(&f->s->traffic, kind)->n; i < all->n && r == 0; i++) {
			struct live_key key = live_address(
				(enum live_kind)kind, all->v[i].family, all->v[i].addr);

			r = live_keys_add(&f->now[kind], &key, e);
		}
		live_keys_sort(&f->now[kind]);
	}
	return r;
}

static int bring_up_to_date(struct following *f, struct err *e)
{
	int r = 0;

	for (int kind = 0; kind <= LIVE_EXCLUDE_SOURCE && r == 0; kind++) {
		const char *names = traffic_nets(&f->s->traffic, kind)->names;

		if (names != NULL)
			r = look_up(f, (enum live_kind)kind, names, e);
	}
	if (r == 0 && f->s->traffic.found.sockets)
		r = list_sockets(f, e);
	return r;
}

static int work(void *ctx, struct ready *ready, struct err *e)
{
	struct following *f = ctx;
	const struct place *p = f->s->traffic.found.sockets ? f->s->places.v : NULL;
	int r = take_over(f, e);

	for (size_t i = 0; p != NULL && i < p->n_groups && r == 0; i++)
		r = learn_sockets(f->s->traffic.found.set, p->groups[i].path, e);
	if (r == 0)
		r = bring_up_to_date(f, e);

	if (r == 0)
		ready_say(ready, 0);
	while (r == 0) {
		clock_sleep_ms(EVERY_MS);
		r = bring_up_to_date(f, e);
	}
	return r;
}

int traffic_follow(struct run *run, const struct settled *s, struct err *e)
{
	struct following f = { .run = run, .s = s };

	return ready_worker(run, work, &f, NULL, e);
}
