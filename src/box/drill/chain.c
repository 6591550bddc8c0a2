/* The order of a definition's activities in a run. */
#include "box/drill/chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "box/catalogue/code.h"
#include "box/drill/definition.h"

void chain_free(struct chain *c)
{
	free(c->links);
	*c = (struct chain){ 0 };
}

static long long order_of(const json_t *object)
{
	return json_integer_value(json_object_get(object, "order"));
}

static int add_link(struct chain *c, const struct link *link, struct err *e)
{
	struct link *more = reallocarray(c->links, c->n + 1, sizeof(*more));

	if (!more)
		return err_set(e, ERR_NOMEM, 0, "no memory for a drill");
	c->links = more;
	more[c->n++] = *link;
	return 0;
}

/* The orders first; equal ones stay as they stand in the lists. */
static void set_keys(struct link *l, bool sequence, size_t flow, size_t activity)
{
	long long group_key = order_of(l->group), flow_key = order_of(l->flow);
	long long activity_key = order_of(l->activity);
	const long long by_flow[7] = { group_key, (long long)l->group_index, flow_key,
		(long long)flow, l->phase, activity_key, (long long)activity };
	const long long by_phase[7] = { l->phase, activity_key, (long long)activity, group_key,
		(long long)l->group_index, flow_key, (long long)flow };

	memcpy(l->keys, sequence ? by_flow : by_phase, sizeof(l->keys));
}

static int link_order(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	for (size_t i = 0; i < 7; i++)
		if (x->keys[i] != y->keys[i])
			return x->keys[i] < y->keys[i] ? -1 : 1;
	return 0;
}

static int add_flow(
	struct chain *c, const struct link *place, size_t flow_index, bool sequence, struct err *e)
{
	struct link link = *place;
	size_t i;
	json_t *activity;
	int r;

	for (int phase = 0; phase < RUN_PHASE_COUNT; phase++)
		json_array_foreach(
			json_object_get(place->flow, phase_key((enum run_phase)phase)), i, activity)
		{
			link.phase = (enum run_phase)phase;
			link.activity = activity;
			set_keys(&link, sequence, flow_index, i);
			r = add_link(c, &link, e);
			if (r < 0)
				return r;
		}
	return 0;
}

/* A second recovery of one code takes back the second attack of that code, and so on. */
static void find_attack(struct chain *c, size_t recovery)
{
	struct link *l = &c->links[recovery];
	const char *code = json_text(l->activity, "app_code");

	for (size_t i = 0; i < c->n; i++) {
		const struct link *a = &c->links[i];
		bool taken = false;

		if (a->flow != l->flow || a->phase == PHASE_RECOVER ||
			!code_takes_back(code, json_text(a->activity, "app_code")))
			continue;
		for (size_t k = 0; k < recovery; k++)
			taken |= c->links[k].phase == PHASE_RECOVER && c->links[k].attack == (int)i;
		if (!taken) {
			l->attack = (int)i;
			return;
		}
	}
}

int chain_make(const json_t *definition, struct chain *ret, struct err *e)
{
	bool sequence = str_eq(json_text(definition, "runMode"), "SEQUENCE");
	autochain struct chain c = { 0 };
	struct link place = { .attack = -1 };
	size_t i, k;
	json_t *group, *flow;
	int r;

	json_array_foreach(json_object_get(definition, "flowGroups"), i, group)
		json_array_foreach(json_object_get(group, "flows"), k, flow)
	{
		place.group = group;
		place.group_index = i;
		place.flow = flow;
		r = add_flow(&c, &place, k, sequence, e);
		if (r < 0)
			return r;
	}
	if (c.n > 0)
		qsort(c.links, c.n, sizeof(*c.links), link_order);
	for (size_t n = 0; n < c.n; n++)
		if (c.links[n].phase == PHASE_RECOVER)
			find_attack(&c, n);
	*ret = c;
	c = (struct chain){ 0 };
	return 0;
}
