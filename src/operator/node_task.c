/* A record that the agent of its pod's node carries out. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/text.h"
#include "operator/kind.h"
#include "operator/nodes.h"
#include "operator/record.h"

enum { PEERS_MAX = 60000, ADDRESSES_MAX = 1000 };
enum { LATE_MS = 10000 }; /* behind its deadline a fault is over, whoever answers */

/* --- where ------------------------------------------------------------------------------------ */

static int get(struct task *t, const char *path, json_t **ret, struct err *e)
{
	const struct kube_ask ask = { .method = "GET", .path = path };

	return kube_call(t->api, &ask, ret, e);
}

static int container_find(
	const json_t *pod, const char *name, char *ret, size_t size, struct err *e)
{
	const json_t *list = json_object_get(json_object_get(pod, "status"), "containerStatuses");
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (!str_eq(json_text(one, "name"), name) || !*json_text(one, "containerID"))
			continue;
		snprintf(ret, size, "%s", json_text(one, "containerID"));
		return 0;
	}
	return err_set(e, ERR_BUSY, 0, "container %s is not running", name);
}

/* As it was selected just now, or as it is. */
static int pod_find(struct task *t, json_t **ret, struct err *e)
{
	json_t *known = json_object_get(t->pods, t->pod_uid);

	if (!known)
		return task_pod(t, ret, e);
	*ret = json_incref(known);
	return 0;
}

/* -ERR_NOTFOUND: there is no such node any more. */
static int node_find(
	struct task *t, const json_t *pod, char ret[static LINE_ADDRESS_SIZE], struct err *e)
{
	const char *host = json_text(json_object_get(pod, "status"), "hostIP");
	autojson json_t *node = NULL;
	const json_t *one;
	char path[512];
	size_t i;
	int r;

	if (!*t->node)
		return err_set(e, ERR_BUSY, 0, "the pod has no node yet");
	if (*host)
		snprintf(ret, LINE_ADDRESS_SIZE, "%s", host);
	if (*host || nodes_address(t->means->nodes, t->node, ret))
		return 0;
	snprintf(path, sizeof(path), "/api/v1/nodes/%s", t->node);
	r = get(t, path, &node, e);
	if (r < 0)
		return r;
	json_array_foreach(json_object_get(json_object_get(node, "status"), "addresses"), i, one)
	{
		if (!str_eq(json_text(one, "type"), "InternalIP"))
			continue;
		snprintf(ret, LINE_ADDRESS_SIZE, "%s", json_text(one, "address"));
		return 0;
	}
	return err_set(e, ERR_BUSY, 0, "node %s has no address", t->node);
}

/* Its addresses with commas; "": it has none, or is gone. */
static int addresses_ask(struct task *t, const json_t *record, struct buf *ret, struct err *e)
{
	autojson json_t *pod = NULL;
	const char *id = json_text(record, "id"), *slash = strchr(id, '/');
	struct task other = {
		.api = t->api, .pod_uid = json_text(record, "podUID"), .pods = t->pods
	};
	const json_t *one;
	char namespace[256];
	size_t i;
	int r;

	snprintf(namespace, sizeof(namespace), "%.*s", slash ? (int)(slash - id) : 0, id);
	other.namespace = namespace;
	other.pod = slash ? slash + 1 : "";
	if (!kube_name_good(other.namespace) || !kube_name_good(other.pod))
		return 0; /* a status may have been written by others, where it is no subresource */
	r = pod_find(&other, &pod, e);
	json_array_foreach(json_object_get(json_object_get(pod, "status"), "podIPs"), i, one)
	{
		buf_fmt(ret, "%s%s", ret->len ? "," : "", json_text(one, "ip"));
	}
	return r == -ERR_NOTFOUND ? 0 : r;
}

static int addresses_of(struct task *t, const json_t *record, struct buf *ret, struct err *e)
{
	const char *id = json_text(record, "id");
	const char *known = json_string_value(json_object_get(t->addresses, id));
	autobuf struct buf new = BUF_INIT(ADDRESSES_MAX);
	int r = known ? 0 : addresses_ask(t, record, &new, e);

	if (r < 0)
		return r;
	if (!known) {
		known = buf_text(&new);
		json_object_set_new(t->addresses, id, json_string(known));
	}
	if (*known)
		buf_fmt(ret, "%s%s", ret->len ? "," : "", known);
	return 0;
}

/* The addresses of the pods of the other key, where there is one. */
static int peers_find(struct task *t, struct buf *ret, struct err *e)
{
	const json_t *records = records_of(json_object_get(t->object, "status")), *one;
	bool others = false;
	size_t i;
	int r = 0;

	json_array_foreach(records, i, one)
	{
		if (r < 0 || str_eq(json_text(one, "selectorKey"), t->key))
			continue;
		others = true;
		r = addresses_of(t, one, ret, e);
	}
	if (r < 0)
		return err_wrap(e, "spec.target");
	if (ret->failed)
		return err_set(e, ERR_UNSUPPORTED, 0, "spec.target: more pods than an order holds");
	return others && !ret->len ? err_set(e, ERR_BUSY, 0, "spec.target: no pod with an address")
				   : 0;
}

void task_uid(const struct task *t, size_t i, char *ret, size_t size)
{
	if (i == 0)
		snprintf(ret, size, "%s", t->order);
	else
		snprintf(ret, size, "%s-%zu", t->order, i);
}

/* --- both ways -------------------------------------------------------------------------------- */

static int destroy_some(struct task *t, const struct node_at *at, size_t n, struct err *e)
{
	char uid[64];
	int r = 0;

	for (size_t i = n; i > 0 && r == 0; i--) {
		task_uid(t, i - 1, uid, sizeof(uid));
		r = nodes_destroy(t->means->nodes, at, uid, e);
	}
	return r;
}

/*
 * An order failed, and n may stand. Where the next try takes another name, or there is none, these
 * go; until they do, their name stays.
 */
static int take_back(struct task *t, const struct node_at *at, size_t n, int why)
{
	bool over = t->spent || why == -ERR_INVALID || why == -ERR_UNSUPPORTED;

	if (!over || destroy_some(t, at, n, NULL) == 0)
		return why;
	t->spent = false;
	return -ERR_BUSY;
}

static int create_all(struct task *t, const struct node_at *at, const char *container,
	const struct orders *o, struct err *e)
{
	int64_t left = t->end_ms - clock_wall_ms();
	struct node_said said;
	char uid[64];
	struct node_task one = { uid, .container = container, .pod_uid = t->pod_uid,
		.timeout_ms = left < MOST_ORDER_MS ? left : MOST_ORDER_MS };
	int r = left > 0 ? 0 : err_set(e, ERR_BUSY, 0, "the duration is over");

	for (size_t i = 0; i < o->n && r == 0; i++) {
		one.order = &o->v[i];
		task_uid(t, i, uid, sizeof(uid));
		r = nodes_create(t->means->nodes, at, &one, &said, e);
		snprintf(t->said, sizeof(t->said), "%s", said.text);
		t->spent = said.spent;
		t->code = said.code;
		if (r < 0) /* of a name that goes, all: an earlier try may have come further */
			r = take_back(t, at, t->spent ? o->n : i, r);
	}
	return r;
}

static int way_check(const struct task *t, struct err *e)
{
	if (t->means->nodes)
		return 0;
	return err_set(e, ERR_UNSUPPORTED, 0,
		"this operator has no way to the nodes (--node-cert and so on)");
}

/* Where another is at work the task is for later. *ret_silent: the node does not answer. */
static int at_node(struct task *t, int (*work)(struct task *t, bool *ret_silent, struct err *e),
	bool *ret_silent, struct err *e)
{
	struct gates *gates = t->means->gates;
	int r = gate_enter(gates, t->node, clock_boot_ms(), e);

	t->later = r == -ERR_BUSY;
	*ret_silent = r == -ERR_TIMEOUT;
	if (r < 0)
		return r;
	r = work(t, ret_silent, e);
	gate_leave(gates, t->node, *ret_silent, clock_boot_ms());
	return r;
}

static bool is_silence(int r)
{
	return r == -ERR_TIMEOUT || r == -ERR_PROTOCOL;
}

static int inject_there(struct task *t, bool *ret_silent, struct err *e)
{
	autojson json_t *pod = NULL;
	autobuf struct buf peers = BUF_INIT(PEERS_MAX);
	autoorders struct orders orders = { 0 };
	struct side side = { .key = t->key };
	char container[256] = "", address[LINE_ADDRESS_SIZE];
	struct node_at at = { t->node, address };
	int r = *t->pod ? pod_find(t, &pod, e) : 0;

	if (r == -ERR_NOTFOUND) /* for good */
		return err_set(e, ERR_INVALID, 0, "the pod is gone");
	if (r == 0 && *t->container)
		r = container_find(pod, t->container, container, sizeof(container), e);
	if (r == 0)
		r = node_find(t, pod, address, e);
	if (r == 0)
		r = peers_find(t, &peers, e);
	side.peers = buf_text(&peers);
	if (r == 0)
		r = t->orders(t->spec, &side, &orders, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < orders.n && t->server && *t->server; i++)
		json_put_str(orders.v[i].flags, "server", t->server);
	r = create_all(t, &at, *t->pod ? container : NULL, &orders, e);
	*ret_silent = is_silence(r);
	return r;
}

/* Of pods that the direction leaves alone. */
static bool is_nothing(const struct task *t)
{
	autoorders struct orders orders = { 0 };
	const struct side side = { t->key, "" };

	return t->orders(t->spec, &side, &orders, NULL) == 0 && orders.n == 0;
}

int node_task_inject(struct task *t, struct err *e)
{
	bool silent;
	int r;

	if (is_nothing(t)) {
		snprintf(t->said, sizeof(t->said), "nothing is done here in this direction");
		return 0;
	}
	r = way_check(t, e);
	if (r < 0)
		return r;
	if (!*t->order)
		return err_set(e, ERR_UNSUPPORTED, 0,
			"the definition of the kind is not Gale's (deploy/kubernetes/crds)");
	return at_node(t, inject_there, &silent, e);
}

static int recover_there(struct task *t, bool *ret_silent, struct err *e)
{
	autoorders struct orders orders = { 0 };
	char address[LINE_ADDRESS_SIZE];
	struct node_at at = { t->node, address };
	const struct side side = { t->key, "" };
	int r = t->orders(t->spec, &side, &orders, e);

	if (r == 0)
		r = node_find(t, NULL, address, e);
	if (r == -ERR_NOTFOUND) {
		snprintf(t->said, sizeof(t->said), "the node is gone");
		return 0;
	}
	if (r < 0)
		return r;
	r = destroy_some(t, &at, orders.n, e);
	*ret_silent = is_silence(r);
	return r;
}

int node_task_recover(struct task *t, struct err *e)
{
	bool silent;
	int r;

	if (!*t->order || is_nothing(t)) /* without its name nothing was ever ordered */
		return 0;
	r = way_check(t, e);
	silent = r < 0;
	if (r == 0)
		r = at_node(t, recover_there, &silent, e);
	if (silent && t->end_ms < clock_wall_ms() - LATE_MS) {
		snprintf(t->said, sizeof(t->said),
			"the node does not answer; the fault has ended by its deadline");
		return 0;
	}
	return r;
}
