/* DNS faults by redirect: planned, put in place, taken back. */
#include "faults/shared/dns_fault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "fault/ready.h"
#include "faults/shared/dns_redirect.h"
#include "faults/shared/dns_resolv.h"
#include "faults/shared/dns_rules.h"
#include "faults/shared/dns_standing.h"
#include "net/traffic/groups.h"
#include "sys/cgroup2.h"
#include "sys/conntrack.h"
#include "sys/nft.h"

/* --- plan ------------------------------------------------------------------------------------- */

static void plan_redirect(struct plan *ret)
{
	plan_operation(ret,
		"sockets of a worker in the namespace: a free port, UDP and TCP, IPv4 and IPv6");
	plan_operation(ret,
		"nft: table inet gale_dns_RANK, owned by the worker, until the deadline; chain zones "
		"(filter, output): to udp port 53: ct original zone set to the worker's port; chain "
		"out (nat, output): to udp and tcp port 53: dnat to the own source address, the "
		"worker's port");
	plan_operation(ret, "conntrack: forget connections to port 53 that were there before");
}

static bool by_redirect(const struct dns_args *a)
{
	return str_eq(a->mode, "redirect");
}

int dns_fault_plan(const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct dns_args *a = args;
	struct dns_rules rules;
	struct places places = { 0 };
	autobuf struct buf spared = BUF_INIT(4096);
	char text[300];
	int r = dns_rules_init(&rules, a, e);

	(void)t;
	if (r < 0)
		return r;
	for (size_t i = 0; i < rules.spared_texts.n; i++)
		buf_fmt(&spared, "%s%s", i > 0 ? "," : " without ", rules.spared_texts.v[i]);
	r = places_find(&a->place, ret->seed, getpid(), &places, e);
	for (size_t i = 0; i < places.n && r == 0; i++) {
		if (by_redirect(a))
			groups_plan(&places.v[i], ret);
		else
			r = dns_resolv_plan(&places.v[i], ret, e);
	}
	if (r == 0 && by_redirect(a))
		plan_redirect(ret);
	dns_rules_text(&rules, a, text, sizeof(text));
	plan_operation(ret,
		"worker: queries for %.300s%.200s, types %.100s, %g percent: %s%s%.200s; all others go "
		"on to the server that they are addressed to",
		a->patterns != NULL    ? a->patterns
		: a->domain_ip != NULL ? "the domains"
				       : "all names",
		buf_text(&spared), a->types != NULL ? a->types : "all", a->percent, text,
		a->server != NULL ? " by " : "", a->server != NULL ? a->server : "");
	places_free(&places);
	dns_rules_done(&rules);
	return r;
}

/* --- the worker ------------------------------------------------------------------------------- */

struct work {
	struct dns_rules *rules;
	const struct dns_standing *standing;
	struct redirect redirect;
	int64_t deadline_ms;
	uint64_t seed;
};

struct group_ids {
	uint64_t *v;
	size_t n;
};

static int add_id(uint64_t id, void *ctx, struct err *e)
{
	struct group_ids *ids = ctx;
	uint64_t *more = realloc(ids->v, (ids->n + 1) * sizeof(*more));

	if (more == NULL)
		return err_set(e, ERR_NOMEM, 0, "control groups");
	ids->v = more;
	more[ids->n++] = id;
	return 0;
}

static int find_ids(const struct place *p, struct group_ids *ret, struct err *e)
{
	autoclose int root = -1;
	int r = p->n_groups > 0 ? cgroup2_open(&root, e) : 0;

	for (size_t i = 0; i < p->n_groups && r == 0; i++)
		r = cgroup2_each_id(root, p->groups[i].path, add_id, ret, e);
	return r;
}

static int put_in_place(struct work *w, int nft, int conntrack, unsigned *ret_rank, struct err *e)
{
	struct group_ids ids = { 0 };
	int r = redirect_commit(nft, &w->redirect, ret_rank, e);

	if (r == 0)
		r = find_ids(w->standing->place, &ids, e);
	if (r == 0)
		redirect_take_over(conntrack, ids.v, ids.n);
	free(ids.v);
	return r;
}

static int work(void *ctx, struct ready *ready, struct err *e)
{
	struct work *w = ctx;
	struct detour detour = { .conntrack = -1,
		.spared = w->rules->spared,
		.n_spared = w->rules->n_spared,
		.servers = w->rules->servers.v,
		.n_servers = w->rules->servers.n,
		.sockets = w->redirect.sockets,
		.n_sockets = w->redirect.n_sockets };
	unsigned rank = 0;
	int nft = -1, back;
	int r = dns_rules_book(w->rules, w->seed, w->deadline_ms, &detour.book, e);

	dns_probe_server(w->standing->place->pid, &detour.fallback);
	if (r == 0)
		r = netns_enter(&w->standing->place->netns, &back, e);
	if (r == 0)
		r = nft = nft_open(e);
	if (r < 0)
		return r;
	conntrack_open(&detour.conntrack, NULL); /* without it all goes to the fallback */
	r = put_in_place(w, nft, detour.conntrack, &rank, e);
	if (r < 0)
		return r;
	detour.mark = redirect_mark(rank);
	ready_say(ready, rank);
	return detour_run(&detour, e);
}

/* --- apply ------------------------------------------------------------------------------------ */

/* The record of the port is on disk before anything is led to it. */
static int save_flows(struct run *run, const struct place *p, uint16_t port, struct err *e)
{
	char inode[24], cookie[24], number[8];

	snprintf(inode, sizeof(inode), "%llu", (unsigned long long)p->netns.inode);
	snprintf(cookie, sizeof(cookie), "%llu", (unsigned long long)p->netns.cookie);
	snprintf(number, sizeof(number), "%u", port);
	return run_undo(
		run, e, "undo", "flows", "inode", inode, "cookie", cookie, "port", number, NULL);
}

static int open_sockets(const struct place *p, struct redirect *ret, struct err *e)
{
	int back, r = netns_enter(&p->netns, &back, e), left;

	if (r < 0)
		return r;
	r = redirect_open(ret, e);
	left = netns_leave(back, e);
	return r < 0 ? r : left;
}

static int redirect_place(
	struct run *run, struct dns_rules *rules, struct dns_standing *s, struct err *e)
{
	autofree struct cgroup2_name *groups = calloc(s->place->n_groups + 1, sizeof(*groups));
	struct work w = { .rules = rules,
		.standing = s,
		.deadline_ms = run_deadline(run),
		.seed = run_seed(run) };
	int r = groups == NULL ? err_set(e, ERR_NOMEM, 0, "control groups")
			       : groups_make(run, s->place, groups, e);

	w.redirect.deadline_ms = w.deadline_ms;
	w.redirect.groups = groups;
	w.redirect.n_groups = s->place->n_groups;
	if (r == 0)
		r = open_sockets(s->place, &w.redirect, e);
	if (r == 0)
		r = save_flows(run, s->place, w.redirect.port, e);
	if (r == 0)
		r = ready_worker(run, work, &w, &s->rank, e);
	redirect_close(&w.redirect);
	return r;
}

int dns_fault_apply(struct run *run, const struct target *t, const void *args, struct err *e)
{
	const struct dns_args *a = args;
	struct dns_rules *rules = dns_standing_rules();
	struct places *places = dns_standing_places();
	int r;

	(void)t;
	dns_standing_clear();
	r = dns_rules_init(rules, a, e);
	if (r == 0)
		r = places_find(&a->place, run_seed(run), run_caller(run), places, e);
	for (size_t i = 0; i < places->n && r == 0; i++) {
		struct dns_standing *s = NULL;

		r = dns_standing_add(&places->v[i], &s, e);
		if (r == 0)
			r = by_redirect(a) ? redirect_place(run, rules, s, e)
					   : dns_resolv_apply(run, rules, s, e);
	}
	return r;
}

/* --- revert ----------------------------------------------------------------------------------- */

static int revert_flows(const struct undo *u, struct err *e)
{
	struct netns ns = {
		.inode = strtoull(undo_get(u, "inode"), NULL, 10),
		.cookie = strtoull(undo_get(u, "cookie"), NULL, 10),
	};

	return redirect_forget(&ns, (uint16_t)undo_get_int(u, "port"), e);
}

int dns_fault_revert(const struct undo *u, struct err *e)
{
	const char *what = undo_get(u, "undo");

	if (str_eq(what, "file"))
		return dns_resolv_revert(u, e);
	if (!undo_this_boot(u))
		return 0;
	return groups_is_record(u) ? groups_revert(u, e) : revert_flows(u, e);
}
