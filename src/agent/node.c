/* The operator's door. */
#include "agent/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/node_order.h"
#include "agent/node_reply.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rand.h"
#include "grpc/health.h"
#include "grpc/server.h"
#include "node/node.pb-c.h"
#include "node/seal.h"

enum { MOST_UIDS = 200 };

/* A call that the helper is busy with. */
struct call {
	struct node *node; /* NULL: free */
	uint64_t number;   /* of the held reply */
	struct words uids; /* asked for; of an order one */
	bool create, query;
	int code;	   /* of the order: gale's, 0: it succeeded */
	struct err failed; /* its text */
};

struct node {
	const struct options *o;
	struct asks *asks;
	struct grpc_offer offer;
	struct grpc_health health;
	struct grpc_server *grpc;
	struct tls *tls;
	struct nets anybody;
	uint64_t last_number;
	char instance[17];
	struct call calls[ASK_MOST];
};

static struct call *call_new(struct node *n, struct err *e)
{
	for (size_t i = 0; i < ASK_MOST; i++) {
		if (!n->calls[i].node) {
			n->calls[i] = (struct call){ .node = n, .number = ++n->last_number };
			return &n->calls[i];
		}
	}
	err_set(e, ERR_BUSY, 0, "%d calls are being carried out", ASK_MOST);
	return NULL;
}

static void call_free(struct call *c)
{
	words_free(&c->uids);
	*c = (struct call){ 0 };
}

static void call_failed(struct call *c, const struct err *e)
{
	grpc_server_answer(c->node->grpc, c->number, NULL, e);
	call_free(c);
}

/* --- what stands ------------------------------------------------------------------------------ */

static void experiment_answer(struct call *c, const json_t *said)
{
	Gale__Node__V1__Experiment x;

	node_reply_row(node_reply_find(said, c->uids.v[0]), c->uids.v[0], &x);
	if (c->create && c->code != 0 && x.state == GALE__NODE__V1__STATE__STATE_UNKNOWN)
		x.state = GALE__NODE__V1__STATE__STATE_ERROR;
	if (x.state == GALE__NODE__V1__STATE__STATE_ERROR && str_empty(x.error))
		x.error = c->failed.msg;
	if (x.state == GALE__NODE__V1__STATE__STATE_ERROR)
		x.code = c->code;
	grpc_server_answer(c->node->grpc, c->number, &x.base, NULL);
}

static void list_answer(struct call *c, const json_t *said)
{
	Gale__Node__V1__QueryResponse out = GALE__NODE__V1__QUERY_RESPONSE__INIT;
	const json_t *all = json_object_get(said, "result");
	size_t n = c->uids.n > 0 ? c->uids.n : json_array_size(all);
	autofree Gale__Node__V1__Experiment *rows = calloc(n + 1, sizeof(*rows));
	autofree Gale__Node__V1__Experiment **list = calloc(n + 1, sizeof(*list));
	struct err e;

	if (!rows || !list) {
		err_set(&e, ERR_NOMEM, 0, "a list of %zu experiments", n);
		grpc_server_answer(c->node->grpc, c->number, NULL, &e);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const json_t *row = c->uids.n > 0 ? node_reply_find(said, c->uids.v[i])
						  : json_array_get(all, i);

		node_reply_row(row, c->uids.n > 0 ? c->uids.v[i] : json_text(row, "Uid"), &rows[i]);
		list[i] = &rows[i];
	}
	out.experiments = list;
	out.n_experiments = n;
	out.node = (char *)c->node->o->node_name;
	out.instance = c->node->instance;
	grpc_server_answer(c->node->grpc, c->number, &out.base, NULL);
}

/* The records were read, or could not be. That there is none of a uid is a failure of gale's. */
static void status_known(void *ctx, unsigned status, const char *output)
{
	struct call *c = ctx;
	autojson json_t *said = NULL;
	struct err e;

	if (status > ORDER_FAILED || json_parse(output, strlen(output), &said, NULL) < 0) {
		err_set(&e, ERR_SYSTEM, 0, "%.200s", output);
		call_failed(c, &e);
		return;
	}
	if (c->query)
		list_answer(c, said);
	else
		experiment_answer(c, said);
	call_free(c);
}

/* Of the uids or, when there are none, of all that are in place. */
static int status_ask(struct call *c, struct err *e)
{
	autowords struct words order = { 0 };
	autobuf struct buf uids = BUF_INIT(MESSAGE_MOST);
	int r = words_parse(
		c->uids.n > 0 ? "status" : "status --type create --status Success", &order, e);

	for (size_t i = 0; i < c->uids.n; i++)
		buf_fmt(&uids, "%s%s", i > 0 ? "," : "--uid=", c->uids.v[i]);
	if (r == 0 && c->uids.n > 0)
		r = words_add(&order, buf_text(&uids), uids.len, e);
	return r == 0 ? ask_order(c->node->asks, &order, status_known, c, e) : r;
}

/* --- orders ----------------------------------------------------------------------------------- */

/* gale's {"code":..,"error":".."}. */
static void failure_read(struct call *c, const char *output)
{
	autojson json_t *said = NULL;
	long long code = err_code(ERR_SYSTEM);
	const char *text = output;

	if (json_parse(output, strlen(output), &said, NULL) == 0) {
		json_get_int(said, "code", code, &code, NULL);
		text = json_text(said, "error");
	}
	c->code = (int)code;
	err_set(&c->failed, ERR_SYSTEM, 0, "%s", text);
}

static void order_done(void *ctx, unsigned status, const char *output)
{
	struct call *c = ctx;
	struct err e;

	if (status > ORDER_REFUSED) {
		err_set(&e, status - ORDER_REFUSED, 0, "%s", output);
		call_failed(c, &e);
		return;
	}
	if (status != ORDER_DONE)
		failure_read(c, output);
	if (status_ask(c, &e) < 0)
		call_failed(c, &e);
}

/* Of an order that nobody has checked yet. */
static int uid_read(
	struct call *c, const ProtobufCBinaryData *packed, struct grpc_call *call, struct err *e)
{
	const Gale__Node__V1__Order *o = gale__node__v1__order__unpack(
		&call->arena->allocator, packed->len, packed->data);

	if (!o || !node_uid_good(o->uid))
		return err_set(e, ERR_INVALID, 0, "order: not a packed Order with a uid");
	return words_add(&c->uids, o->uid, strlen(o->uid), e);
}

static int order_take(
	struct grpc_call *call, const ProtobufCMessage *in, bool create, struct err *e)
{
	const Gale__Node__V1__SignedOrder *s = (const Gale__Node__V1__SignedOrder *)in;
	struct node *n = call->ctx;
	autobuf struct buf data = BUF_INIT(MESSAGE_MOST);
	struct call *c;
	int r;

	if (s->signature.len != SEAL_SIZE)
		return err_set(e, ERR_DENIED, 0, "the order is not signed");
	c = call_new(n, e);
	if (!c)
		return -ERR_BUSY;
	c->create = create;
	buf_add(&data, s->signature.data, SEAL_SIZE);
	buf_add(&data, s->order.data, s->order.len);
	r = data.failed ? err_set(e, ERR_INVALID, 0, "an order of %zu bytes", s->order.len) : 0;
	if (r == 0)
		r = uid_read(c, &s->order, call, e);
	if (r == 0)
		r = ask_signed(n->asks, data.data, data.len, order_done, c, e);
	if (r < 0)
		call_free(c);
	else
		call->hold = c->number;
	return r;
}

static int create(struct grpc_call *call, const ProtobufCMessage *in, struct err *e)
{
	return order_take(call, in, true, e);
}

static int destroy(struct grpc_call *call, const ProtobufCMessage *in, struct err *e)
{
	return order_take(call, in, false, e);
}

static int query(struct grpc_call *call, const ProtobufCMessage *in, struct err *e)
{
	const Gale__Node__V1__QueryRequest *q = (const Gale__Node__V1__QueryRequest *)in;
	struct call *c;
	int r = 0;

	if (q->n_uids > MOST_UIDS)
		return err_set(e, ERR_INVALID, 0, "uids: more than %d", MOST_UIDS);
	c = call_new(call->ctx, e);
	if (!c)
		return -ERR_BUSY;
	c->query = true;
	for (size_t i = 0; i < q->n_uids && r == 0; i++)
		r = !node_uid_good(q->uids[i])
			    ? err_illegal(e, "uids", q->uids[i], "the uid of an order")
			    : words_add(&c->uids, q->uids[i], strlen(q->uids[i]), e);
	if (r == 0)
		r = status_ask(c, e);
	if (r < 0)
		call_free(c);
	else
		call->hold = c->number;
	return r;
}

static const struct grpc_method methods[] = {
	{ "/gale.node.v1.Node/Create", &gale__node__v1__signed_order__descriptor, create, true },
	{ "/gale.node.v1.Node/Destroy", &gale__node__v1__signed_order__descriptor, destroy, true },
	{ "/gale.node.v1.Node/Query", &gale__node__v1__query_request__descriptor, query, true },
	{ 0 },
};

/* --- made and unmade -------------------------------------------------------------------------- */

static void refused(void *ctx, const char *address, const char *reason)
{
	static struct log_gate gate;

	(void)ctx;
	if (log_gate(&gate, clock_boot_ms()))
		log_write(LOG_WARN, "node.refused", "peer", address, "reason", reason, NULL);
}

static int node_listen(struct node *n, struct event_base *base, struct err *e)
{
	const struct tls_files files = { n->o->node_cert, n->o->node_key, n->o->node_ca,
		n->o->node_clients };
	const struct grpc_server_options options = { .offer = &n->offer, .refused = refused };
	int r = tls_open(&files, &n->tls, e);

	if (r == 0)
		r = grpc_server_new(base, &options, &n->grpc, e);
	if (r == 0)
		r = grpc_server_listen(n->grpc, n->o->node_listen, n->tls, &n->anybody, e);
	return r < 0 ? err_wrap(e, "node-listen") : 0;
}

int node_new(const struct options *o, struct event_base *base, struct asks *asks, struct node **ret,
	struct err *e)
{
	struct node *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return err_set(e, ERR_NOMEM, 0, "start the operator's door");
	n->o = o;
	n->asks = asks;
	rand_hex(n->instance, sizeof(n->instance) - 1);
	grpc_offer(&n->offer, methods, n);
	n->health.offer = &n->offer;
	n->health.serving = true;
	grpc_health_offer(&n->health);
	r = node_listen(n, base, e);
	if (r < 0)
		node_free(n);
	else
		*ret = n;
	return r;
}

void node_free(struct node *n)
{
	if (!n)
		return;
	grpc_server_free(n->grpc);
	tls_close(n->tls);
	for (size_t i = 0; i < ASK_MOST; i++)
		call_free(&n->calls[i]);
	free(n);
}

void node_close(struct node *n, void (*done)(void *ctx), void *ctx)
{
	n->health.serving = false;
	grpc_server_drain(n->grpc, done, ctx);
}

const struct grpc_counts *node_counts(const struct node *n)
{
	return &n->offer.counts;
}
