/* Selections, settled. */
#include "net/traffic/settle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "net/traffic/follow.h"
#include "net/traffic/groups.h"
#include "net/traffic/names.h"
#include "sys/netns.h"

/* --- ports ------------------------------------------------------------------------------------ */

struct peers {
	const struct ranges *asked;
	struct ranges *all;
};

static int add_peer(const struct socket_pair *s, void *ctx, struct err *e)
{
	struct peers *p = ctx;

	if (!ranges_has(p->asked, s->local_port) && !ranges_has(p->asked, s->remote_port))
		return 0;
	if (ranges_has(p->all, s->remote_port))
		return 0;
	return ranges_add(p->all, s->remote_port, s->remote_port, e);
}

static int settle_ports(const struct traffic *t, struct settled *s, struct err *e)
{
	struct ranges all = { 0 };
	struct peers p = { &t->exclude_port, &all };
	int r = ranges_add_all(&all, &t->exclude_port, e);

	if (r == 0 && all.n > 0 && !t->ignore_peer_port)
		r = sockdiag_list(add_peer, &p, e);
	if (r == 0)
		r = ranges_add_all(&all, &s->exempts.ports, e);
	s->traffic.exclude_port = all;
	return r;
}

/* --- names and processes ---------------------------------------------------------------------- */

static pid_t place_pid(const struct settled *s)
{
	return s->places.n > 0 ? s->places.v[0].pid : 0;
}

static int settle_nets(struct settled *s, struct err *e)
{
	struct traffic_found *found = &s->traffic.found;
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(found->nets) && r == 0; i++) {
		r = names_settle(
			place_pid(s), traffic_nets(&s->traffic, (int)i), &found->nets[i], e);
	}
	return r;
}

static int enter_place(struct settled *s, struct err *e)
{
	const struct place *p = &s->places.v[0];
	struct netns here;
	int r;

	if (s->places.n > 1)
		return err_set(e, ERR_CONFLICT, 0,
			"the processes are in %zu network namespaces: an experiment for each",
			s->places.n);
	r = netns_current(&here, e);
	if (r == 0 && p->netns.inode != here.inode)
		r = netns_enter(&p->netns, &s->back, e);
	return r;
}

int settle(const struct traffic *t, uint64_t seed, pid_t caller, struct settled *ret, struct err *e)
{
	struct settled s = { .traffic = *t, .back = -1 };
	int r = 0;

	s.traffic.exclude_port = (struct ranges){ 0 };
	if (traffic_is_for_some(t)) {
		r = places_find(&t->who, seed, caller, &s.places, e);
		if (r == 0)
			r = enter_place(&s, e);
		/* Without groups all that is in the namespace is meant. */
		s.traffic.found.sockets = r == 0 && s.places.v[0].n_groups > 0;
	}
	if (r == 0)
		r = exempts_find(t, caller, &s.exempts, e);
	if (r == 0)
		r = settle_ports(t, &s, e);
	if (r == 0)
		r = settle_nets(&s, e);
	if (r < 0)
		settled_free(&s);
	else
		*ret = s;
	return r;
}

void settled_free(struct settled *s)
{
	struct traffic_found *found = &s->traffic.found;

	for (size_t i = 0; i < ARRAY_LEN(found->nets); i++)
		nets_free(&found->nets[i]);
	if (found->set > 0)
		close(found->set);
	free(found->groups);
	*found = (struct traffic_found){ 0 };
	ranges_free(&s->traffic.exclude_port);
	exempts_free(&s->exempts);
	places_free(&s->places);
	if (s->back >= 0)
		netns_leave(s->back, NULL);
	s->back = -1;
}

/* --- what is left alone ----------------------------------------------------------------------- */

static void exempt_text(const struct settled *s, char *ret, size_t size)
{
	const char *include = s->traffic.include, *control = buf_text(&s->exempts.text);
	bool arp = param_has_choice(include, "arp"), ndp = param_has_choice(include, "ndp");

	snprintf(ret, size, "%s%s%s%s%s", arp ? "" : "ARP", arp || ndp ? "" : ", ",
		ndp ? "" : "neighbour discovery", *control && !(arp && ndp) ? ", " : "", control);
}

static void plan_names(const struct settled *s, int kind, struct plan *ret)
{
	const struct nets *given = traffic_nets(&s->traffic, kind);
	const struct nets *all = &s->traffic.found.nets[kind];
	const struct nets looked_up = { all->v + given->n, all->n - given->n };
	autobuf struct buf text = BUF_INIT(1000);

	if (given->names == NULL)
		return;
	traffic_put_nets(&text, &looked_up);
	plan_operation(
		ret, "look up %.200s, again and again: now %s", given->names, buf_text(&text));
}

void settle_plan(const struct settled *s, struct plan *ret)
{
	char text[1100];

	if (s->places.n > 0)
		groups_plan(&s->places.v[0], ret);
	for (int kind = 0; kind <= LIVE_EXCLUDE_SOURCE; kind++)
		plan_names(s, kind, ret);
	exempt_text(s, text, sizeof(text));
	if (*text)
		plan_operation(ret, "left alone: %s", text);
}

/* --- putting it in place ---------------------------------------------------------------------- */

static int put_addresses(const struct settled *s, struct err *e)
{
	int r = 0;

	for (int kind = 0; kind <= LIVE_EXCLUDE_SOURCE; kind++) {
		const struct nets *all = &s->traffic.found.nets[kind];

		for (size_t i = traffic_nets(&s->traffic, kind)->n; i < all->n && r == 0; i++) {
			struct live_key key = live_address(
				(enum live_kind)kind, all->v[i].family, all->v[i].addr);

			r = live_add(s->traffic.found.set, &key, e);
		}
	}
	for (size_t i = 0; i < s->exempts.keys.n && r == 0; i++)
		r = live_add(s->traffic.found.set, &s->exempts.keys.v[i], e);
	return r;
}

static int put_groups(struct run *run, struct settled *s, struct err *e)
{
	struct traffic_found *found = &s->traffic.found;
	struct place *p = s->places.v;

	if (!found->sockets)
		return 0;
	found->groups = calloc(p->n_groups, sizeof(*found->groups));
	if (found->groups == NULL)
		return err_set(e, ERR_NOMEM, errno, "control groups");
	found->n_groups = p->n_groups;
	return groups_make(run, p, found->groups, e);
}

int settled_put(struct run *run, struct settled *s, struct err *e)
{
	struct traffic_found *found = &s->traffic.found;
	bool names = traffic_has_names(&s->traffic);
	char text[1100];
	int r = put_groups(run, s, e);

	exempt_text(s, text, sizeof(text));
	if (*text)
		run_note(run, "left alone: %s", text);
	found->exempts = s->exempts.keys.n > 0;
	if (r < 0 || !(names || found->sockets || found->exempts))
		return r;
	r = live_open(&found->set, e);
	if (r == 0)
		r = put_addresses(s, e);
	return r == 0 && (names || found->sockets) ? traffic_follow(run, s, e) : r;
}
