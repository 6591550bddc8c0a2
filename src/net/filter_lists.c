/* Lists of a filter that have names. */
#include "net/filter_lists.h"

#include <stdlib.h>
#include <string.h>

#include "net/traffic/names.h"

static bool same_nets(const struct nets *a, const struct nets *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0);
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct net));
}

/* Sorted, for name servers give their addresses in any order. */
static int settle_list(const struct nets *asked, struct nets *ret, struct err *e)
{
	int r = names_settle(0, asked, ret, e);

	if (r == 0 && asked->names != NULL)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_bytes);
	return r;
}

/* What cannot be looked up now stays as it was. */
static bool look_up_again(void *ctx)
{
	struct filter_lists *l = ctx;
	bool changed = false;

	for (int i = 0; i < FILTER_MOST_LISTS; i++) {
		struct nets now;

		if (l->asked[i] == NULL || l->asked[i]->names == NULL ||
			settle_list(l->asked[i], &now, NULL) < 0)
			continue;
		changed = changed || !same_nets(&l->now[i], &now);
		nets_free(&l->now[i]);
		l->now[i] = now;
	}
	return changed;
}

int filter_lists_find(struct filter_lists *l, struct filter *f, struct err *e)
{
	enum { FOLLOW_MS = 2000 };
	int r = 0;

	for (int i = 0; i < FILTER_MOST_LISTS && r == 0; i++) {
		if (l->asked[i] == NULL)
			continue;
		r = settle_list(l->asked[i], &l->now[i], e);
		if (l->asked[i]->names == NULL)
			continue;
		f->follow = look_up_again;
		f->ctx = l;
		f->follow_ms = FOLLOW_MS;
	}
	if (r < 0)
		filter_lists_free(l);
	return r;
}

void filter_lists_free(struct filter_lists *l)
{
	for (int i = 0; i < FILTER_MOST_LISTS; i++)
		nets_free(&l->now[i]);
}
