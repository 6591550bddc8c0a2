/* Places of our trees. */
#include "net/graft.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "sys/tc.h"

enum {
	ROOT = 0x47a1, /* of the one at the root, tree or mq */
	ROOT_LEAVES = 0x47b0,
	FIRST = 0x5000, /* of several: so many numbers each, the leaves first, then the tree */
	EACH = 32,
	MOST = 256,
	FIFO_LIMIT = 1000,
};

static int add_point(struct graft *g, const struct graft_point *p, struct err *e)
{
	struct graft_point *v = realloc(g->v, (g->n + 1) * sizeof(*v));

	if (v == NULL)
		return err_set(e, ERR_NOMEM, errno, "places in a tree of queues");
	g->v = v;
	v[g->n++] = *p;
	return 0;
}

static struct graft_point point_at_root(void)
{
	return (struct graft_point){ TC_ROOT, ROOT, ROOT_LEAVES };
}

static struct graft_point point_below(uint32_t parent, size_t number)
{
	uint16_t leaves = (uint16_t)(FIRST + EACH * number);

	return (struct graft_point){ parent, leaves + GRAFT_BANDS, leaves };
}

static bool is_below(uint32_t major)
{
	return major >= FIRST && major < FIRST + EACH * MOST && major % EACH == GRAFT_BANDS;
}

void graft_free(struct graft *g)
{
	free(g->v);
	g->v = NULL;
	g->n = 0;
}

/* --- what stands ------------------------------------------------------------------------------ */

struct search {
	struct graft *g;
	struct err *e;
};

static int find_tree(const struct tc_queue *q, void *ctx)
{
	struct search *s = ctx;
	uint32_t major = q->handle >> 16;
	struct graft_point p = point_at_root();

	if (!str_eq(q->kind, "prio") || (major != ROOT && !is_below(major)))
		return 0;
	if (major != ROOT)
		p = point_below(q->parent, (major - FIRST) / EACH);
	return add_point(s->g, &p, s->e);
}

int graft_find(int nl, int ifindex, struct graft *ret, struct err *e)
{
	struct graft g = { nl, ifindex, NULL, 0 };
	struct search s = { &g, e };
	int r = tc_queues(nl, ifindex, find_tree, &s, e);

	if (r < 0)
		graft_free(&g);
	else
		*ret = g;
	return r;
}

/* --- where they can be planted ---------------------------------------------------------------- */

struct theirs {
	struct tc_queue root;
	struct tc_class *v; /* of the root */
	size_t n;
};

static int see_root(const struct tc_queue *q, void *ctx)
{
	struct theirs *t = ctx;

	if (q->parent == TC_ROOT)
		t->root = *q;
	return 0;
}

static int see_class(const struct tc_class *c, void *ctx)
{
	struct theirs *t = ctx;
	struct tc_class *v;

	if (c->handle >> 16 != t->root.handle >> 16)
		return 0;
	v = realloc(t->v, (t->n + 1) * sizeof(*v));
	if (v == NULL)
		return -ERR_NOMEM;
	t->v = v;
	v[t->n++] = *c;
	return 0;
}

static int look_at(const struct graft *g, struct theirs *ret, struct err *e)
{
	int r = tc_queues(g->nl, g->ifindex, see_root, ret, e);

	if (r == 0)
		r = tc_classes(g->nl, g->ifindex, see_class, ret, e);
	return r == -ERR_NOMEM ? err_set(e, ERR_NOMEM, errno, "classes") : r;
}

static bool holds_packets(const struct theirs *t, const struct tc_class *c)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].parent == c->handle)
			return false;
	return true;
}

static const char *why_not_below(const struct theirs *t, bool single)
{
	uint32_t fallback = t->root.handle | t->root.htb_default;
	bool complete = str_eq(t->root.kind, "prio");

	if (!complete && !str_eq(t->root.kind, "htb"))
		return "another's queue stands there, not prio or htb";
	if (single)
		return "below another's queue it cannot do this";
	if (t->n > MOST)
		return "another's queue has too many classes";
	for (size_t i = 0; i < t->n; i++) {
		if (!holds_packets(t, &t->v[i]))
			continue;
		if (t->v[i].leaf != 0)
			return "another's queue has queues of its own at its classes";
		complete = complete || (fallback != t->root.handle && t->v[i].handle == fallback);
	}
	return complete ? NULL : "another's htb lets packets by that have no class";
}

static int add_below(struct graft *g, const struct theirs *t, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < t->n && r == 0; i++) {
		struct graft_point p = point_below(t->v[i].handle, g->n);

		if (holds_packets(t, &t->v[i]))
			r = add_point(g, &p, e);
	}
	return r;
}

int graft_look(int nl, int ifindex, bool single, struct graft *ret, struct err *e)
{
	struct graft g = { nl, ifindex, NULL, 0 };
	struct graft_point root = point_at_root();
	struct theirs t = { 0 };
	const char *why;
	int r = look_at(&g, &t, e);

	if (r == 0 && t.root.handle == 0) {
		r = add_point(&g, &root, e);
	} else if (r == 0) {
		why = why_not_below(&t, single);
		r = why ? err_set(e, ERR_UNSUPPORTED, 0, "%s", why) : add_below(&g, &t, e);
	}
	free(t.v);
	if (r < 0)
		graft_free(&g);
	else
		*ret = g;
	return r;
}

/* --- planting --------------------------------------------------------------------------------- */

static int plant_point(const struct graft *g, const struct graft_point *p, struct err *e)
{
	int r = tc_add_prio(g->nl, g->ifindex, p->parent, TC_HANDLE(p->tree, 0), GRAFT_BANDS, e);

	return r < 0 ? r
		     : tc_set_fifo(g->nl, g->ifindex, TC_HANDLE(p->tree, 1),
			       TC_HANDLE(p->leaves, 0), FIFO_LIMIT, e);
}

/* An mq of ours in the place of the default one, and a point at each of its queues. */
static int plant_mq(struct graft *g, struct err *e)
{
	struct theirs ours = { 0 };
	int r = tc_add_mq_root(g->nl, g->ifindex, TC_HANDLE(ROOT, 0), e);

	if (r == 0)
		r = look_at(g, &ours, e);
	g->n = 0;
	if (r == 0)
		r = add_below(g, &ours, e);
	free(ours.v);
	return r;
}

int graft_plant(struct graft *g, bool single, struct err *e)
{
	char kind[TC_KIND] = "";
	bool at_root = g->v[0].parent == TC_ROOT;
	int r = tc_kind(g->nl, g->ifindex, TC_ROOT, kind, e);

	if (r == 0 && at_root && !single && str_eq(kind, "mq"))
		r = plant_mq(g, e);
	for (size_t i = 0; i < g->n && r == 0; i++)
		r = plant_point(g, &g->v[i], e);
	return r;
}

int graft_take_out(const struct graft *g, struct err *e)
{
	uint32_t root = 0;
	int r = tc_root(g->nl, g->ifindex, &root, e);

	if (r == 0 && root == TC_HANDLE(ROOT, 0))
		return tc_delete_root(g->nl, g->ifindex, root, e);
	for (size_t i = 0; i < g->n && r == 0; i++)
		r = tc_delete(g->nl, g->ifindex, g->v[i].parent, TC_HANDLE(g->v[i].tree, 0), e);
	return r;
}
