/* Programs as filters of a clsact queue. */
#include "net/clsact.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "fault/hold.h"
#include "sys/netlink.h"
#include "sys/tc.h"

/* The names of its filter, and of the queue and its holder where that is ours. */
struct names {
	char filter[80], thing[64], holder[80];
};

static struct names names_of(const struct onlink *o)
{
	struct names n;

	snprintf(n.filter, sizeof(n.filter), "gale_%s", o->uid);
	snprintf(n.thing, sizeof(n.thing), "clsact-%llu-%d", (unsigned long long)o->ns.inode,
		o->ifindex);
	snprintf(n.holder, sizeof(n.holder), "%s-%s", o->uid, o->incoming ? "in" : "out");
	return n;
}

/* The ranks of a way, and of one of them. */
struct search {
	unsigned rank;	  /* wanted, 0: none */
	const char *name; /* wanted, NULL: none */
	unsigned highest, found;
	size_t n;
};

static int look_at(const struct tc_filter *f, void *ctx)
{
	struct search *s = ctx;
	bool ours = f->priority >= HOOK_CLSACT_RANK && f->priority <= HOOK_MAX_RANK &&
		    str_starts(f->name, "gale_");

	s->n++;
	if (ours && f->priority > s->highest)
		s->highest = f->priority;
	if (ours && (f->priority == s->rank || str_eq(f->name, s->name)))
		s->found = f->priority;
	return 0;
}

static int search(int nl, int ifindex, bool incoming, struct search *s, struct err *e)
{
	return tc_filters(nl, ifindex, tc_clsact(incoming), look_at, s, e);
}

/* The queue of this kind takes the place of clsact at the ingress, and has no egress. */
static bool is_taken(const char *kind, bool incoming)
{
	return kind[0] != '\0' && !str_eq(kind, "clsact") && !(incoming && str_eq(kind, "ingress"));
}

int clsact_why_not(bool incoming, int ifindex, struct err *e)
{
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	char kind[TC_KIND];
	int r = nl < 0 ? nl : tc_clsact_kind(nl, ifindex, kind, e);

	if (r == 0 && is_taken(kind, incoming))
		return err_set(e, ERR_UNSUPPORTED, 0,
			"another's queue (%s) stands where clsact would", kind);
	return r;
}

/* Held when it is ours. */
int clsact_stand(const struct onlink *o, struct err *e)
{
	struct names n = names_of(o);
	autoclose int nl = nl_open(NETLINK_ROUTE, e), lock = -1;
	char kind[TC_KIND] = "";
	bool last;
	int r = nl < 0 ? nl : hold_lock(o->state, &lock, e);

	if (r == 0)
		r = tc_clsact_kind(nl, o->ifindex, kind, e);
	if (r == 0 && (kind[0] == '\0' || hold_taken(lock, n.thing)))
		r = hold_enter(lock, n.thing, n.holder, e);
	if (r < 0 || kind[0] != '\0')
		return r;
	r = tc_add_clsact(nl, o->ifindex, e);
	if (r != -ERR_NOTFOUND)
		return r;
	hold_leave(lock, n.thing, n.holder, &last, NULL);
	return err_set(e, ERR_UNSUPPORTED, 0, "this kernel has no clsact queue");
}

int clsact_attach(const struct hook *h, const struct onlink *o, unsigned *ret_rank, struct err *e)
{
	struct names n = names_of(o);
	struct search s = { .highest = HOOK_CLSACT_RANK };
	autoclose int nl = nl_open(NETLINK_ROUTE, e), lock = -1, prog = -1;
	int r = nl < 0 ? nl : hold_lock(o->state, &lock, e);

	if (r == 0)
		r = search(nl, o->ifindex, o->incoming, &s, e);
	if (r == 0 && s.highest >= HOOK_MAX_RANK)
		r = err_set(e, ERR_BUSY, 0, "too many network experiments on one interface");
	if (r == 0)
		r = hook_program(h, s.highest + 1, &prog, e);
	if (r == 0)
		r = tc_add_program(nl, o->ifindex, tc_clsact(o->incoming),
			(uint16_t)(s.highest + 1), prog, n.filter, e);
	if (r == 0)
		*ret_rank = s.highest + 1;
	return r;
}

int clsact_check(bool incoming, int ifindex, unsigned rank, struct err *e)
{
	struct search s = { .rank = rank };
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	int r = nl < 0 ? nl : search(nl, ifindex, incoming, &s, e);

	if (r == 0 && s.found == 0)
		return err_set(e, ERR_INEFFECTIVE, 0,
			"its filter (priority %u) has been taken away", rank);
	return r;
}

static int is_empty(int nl, int ifindex, bool *ret, struct err *e)
{
	struct search s = { 0 };
	int r = search(nl, ifindex, false, &s, e);

	if (r == 0)
		r = search(nl, ifindex, true, &s, e);
	if (r == 0)
		*ret = s.n == 0;
	return r;
}

int clsact_detach(const struct onlink *o, int lock, struct err *e)
{
	struct names n = names_of(o);
	struct search s = { .name = n.filter };
	bool held = hold_taken(lock, n.thing), last = false, empty = false;
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	int r = nl < 0 ? nl : search(nl, o->ifindex, o->incoming, &s, e);

	if (r == 0 && s.found != 0)
		r = tc_delete_program(nl, o->ifindex, tc_clsact(o->incoming), (uint16_t)s.found, e);
	if ((r == 0 || r == -ERR_NOTFOUND) && held)
		r = hold_leave(lock, n.thing, n.holder, &last, e);
	if (r == 0 && last)
		r = is_empty(nl, o->ifindex, &empty, e);
	if (r == 0 && empty)
		r = tc_delete_clsact(nl, o->ifindex, e);
	return r;
}
