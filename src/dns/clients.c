/* Which rules an address can be hit by. */
#include "dns/clients.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define SPREAD 0x9e3779b97f4a7c15

/* --- keys ------------------------------------------------------------------------------------- */

static struct net_key net_key(const struct dns_address *a, unsigned prefix)
{
	struct net_key k = { .prefix = prefix };

	memcpy(&k.high, a->b, 8);
	memcpy(&k.low, a->b + 8, 8);
	k.high = be64toh(k.high);
	k.low = be64toh(k.low);
	if (prefix < 128)
		k.low &= prefix <= 64 ? 0 : ~(UINT64_MAX >> (prefix - 64));
	if (prefix < 64)
		k.high &= prefix == 0 ? 0 : ~(UINT64_MAX >> prefix);
	return k;
}

static uint64_t net_hash(const struct net_key *k)
{
	return table_mix(table_mix(k->high + SPREAD) ^ (k->low + k->prefix * SPREAD));
}

static bool net_same(const struct table_item *item, const void *key)
{
	const struct net_key *own = &((const struct net_node *)(const void *)item)->key, *k = key;

	return own->high == k->high && own->low == k->low && own->prefix == k->prefix;
}

static uint64_t text_hash(const char *text)
{
	uint64_t h = HASH_START;

	for (; *text; text++)
		h = hash_octet(h, (uint8_t)*text);
	return table_mix(h);
}

static bool pod_same(const struct table_item *item, const void *key)
{
	return strcmp(((const struct pod *)(const void *)item)->name, key) == 0;
}

struct group_key {
	const struct client_ref *refs;
	size_t n;
};

static bool group_same(const struct table_item *item, const void *key)
{
	const struct group *g = (const struct group *)(const void *)item;
	const struct group_key *k = key;

	if (g->n_members != k->n)
		return false;
	for (size_t i = 0; i < k->n; i++)
		if (g->members[i].node != k->refs[i].node)
			return false;
	return true;
}

static uint64_t group_hash(const struct client_ref *refs, size_t n)
{
	uint64_t h = n;

	for (size_t i = 0; i < n; i++)
		h = table_mix(h + (uintptr_t)refs[i].node);
	return h;
}

/* --- set up ----------------------------------------------------------------------------------- */

int clients_init(struct clients *c, struct epoch *epoch, struct err *e)
{
	int r;

	memset(c, 0, sizeof(*c));
	c->epoch = epoch;
	r = table_init(&c->nets, epoch, e);
	if (r == 0)
		r = table_init(&c->pods, epoch, e);
	if (r == 0)
		r = table_init(&c->groups, epoch, e);
	return r;
}

static void pod_free(struct pod *p)
{
	free(p->place.groups);
	free(p->seen);
	free(p->told);
	free(p->nodes);
	free(p);
}

/* --- addresses and blocks --------------------------------------------------------------------- */

static void node_done(struct garbage *g, void *ctx)
{
	struct net_node *node = (struct net_node *)(void *)((char *)g -
							    offsetof(struct net_node, garbage));

	(void)ctx;
	free(atomic_load_explicit(&node->list, memory_order_relaxed));
	free(node->place.groups);
	free(node->pods);
	free(node);
}

static void list_done(struct garbage *g, void *ctx)
{
	(void)ctx;
	free(g);
}

static int node_get(struct clients *c, const struct dns_address *net, unsigned prefix,
	struct net_node **ret, struct err *e)
{
	struct net_key key = net_key(net, prefix);
	uint64_t hash = net_hash(&key);
	struct net_node *node = (struct net_node *)(void *)table_find(
		&c->nets, hash, net_same, &key);

	if (!node) {
		int r = table_reserve(&c->nets, 1, e);

		if (r < 0)
			return r;
		node = calloc(1, sizeof(*node));
		if (!node)
			return err_set(e, ERR_NOMEM, ENOMEM, "address");
		node->item.hash = hash;
		node->key = key;
		table_add(&c->nets, &node->item);
		c->n_nets++;
		if (c->prefix_count[prefix]++ == 0)
			atomic_fetch_or(&c->prefixes[prefix / 64], 1ull << prefix % 64);
	}
	*ret = node;
	return 0;
}

static void node_release(struct clients *c, struct net_node *node)
{
	unsigned prefix = node->key.prefix;

	if (node->place.n > 0 || node->n_pods > 0)
		return;
	table_remove(&c->nets, &node->item);
	c->n_nets--;
	if (--c->prefix_count[prefix] == 0)
		atomic_fetch_and(&c->prefixes[prefix / 64], ~(1ull << prefix % 64));
	epoch_retire(c->epoch, &node->garbage, node_done);
}

static void list_add(struct group_list *list, const struct place *place)
{
	size_t others = list->n;

	for (size_t i = 0; i < place->n; i++) {
		bool there = false;

		for (size_t k = 0; k < others && !there; k++)
			there = list->v[k] == place->groups[i];
		if (!there)
			list->v[list->n++] = place->groups[i];
	}
}

/* Makes the list that readers see of what the node and its pods say now. */
static int node_refresh(struct clients *c, struct net_node *node, struct err *e)
{
	struct group_list *old = atomic_load_explicit(&node->list, memory_order_relaxed);
	struct group_list *list = NULL;
	size_t most = node->place.n;

	for (size_t i = 0; i < node->n_pods; i++)
		most += node->pods[i]->place.n;
	if (most > 0) {
		list = malloc(sizeof(*list) + most * sizeof(struct group *));
		if (!list)
			return err_set(e, ERR_NOMEM, ENOMEM, "groups of an address");
		list->n = 0;
		list_add(list, &node->place);
		for (size_t i = 0; i < node->n_pods; i++)
			list_add(list, &node->pods[i]->place);
	}
	atomic_store_explicit(&node->list, list, memory_order_release);
	if (old)
		epoch_retire(c->epoch, &old->garbage, list_done);
	return 0;
}

/* --- pods ------------------------------------------------------------------------------------- */

struct pod *clients_find_pod(const struct clients *c, const char *name)
{
	return (struct pod *)(void *)table_find(&c->pods, text_hash(name), pod_same, name);
}

static int pod_get(struct clients *c, const char *name, struct pod **ret, struct err *e)
{
	struct pod *p = clients_find_pod(c, name);

	if (!p) {
		size_t len = strlen(name) + 1;
		int r = table_reserve(&c->pods, 1, e);

		if (r < 0)
			return r;
		p = calloc(1, sizeof(*p) + len);
		if (!p)
			return err_set(e, ERR_NOMEM, ENOMEM, "pod %s", name);
		p->item.hash = text_hash(name);
		memcpy(p->name, name, len);
		p->next = c->first;
		p->link = &c->first;
		if (p->next)
			p->next->link = &p->next;
		c->first = p;
		c->n_pods++;
		table_add(&c->pods, &p->item);
	}
	*ret = p;
	return 0;
}

/* Forgets it when neither rules nor addresses are left. */
static void pod_prune(struct clients *c, struct pod *p)
{
	if (p->place.n > 0 || p->is_seen || p->n_told > 0)
		return;
	table_remove(&c->pods, &p->item);
	*p->link = p->next;
	if (p->next)
		p->next->link = p->link;
	c->n_pods--;
	pod_free(p); /* readers never look at pods */
}

const struct dns_address *pod_addresses(const struct pod *p, size_t *ret_n)
{
	*ret_n = p->is_seen ? p->n_seen : p->n_told;
	return p->is_seen ? p->seen : p->told;
}

static bool has_node(struct net_node *const *nodes, size_t n, const struct net_node *node)
{
	for (size_t i = 0; i < n; i++)
		if (nodes[i] == node)
			return true;
	return false;
}

static int node_add_pod(struct clients *c, struct net_node *node, struct pod *p, struct err *e)
{
	struct pod **pods = reallocarray(node->pods, node->n_pods + 1, sizeof(struct pod *));

	if (!pods)
		return err_set(e, ERR_NOMEM, ENOMEM, "pod %s", p->name);
	node->pods = pods;
	node->pods[node->n_pods++] = p;
	return p->place.n > 0 ? node_refresh(c, node, e) : 0;
}

static void node_remove_pod(struct clients *c, struct net_node *node, struct pod *p)
{
	for (size_t i = 0; i < node->n_pods; i++)
		if (node->pods[i] == p)
			node->pods[i--] = node->pods[--node->n_pods];
	if (p->place.n > 0)
		node_refresh(c, node, NULL); /* without memory the old list stays, and is valid */
	node_release(c, node);
}

/* First the new addresses, then the old: at no time has the pod none of both. */
static int pod_place(struct clients *c, struct pod *p, const struct dns_address *addresses,
	size_t n, struct err *e)
{
	autofree struct net_node **nodes = calloc(n + 1, sizeof(struct net_node *));
	struct net_node **old = p->nodes;
	size_t n_nodes = 0, n_old = p->n_nodes;
	int r = 0;

	if (!nodes)
		return err_set(e, ERR_NOMEM, ENOMEM, "pod %s", p->name);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct net_node *node;

		r = node_get(c, &addresses[i], 128, &node, e);
		if (r < 0 || has_node(nodes, n_nodes, node))
			continue;
		if (!has_node(old, n_old, node)) {
			r = node_add_pod(c, node, p, e);
			if (r < 0) {
				node_remove_pod(c, node, p);
				continue;
			}
		}
		nodes[n_nodes++] = node;
	}
	for (size_t i = 0; i < n_nodes && r < 0; i++)
		if (!has_node(old, n_old, nodes[i]))
			node_remove_pod(c, nodes[i], p);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n_old; i++)
		if (!has_node(nodes, n_nodes, old[i]))
			node_remove_pod(c, old[i], p);
	free(old);
	p->nodes = take_ptr(&nodes);
	p->n_nodes = n_nodes;
	return 0;
}

int clients_pod(struct clients *c, const char *name, const struct dns_address *addresses, size_t n,
	bool told, struct err *e)
{
	autofree struct dns_address *own = calloc(n + 1, sizeof(*own));
	struct pod *p;
	int r;

	if (!own)
		return err_set(e, ERR_NOMEM, ENOMEM, "pod %s", name);
	if (n > 0)
		memcpy(own, addresses, n * sizeof(*own));
	r = pod_get(c, name, &p, e);
	if (r < 0)
		return r;
	if (!told || !p->is_seen)
		r = pod_place(c, p, own, n, e);
	if (r < 0) {
		pod_prune(c, p);
		return r;
	}
	free(told ? p->told : p->seen);
	if (told) {
		p->told = take_ptr(&own);
		p->n_told = n;
		p->is_told = true;
	} else {
		p->seen = take_ptr(&own);
		p->n_seen = n;
		p->is_seen = true;
	}
	pod_prune(c, p);
	return 0;
}

int clients_forget(struct clients *c, struct pod *p, struct err *e)
{
	int r = pod_place(c, p, NULL, 0, e);

	if (r < 0)
		return r;
	p->n_seen = p->n_told = 0;
	p->is_seen = p->is_told = false;
	pod_prune(c, p);
	return 0;
}

void clients_done(struct clients *c)
{
	while (c->first)
		if (clients_forget(c, c->first, NULL) < 0)
			break; /* no memory: it leaks at the very end */
	table_done(&c->nets);
	table_done(&c->pods);
	table_done(&c->groups);
}

/* --- groups ----------------------------------------------------------------------------------- */

static struct place *ref_place(const struct client_ref *ref)
{
	return ref->is_pod ? &ref->pod->place : &ref->node->place;
}

static int ref_refresh(struct clients *c, const struct client_ref *ref, struct err *e)
{
	int r = 0;

	if (!ref->is_pod)
		return node_refresh(c, ref->node, e);
	for (size_t i = 0; i < ref->pod->n_nodes && r == 0; i++)
		r = node_refresh(c, ref->pod->nodes[i], e);
	return r;
}

static void ref_release(struct clients *c, const struct client_ref *ref)
{
	if (ref->is_pod)
		pod_prune(c, ref->pod);
	else
		node_release(c, ref->node);
}

static void refs_release(struct clients *c, const struct client_ref *refs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ref_release(c, &refs[i]);
}

static int place_add(struct place *p, struct group *g, struct err *e)
{
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 1;
		struct group **more = reallocarray(p->groups, cap, sizeof(struct group *));

		if (!more)
			return err_set(e, ERR_NOMEM, ENOMEM, "group of clients");
		p->groups = more;
		p->cap = cap;
	}
	p->groups[p->n++] = g;
	return 0;
}

static void place_remove(struct place *p, const struct group *g)
{
	for (size_t i = p->n; i-- > 0;)
		if (p->groups[i] == g) {
			p->groups[i] = p->groups[--p->n];
			return;
		}
}

static void group_done(struct garbage *garbage, void *ctx)
{
	struct group *g = (struct group *)(void *)((char *)garbage -
						   offsetof(struct group, garbage));

	(void)ctx;
	for (int i = 0; i < GROUP_LENGTHS; i++)
		free(atomic_load_explicit(&g->lengths[i], memory_order_relaxed));
	free(g);
}

void clients_drop(struct clients *c, struct group *g)
{
	bool clean = true;

	if (g->entries > 0)
		return;
	table_remove(&c->groups, &g->item);
	for (size_t i = 0; i < g->n_members; i++) {
		place_remove(ref_place(&g->members[i]), g);
		clean = ref_refresh(c, &g->members[i], NULL) == 0 && clean;
	}
	refs_release(c, g->members, g->n_members);
	if (clean) /* else a list still has it, for want of memory for a new one */
		epoch_retire(c->epoch, &g->garbage, group_done);
}

static int group_new(struct clients *c, const struct client_ref *refs, size_t n, struct group **ret,
	struct err *e)
{
	struct group *g;
	int r = table_reserve(&c->groups, 1, e);

	g = r == 0 ? calloc(1, sizeof(*g) + n * sizeof(*refs)) : NULL;
	if (!g) {
		refs_release(c, refs, n);
		return r < 0 ? r : err_set(e, ERR_NOMEM, ENOMEM, "group of clients");
	}
	g->item.hash = group_hash(refs, n);
	g->salt = table_mix(++c->salts * SPREAD);
	g->n_members = n;
	memcpy(g->members, refs, n * sizeof(*refs));
	table_add(&c->groups, &g->item);
	for (size_t i = 0; i < n && r == 0; i++)
		r = place_add(ref_place(&refs[i]), g, e);
	for (size_t i = 0; i < n && r == 0; i++)
		r = ref_refresh(c, &refs[i], e);
	if (r < 0) {
		clients_drop(c, g);
		return r;
	}
	*ret = g;
	return 0;
}

static int by_pointer(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)((const struct client_ref *)a)->node;
	uintptr_t y = (uintptr_t)((const struct client_ref *)b)->node;

	return x < y ? -1 : x > y;
}

static int ref_get(
	struct clients *c, const struct dns_client *client, struct client_ref *ret, struct err *e)
{
	static const struct dns_address any;

	ret->is_pod = client->kind == DNS_CLIENT_POD;
	if (ret->is_pod)
		return pod_get(c, client->pod, &ret->pod, e);
	if (client->kind == DNS_CLIENT_ANY)
		return node_get(c, &any, 0, &ret->node, e);
	return node_get(c, &client->net, client->prefix, &ret->node, e);
}

int clients_group(
	struct clients *c, const struct rule_spec *spec, struct group **ret, struct err *e)
{
	autofree struct client_ref *refs = calloc(spec->n_clients + 1, sizeof(*refs));
	struct group_key key = { refs, 0 };
	size_t n = 0;
	int r = 0;

	if (!refs)
		return err_set(e, ERR_NOMEM, ENOMEM, "clients");
	for (; n < spec->n_clients && r == 0; n += r == 0)
		r = ref_get(c, &spec->clients[n], &refs[n], e);
	qsort(refs, n, sizeof(*refs), by_pointer);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || refs[i].node != refs[i - 1].node)
			refs[key.n++] = refs[i];
	if (r == 0) {
		*ret = (struct group *)(void *)table_find(
			&c->groups, group_hash(refs, key.n), group_same, &key);
		if (*ret)
			return 0;
		return group_new(c, refs, key.n, ret, e);
	}
	refs_release(c, refs, key.n);
	return r;
}

/* --- for readers ------------------------------------------------------------------------------ */

/* The next prefix in use below at, -1: none. */
static int next_prefix(const struct clients *c, unsigned at)
{
	if (at == 0)
		return -1;
	for (int word = (int)(at - 1) / 64; word >= 0; word--) {
		uint64_t bits = atomic_load_explicit(&c->prefixes[word], memory_order_acquire);

		if (word == (int)(at - 1) / 64)
			bits &= UINT64_MAX >> (63 - (at - 1) % 64);
		if (bits)
			return word * 64 + 63 - __builtin_clzll(bits);
	}
	return -1;
}

const struct group_list *clients_next(
	const struct clients *c, const struct dns_address *address, unsigned *at)
{
	int prefix;

	while ((prefix = next_prefix(c, *at)) >= 0) {
		struct net_key key = net_key(address, (unsigned)prefix);
		const struct net_node *node = (const struct net_node *)(const void *)table_find(
			&c->nets, net_hash(&key), net_same, &key);
		const struct group_list *list = node ? atomic_load_explicit(
							       &node->list, memory_order_acquire)
						     : NULL;

		*at = (unsigned)prefix;
		if (list)
			return list;
	}
	*at = 0;
	return NULL;
}
