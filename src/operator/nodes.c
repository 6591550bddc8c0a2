/* Orders to the agents of nodes. */
#include "operator/nodes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "grpc/client.h"
#include "node/node.pb-c.h"
#include "node/seal.h"

enum {
	DIAL_MS = 5000,
	CREATE_MS = 60000, /* it answers when it has measured */
	DESTROY_MS = 30000,
	GOOD_FOR_MS = 120000,
	MOST_FLAGS = 32,
};

struct nodes {
	struct tls *tls;
	const char *sign_key;
	struct seal_key *key; /* as it was first */
	struct lines *lines;
	long long port;
};

int nodes_open(const struct nodes_options *o, struct nodes **ret, struct err *e)
{
	struct nodes *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return err_set(e, ERR_NOMEM, ENOMEM, "nodes");
	n->port = o->port;
	n->sign_key = o->sign_key;
	r = tls_open_client(&o->files, &n->tls, e);
	if (r == 0)
		r = seal_key_load(o->sign_key, &n->key, e);
	if (r == 0)
		r = lines_new(&n->lines, e);
	if (r < 0)
		nodes_close(n);
	else
		*ret = n;
	return r;
}

void nodes_close(struct nodes *n)
{
	if (!n)
		return;
	lines_free(n->lines);
	tls_close(n->tls);
	seal_key_free(n->key);
	free(n);
}

/* --- one call --------------------------------------------------------------------------------- */

/* By the key that is in the file now: it may be replaced. */
static int sign(const struct nodes *n, const void *packed, size_t len,
	uint8_t seal[static SEAL_SIZE], struct err *e)
{
	struct seal_key *now = NULL;
	int r;

	seal_key_load(n->sign_key, &now, NULL);
	r = seal_sign(now ? now : n->key, packed, len, seal, e);
	seal_key_free(now);
	return r;
}

static int order_seal(const struct nodes *n, const Gale__Node__V1__Order *o, uint8_t **ret,
	size_t *ret_len, uint8_t seal[static SEAL_SIZE], struct err *e)
{
	size_t len = gale__node__v1__order__get_packed_size(o);
	autofree uint8_t *packed = malloc(len + 1);
	int r;

	if (!packed)
		return err_set(e, ERR_NOMEM, ENOMEM, "order");
	gale__node__v1__order__pack(o, packed);
	r = sign(n, packed, len, seal, e);
	if (r < 0)
		return r;
	*ret = take_ptr(&packed);
	*ret_len = len;
	return 0;
}

static int dial(const struct nodes *n, const char *to, struct line *ret, struct err *e)
{
	bool six = strchr(to, ':');
	char address[96];

	*ret = (struct line){ .since_ms = clock_boot_ms() };
	snprintf(ret->address, sizeof(ret->address), "%s", to);
	snprintf(address, sizeof(address), "%s%s%s:%lld", six ? "[" : "", to, six ? "]" : "",
		n->port);
	return grpc_client_dial(address, n->tls, DIAL_MS, &ret->client, e);
}

struct question {
	const char *method;
	const Gale__Node__V1__SignedOrder *in;
	int timeout_ms;
};

/* Leaves the connection to the next, where it is of use still. */
static int ask(const struct nodes *n, const struct node_at *at, const struct question *q,
	struct line *line, ProtobufCMessage **ret, struct err *e)
{
	int r = grpc_client_call(line->client, q->method, &q->in->base,
		&gale__node__v1__experiment__descriptor, q->timeout_ms, ret, e);

	if (r == -ERR_TIMEOUT || r == -ERR_PROTOCOL)
		grpc_client_free(line->client);
	else
		lines_put(n->lines, at->name, line, clock_boot_ms());
	return r;
}

/* A uid is carried out once: where a kept connection was closed, it is asked again. */
static int call(const struct nodes *n, const struct node_at *at, const struct question *q,
	ProtobufCMessage **ret, struct err *e)
{
	struct line line;
	int r = -ERR_PROTOCOL;

	if (lines_take(n->lines, at->name, clock_boot_ms(), &line))
		r = ask(n, at, q, &line, ret, e);
	if (r == -ERR_PROTOCOL) {
		r = dial(n, at->address, &line, e);
		if (r == 0)
			r = ask(n, at, q, &line, ret, e);
	}
	return r < 0 ? err_wrap(e, "node %s", at->name) : 0;
}

/* The order's node, uid and what are the caller's. *ret is freed by it. */
static int say(const struct nodes *n, const struct node_at *at, Gale__Node__V1__Order *o,
	Gale__Node__V1__Experiment **ret, struct err *e)
{
	bool create = o->what_case == GALE__NODE__V1__ORDER__WHAT_CREATE;
	Gale__Node__V1__SignedOrder in = GALE__NODE__V1__SIGNED_ORDER__INIT;
	autofree uint8_t *packed = NULL;
	uint8_t seal[SEAL_SIZE];
	const struct question q = { create ? "/gale.node.v1.Node/Create"
					   : "/gale.node.v1.Node/Destroy",
		&in, create ? CREATE_MS : DESTROY_MS };
	ProtobufCMessage *out = NULL;
	int r;

	o->node = (char *)at->name;
	o->issued_ms = clock_wall_ms();
	o->expires_ms = o->issued_ms + GOOD_FOR_MS;
	r = order_seal(n, o, &packed, &in.order.len, seal, e);
	if (r < 0)
		return r;
	in.order.data = packed;
	in.signature = (ProtobufCBinaryData){ SEAL_SIZE, seal };
	r = call(n, at, &q, &out, e);
	if (r == 0)
		*ret = (Gale__Node__V1__Experiment *)out;
	return r;
}

/* --- create and destroy ----------------------------------------------------------------------- */

static size_t flags_make(json_t *flags, Gale__Node__V1__Flag ret[static MOST_FLAGS],
	Gale__Node__V1__Flag *list[static MOST_FLAGS])
{
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach(flags, name, value)
	{
		if (n == MOST_FLAGS)
			break;
		gale__node__v1__flag__init(&ret[n]);
		ret[n].name = (char *)name;
		ret[n].value = (char *)json_string_value(value);
		list[n] = &ret[n];
		n++;
	}
	return n;
}

/* What the node says of a create. */
static int created(const struct node_at *at, const Gale__Node__V1__Experiment *x,
	struct node_said *ret, struct err *e)
{
	if (x->state == GALE__NODE__V1__STATE__STATE_CREATED)
		return err_set(e, ERR_BUSY, 0, "node %s: is still at it", at->name);
	/* what cannot be taken back, such as a kill, stands nowhere and has no deadline */
	if (x->state == GALE__NODE__V1__STATE__STATE_SUCCESS &&
		(x->active || x->deadline_ms == 0)) {
		snprintf(ret->text, sizeof(ret->text), "%s: %g %s measured, %g asked for",
			x->verdict, x->measured, x->unit, x->requested);
		if (str_empty(x->verdict))
			ret->text[0] = '\0';
		return 0;
	}
	ret->spent = true;
	ret->code = x->code;
	return err_set(e, x->code == err_code(ERR_UNSUPPORTED) ? ERR_UNSUPPORTED : ERR_SYSTEM, 0,
		"node %s: %s", at->name,
		!str_empty(x->error)   ? x->error
		: !str_empty(x->notes) ? x->notes
				       : "it has ended already");
}

int nodes_create(const struct nodes *n, const struct node_at *at, const struct node_task *t,
	struct node_said *ret, struct err *e)
{
	Gale__Node__V1__Order o = GALE__NODE__V1__ORDER__INIT;
	Gale__Node__V1__Create create = GALE__NODE__V1__CREATE__INIT;
	Gale__Node__V1__Container container = GALE__NODE__V1__CONTAINER__INIT;
	Gale__Node__V1__Flag flags[MOST_FLAGS], *list[MOST_FLAGS];
	Gale__Node__V1__Experiment *x = NULL;
	int r;

	*ret = (struct node_said){ 0 };
	if (t->container) {
		container.id = (char *)t->container;
		container.pod_uid = (char *)t->pod_uid;
		create.container = &container;
	}
	create.target = (char *)t->order->target;
	create.action = (char *)t->order->action;
	create.n_flags = flags_make(t->order->flags, flags, list);
	create.flags = list;
	create.timeout_ms = t->timeout_ms;
	o.uid = (char *)t->uid;
	o.what_case = GALE__NODE__V1__ORDER__WHAT_CREATE;
	o.create = &create;
	r = say(n, at, &o, &x, e);
	if (r == 0)
		r = created(at, x, ret, e);
	if (x)
		gale__node__v1__experiment__free_unpacked(x, NULL);
	return r;
}

int nodes_destroy(const struct nodes *n, const struct node_at *at, const char *uid, struct err *e)
{
	Gale__Node__V1__Order o = GALE__NODE__V1__ORDER__INIT;
	Gale__Node__V1__Destroy destroy = GALE__NODE__V1__DESTROY__INIT;
	Gale__Node__V1__Experiment *x = NULL;
	int r;

	o.uid = (char *)uid;
	o.what_case = GALE__NODE__V1__ORDER__WHAT_DESTROY;
	o.destroy = &destroy;
	r = say(n, at, &o, &x, e);
	if (r == 0 && x->active)
		r = err_set(e, ERR_SYSTEM, 0, "node %s: %s", at->name,
			str_empty(x->error) ? "it is still in place" : x->error);
	if (x)
		gale__node__v1__experiment__free_unpacked(x, NULL);
	return r;
}

bool nodes_address(const struct nodes *n, const char *node, char ret[static LINE_ADDRESS_SIZE])
{
	return lines_address(n->lines, node, clock_boot_ms(), ret);
}
