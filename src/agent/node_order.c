/* Orders of the operator, on the side that has the power. */
#include "agent/node_order.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "agent/order.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "grpc/arena.h"
#include "node/node.pb-c.h"
#include "node/seal.h"

enum {
	MOST_UNPACKED = 4 << 20,
	MOST_WORD = 65536,
	MOST_LIFE_MS = 600000, /* between issued and expires */
	SKEW_MS = 60000,
};

#define MOST_TIMEOUT_MS (30 * 24 * 3600 * 1000LL)

bool node_uid_good(const char *uid)
{
	size_t len = strlen(uid);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)uid[i]) && !strchr("-_.", uid[i]))
			return false;
	return len > 0 && len < NODE_UID && isalnum((unsigned char)uid[0]);
}

static int header_check(
	const Gale__Node__V1__Order *o, const struct node_rules *rules, struct err *e)
{
	if (!str_eq(o->node, rules->node))
		return err_set(e, ERR_DENIED, 0, "the order is for node `%.100s`, this is `%s`",
			o->node, rules->node);
	if (o->expires_ms <= rules->now_ms || o->issued_ms < rules->begun_ms)
		return err_set(e, ERR_BUSY, 0,
			"the order %s: it must be made anew (are the clocks right?)",
			o->expires_ms <= rules->now_ms ? "has expired"
						       : "is older than this agent's start");
	if (o->issued_ms > rules->now_ms + SKEW_MS)
		return err_set(
			e, ERR_BUSY, 0, "the order is of the future (are the clocks right?)");
	if (o->expires_ms - o->issued_ms > MOST_LIFE_MS)
		return err_set(e, ERR_INVALID, 0, "the order is good for more than 10 minutes");
	if (!node_uid_good(o->uid))
		return err_illegal(e, "uid", o->uid, "1 to 63 letters, digits, '-', '_', '.'");
	return 0;
}

/* --- what it becomes -------------------------------------------------------------------------- */

static int word(struct words *w, const char *text, struct err *e)
{
	return words_add(w, text, strlen(text), e);
}

static int flag(struct words *w, const char *name, const char *value, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_WORD);

	buf_fmt(&text, "--%s=%s", name, value);
	if (text.failed)
		return err_set(e, ERR_INVALID, 0, "%.60s: longer than %d bytes", name, MOST_WORD);
	return words_add(w, text.data, text.len, e);
}

/* These are said by the order's own fields. */
static int flag_given(struct words *w, const Gale__Node__V1__Flag *f, struct err *e)
{
	static const char *const own[] = { "uid", "timeout", "container-id", "container-name",
		"container-label-selector", "pod", "pod-namespace", "pod-uid", "cri-endpoint" };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (str_eq(f->name, own[i]))
			return err_set(e, ERR_INVALID, 0, "--%s is no flag of an order", own[i]);
	return flag(w, f->name, f->value, e);
}

static int container_words(struct words *w, const Gale__Node__V1__Container *c, struct err *e)
{
	const char *scheme = strstr(c->id, "://");
	const char *id = scheme ? scheme + 3 : c->id;

	if (str_empty(id) && str_empty(c->pod_uid))
		return err_missing(e, "container.id, container.pod_uid");
	if (!str_empty(id))
		return flag(w, "container-id", id, e);
	return flag(w, "pod-uid", c->pod_uid, e);
}

static int create_words(const Gale__Node__V1__Order *o, struct words *w, struct err *e)
{
	const Gale__Node__V1__Create *c = o->create;
	char timeout[32];
	int r;

	if (c->timeout_ms <= 0 || c->timeout_ms > MOST_TIMEOUT_MS)
		return err_set(e, ERR_INVALID, 0, "timeout_ms: %lld is not 1 to %lld",
			(long long)c->timeout_ms, MOST_TIMEOUT_MS);
	snprintf(timeout, sizeof(timeout), "%lldms", (long long)c->timeout_ms);
	r = word(w, "create", e);
	if (r == 0 && c->container)
		r = word(w, "cri", e);
	if (r == 0)
		r = word(w, c->target, e);
	if (r == 0)
		r = word(w, c->action, e);
	if (r == 0)
		r = flag(w, "uid", o->uid, e);
	if (r == 0)
		r = flag(w, "timeout", timeout, e);
	if (r == 0 && c->container)
		r = container_words(w, c->container, e);
	for (size_t i = 0; i < c->n_flags && r == 0; i++)
		r = flag_given(w, c->flags[i], e);
	return r;
}

static int destroy_words(const Gale__Node__V1__Order *o, struct words *w, struct err *e)
{
	int r = word(w, "destroy", e);

	return r == 0 ? word(w, o->uid, e) : r;
}

/* --- what was destroyed ----------------------------------------------------------------------- */

static bool has_ended(const struct node_rules *rules, const char *uid)
{
	for (size_t i = 0; i < MOST_ENDED; i++)
		if (rules->ended->v[i].until_ms > rules->now_ms &&
			str_eq(rules->ended->v[i].uid, uid))
			return true;
	return false;
}

static void note_ended(const struct node_rules *rules, const char *uid)
{
	struct node_ended *n = rules->ended;

	snprintf(n->v[n->next].uid, NODE_UID, "%s", uid);
	n->v[n->next].until_ms = rules->now_ms + MOST_LIFE_MS + SKEW_MS;
	n->next = (n->next + 1) % MOST_ENDED;
}

static int what_check(const Gale__Node__V1__Order *o, const struct node_rules *rules,
	struct words *w, struct err *e)
{
	switch (o->what_case) {
	case GALE__NODE__V1__ORDER__WHAT_CREATE:
		if (has_ended(rules, o->uid))
			return err_set(e, ERR_CONFLICT, 0, "`%s` was destroyed before", o->uid);
		return create_words(o, w, e);
	case GALE__NODE__V1__ORDER__WHAT_DESTROY:
		return destroy_words(o, w, e);
	default:
		return err_set(e, ERR_INVALID, 0, "an order of nothing that is known here");
	}
}

int node_order_words(const void *order, size_t len, const struct node_rules *rules,
	struct words *ret, struct err *e)
{
	autoarena struct arena arena = { 0 };
	autowords struct words given = { 0 };
	Gale__Node__V1__Order *o;
	int r;

	arena_init(&arena, MOST_UNPACKED);
	o = gale__node__v1__order__unpack(&arena.allocator, len, order);
	if (!o)
		return err_set(e, ERR_INVALID, 0, "what is signed is no order");
	r = header_check(o, rules, e);
	if (r == 0)
		r = what_check(o, rules, &given, e);
	if (r == 0)
		r = order_check(rules->allow, ORDER_HOST, &given, ret, e);
	if (r == 0 && o->what_case == GALE__NODE__V1__ORDER__WHAT_DESTROY)
		note_ended(rules, o->uid);
	return r;
}

int node_order_read(const void *data, size_t len, const struct node_rules *rules, struct words *ret,
	struct err *e)
{
	const uint8_t *seal = data, *order = seal + SEAL_SIZE;
	int r;

	if (len < SEAL_SIZE)
		return err_set(e, ERR_DENIED, 0, "the order is not signed");
	r = seal_check(rules->keys, order, len - SEAL_SIZE, seal, e);
	return r == 0 ? node_order_words(order, len - SEAL_SIZE, rules, ret, e) : r;
}
