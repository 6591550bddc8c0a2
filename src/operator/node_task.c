/* A record that the agent of its pod's node carries out. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "operator/kind.h"
#include "operator/nodes.h"
#include "operator/record.h"
#include "operator/select.h"

#define FOR_EVER_MS (30LL * 24 * 3600 * 1000) /* as long as an order may take */

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

/* The addresses of the target's pods. */
static int peers_find(struct task *t, struct buf *ret, struct err *e)
{
	const json_t *target = json_object_get(t->spec, "target"), *pod, *addresses, *one;
	const struct select_from from = { t->api, &t->means->scope,
		json_text(json_object_get(t->object, "metadata"), "namespace") };
	autojson json_t *pods = json_array();
	uint64_t seed;
	size_t i, j;
	int r = json_is_object(target) ? seed_read(t->object, &seed, e) : 0;

	if (!json_is_object(target) || r < 0)
		return r;
	r = select_pods(&from, json_object_get(target, "selector"), pods, e);
	if (r == 0)
		r = select_mode(target, seed, pods, e);
	if (r < 0)
		return err_wrap(e, "spec.target");
	json_array_foreach(pods, i, pod)
	{
		addresses = json_object_get(json_object_get(pod, "status"), "podIPs");
		json_array_foreach(addresses, j, one)
		{
			buf_fmt(ret, "%s%s", ret->len ? "," : "", json_text(one, "ip"));
		}
	}
	if (ret->failed)
		return err_set(e, ERR_UNSUPPORTED, 0, "spec.target: more pods than an order holds");
	return ret->len ? 0 : err_set(e, ERR_BUSY, 0, "spec.target: no pod with an address");
}

/* Of its orders: the first has the name itself. */
static void uid_make(const struct task *t, size_t i, char *ret, size_t size)
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
		uid_make(t, i - 1, uid, sizeof(uid));
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
		.timeout_ms = left < FOR_EVER_MS ? left : FOR_EVER_MS };
	int r = left > 0 ? 0 : err_set(e, ERR_BUSY, 0, "the duration is over");

	for (size_t i = 0; i < o->n && r == 0; i++) {
		one.order = &o->v[i];
		uid_make(t, i, uid, sizeof(uid));
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
	autobuf struct buf peers = BUF_INIT(60000);
	autoorders struct orders orders = { 0 };
	char container[256] = "", address[LINE_ADDRESS_SIZE];
	struct node_at at = { t->node, address };
	int r = *t->pod ? task_pod(t, &pod, e) : 0;

	if (r == -ERR_NOTFOUND) /* for good */
		return err_set(e, ERR_INVALID, 0, "the pod is gone");
	if (r == 0 && *t->container)
		r = container_find(pod, t->container, container, sizeof(container), e);
	if (r == 0)
		r = node_find(t, pod, address, e);
	if (r == 0)
		r = peers_find(t, &peers, e);
	if (r == 0)
		r = t->orders(t->spec, buf_text(&peers), &orders, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < orders.n && t->server && *t->server; i++)
		json_put_str(orders.v[i].flags, "server", t->server);
	r = create_all(t, &at, *t->pod ? container : NULL, &orders, e);
	*ret_silent = is_silence(r);
	return r;
}

int node_task_inject(struct task *t, struct err *e)
{
	bool silent;
	int r = way_check(t, e);

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
	int r = t->orders(t->spec, "", &orders, e);

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

	if (!*t->order) /* without its name nothing was ever ordered */
		return 0;
	r = way_check(t, e);
	if (r < 0)
		return r;
	r = at_node(t, recover_there, &silent, e);
	if (silent && t->end_ms < clock_wall_ms() - LATE_MS) {
		snprintf(t->said, sizeof(t->said),
			"the node does not answer; the fault has ended by its deadline");
		return 0;
	}
	return r;
}
