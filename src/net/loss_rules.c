/* A loss as rules of nf_tables. */
#include "net/loss_rules.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { FOLLOW_MS = 200 };

/* --- the lists -------------------------------------------------------------------------------- */

static struct live_keys *list_of(struct loss_rules *l, const struct live_key *k)
{
	if (k->kind == LIVE_EXEMPT)
		return &l->exempt[k->local_port == 0].keys;
	return k->remote_port != 0 ? &l->connected.keys : &l->bound.keys;
}

static void lists_free(struct loss_rules *l)
{
	struct filter_keys *const keys[] = { &l->connected, &l->bound, &l->exempt[0],
		&l->exempt[1] };

	for (size_t i = 0; i < ARRAY_LEN(l->nets); i++)
		nets_free(&l->nets[i]);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		live_keys_free(&keys[i]->keys);
}

/* Of the keys of the set; before there is one, of what was settled. */
static int lists_fill(struct loss_rules *l, const struct live_keys *keys, struct err *e)
{
	const struct traffic *t = l->traffic;
	int r = 0;

	lists_free(l);
	for (int i = 0; i < (int)ARRAY_LEN(l->nets) && r == 0; i++)
		r = nets_add_all(
			&l->nets[i], t->found.set > 0 ? traffic_nets(t, i) : &t->found.nets[i], e);
	for (size_t i = 0; i < keys->n && r == 0; i++) {
		const struct live_key *k = &keys->v[i];
		const struct net net = live_net(k);

		if (k->kind <= LIVE_EXCLUDE_SOURCE)
			r = nets_add(&l->nets[k->kind], &net, e);
		else
			r = live_keys_add(list_of(l, k), k, e);
	}
	return r;
}

static bool same_keys(const struct live_keys *a, const struct live_keys *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0);
}

static bool look_again(void *ctx)
{
	struct loss_rules *l = ctx;
	struct live_keys now;

	if (live_read(l->traffic->found.set, &now, NULL) < 0)
		return false;
	if (same_keys(&l->seen, &now) || lists_fill(l, &now, NULL) < 0) {
		live_keys_free(&now);
		return false;
	}
	live_keys_free(&l->seen);
	l->seen = now;
	return true;
}

/* --- the rules -------------------------------------------------------------------------------- */

static int add(struct loss_rules *l, const struct filter_rule *rule, struct err *e)
{
	if (l->filter.n == l->cap) {
		size_t cap = l->cap == 0 ? 32 : 2 * l->cap;
		struct filter_rule *v = realloc(l->v, cap * sizeof(*v));

		if (v == NULL)
			return err_set(e, ERR_NOMEM, errno, "rules");
		l->v = v;
		l->cap = cap;
		l->filter.rules = v;
	}
	l->v[l->filter.n++] = *rule;
	return 0;
}

/* NULL for a list that is not asked for: a rule of nothing but an empty one fits everything. */
static const struct nets *list(const struct loss_rules *l, enum live_kind kind)
{
	return nets_given(traffic_nets(l->traffic, (int)kind)) ? &l->nets[kind] : NULL;
}

static const struct ranges *ports(const struct ranges *r)
{
	return r->n > 0 ? r : NULL;
}

/* own and peer: the ends as this host sees them. */
static struct filter_rule with_ends(const struct loss_rules *l, const struct filter_rule *base,
	const struct nets *own, const struct nets *peer)
{
	struct filter_rule rule = *base;
	bool in = l->traffic->incoming;

	rule.source = in ? peer : own;
	rule.destination = in ? own : peer;
	return rule;
}

static void set_ports(const struct loss_rules *l, struct filter_rule *rule,
	const struct ranges *local, const struct ranges *remote)
{
	bool in = l->traffic->incoming;

	rule->source_port = in ? remote : local;
	rule->destination_port = in ? local : remote;
}

static int add_passes(struct loss_rules *l, struct filter_rule base, struct err *e)
{
	const struct ranges *excluded = ports(&l->traffic->exclude_port);
	const struct nets *own = list(l, LIVE_EXCLUDE_SOURCE), *peer = list(l, LIVE_EXCLUDE);
	struct filter_rule rule;
	int r = 0;

	base.act = FILTER_PASS;
	for (int i = 0; i < 2 && r == 0; i++) {
		rule = base;
		rule.keys = &l->exempt[i];
		r = add(l, &rule, e);
	}
	for (int i = 0; i < 2 && r == 0 && excluded != NULL; i++) {
		rule = base;
		set_ports(l, &rule, i == 0 ? excluded : NULL, i == 0 ? NULL : excluded);
		r = add(l, &rule, e);
	}
	for (int i = 0; i < 2 && r == 0; i++) {
		rule = with_ends(l, &base, i == 0 ? own : NULL, i == 0 ? NULL : peer);
		if (rule.source != NULL || rule.destination != NULL)
			r = add(l, &rule, e);
	}
	return r;
}

/* One rule for each way in which a packet is of a process that is meant. */
static int add_owners(struct loss_rules *l, struct filter_rule rule, struct err *e)
{
	const struct traffic_found *found = &l->traffic->found;
	const struct filter_rule any = rule;
	int r = 0;

	if (!found->sockets)
		return add(l, &rule, e);
	rule.probes = true;
	r = add(l, &rule, e);
	for (int i = 0; i < 2 && r == 0; i++) {
		rule = any;
		rule.keys = i == 0 ? &l->connected : &l->bound;
		r = add(l, &rule, e);
	}
	for (size_t i = 0; i < found->n_groups && r == 0; i++) {
		rule = any;
		rule.group = &found->groups[i];
		r = add(l, &rule, e);
	}
	return r;
}

static int add_ports(struct loss_rules *l, struct filter_rule rule, struct err *e)
{
	const struct ranges *local = ports(&l->traffic->local_port);
	const struct ranges *remote = ports(&l->traffic->remote_port);
	int r = 0;

	if (local == NULL && remote == NULL)
		return add_owners(l, rule, e);
	if (local != NULL) {
		set_ports(l, &rule, local, NULL);
		r = add_owners(l, rule, e);
	}
	if (r == 0 && remote != NULL) {
		set_ports(l, &rule, NULL, remote);
		r = add_owners(l, rule, e);
	}
	return r;
}

static int add_selected(struct loss_rules *l, const struct filter_rule *base, struct err *e)
{
	static const struct {
		const char *name;
		uint8_t number;
	} protocols[] = { { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "sctp", IPPROTO_SCTP },
		{ "icmp", IPPROTO_ICMP } };
	struct filter_rule rule = with_ends(
		l, base, list(l, LIVE_SOURCE), list(l, LIVE_DESTINATION));
	int r = 0;

	if (traffic_any_protocol(l->traffic))
		return add_ports(l, rule, e);
	for (size_t i = 0; i < ARRAY_LEN(protocols) && r == 0; i++) {
		if (!param_has_choice(l->traffic->protocol, protocols[i].name))
			continue;
		rule.protocol = protocols[i].number;
		r = add_ports(l, rule, e);
	}
	return r;
}

static int add_hook(struct loss_rules *l, enum filter_hook hook, struct err *e)
{
	const struct traffic *t = l->traffic;
	const struct filter_rule base = { .hook = hook,
		.act = FILTER_DROP,
		.in_interface = t->incoming ? t->interface : NULL,
		.out_interface = t->incoming ? NULL : t->interface };
	int r = add_passes(l, base, e);

	return r == 0 ? add_selected(l, &base, e) : r;
}

int loss_rules_make(const struct net_fault *f, struct loss_rules *ret, struct err *e)
{
	const struct traffic *t = f->traffic;
	int r = 0;

	*ret = (struct loss_rules){ .traffic = t,
		.connected.of = FILTER_PROTOCOL | FILTER_LOCAL | FILTER_REMOTE | FILTER_PEER,
		.bound.of = FILTER_PROTOCOL | FILTER_LOCAL,
		.exempt[0].of = FILTER_LOCAL | FILTER_PEER,
		.exempt[1].of = FILTER_REMOTE | FILTER_PEER };
	ret->filter = (struct filter){ .share = f->loss,
		.tag = t->incoming ? "in" : "out",
		.discovery = param_has_choice(t->include, "ndp") };
	if (t->found.set > 0) {
		ret->filter.follow = look_again;
		ret->filter.ctx = ret;
		ret->filter.follow_ms = FOLLOW_MS;
		r = live_read(t->found.set, &ret->seen, e);
	}
	if (r == 0)
		r = lists_fill(ret, &ret->seen, e);
	if (r == 0)
		r = add_hook(ret, t->incoming ? FILTER_IN : FILTER_OUT, e);
	if (r == 0 && !t->found.sockets)
		r = add_hook(ret, FILTER_THROUGH, e);
	if (r < 0)
		loss_rules_free(ret);
	return r;
}

void loss_rules_free(struct loss_rules *l)
{
	lists_free(l);
	live_keys_free(&l->seen);
	free(l->v);
}
