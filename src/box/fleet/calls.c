/* Orders to agents, pings among them, and whether they arrive. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "box/fleet/inside.h"
#include "box/fleet/order.h"
#include "box/net/client.h"
#include "box/net/mailbox.h"

#define PING_TIMEOUT_MS 5000

static void set_reachable(struct fleet *fleet, const char *cid, bool reachable)
{
	struct agent *a;

	pthread_mutex_lock(&fleet->roster.lock);
	a = roster_find(&fleet->roster, cid);
	if (a && a->beat.reachable != reachable) {
		a->beat.reachable = reachable;
		roster_dirty(&fleet->roster, a);
	}
	pthread_mutex_unlock(&fleet->roster.lock);
}

struct order {
	struct fleet *fleet;
	char cid[40], host[48], path[64];
	int port, timeout_ms;
	char *body;
	agent_done_f *done;
	void *arg;
};

static void order_end(struct order *order, const struct agent_reply *reply, const struct err *e)
{
	if (!reply)
		atomic_fetch_add(&order->fleet->failures, 1);
	order->done(reply, e, order->arg);
	free(order->body);
	free(order);
}

static void order_answered(const struct client_answer *answer, const struct err *e, void *arg)
{
	struct order *order = arg;
	autojson json_t *owner = NULL;
	struct agent_reply reply;
	struct err why = { 0 };

	set_reachable(order->fleet, order->cid, answer != NULL);
	if (!answer) {
		order_end(order, NULL, e);
		return;
	}
	if (order_decode(answer->body, answer->len, &reply, &owner, &why) < 0)
		order_end(order, NULL, &why);
	else
		order_end(order, &reply, NULL);
}

/* In the main thread. */
static void order_send(void *arg)
{
	struct order *order = arg;
	struct client_request request = {
		.host = order->host,
		.port = order->port,
		.path = order->path,
		.type = "application/x-www-form-urlencoded",
		.body = order->body,
		.len = strlen(order->body),
		.timeout_ms = order->timeout_ms,
	};
	struct err e = { 0 };

	atomic_fetch_add(&order->fleet->orders, 1);
	if (client_post(order->fleet->options.client, &request, order_answered, order, &e) < 0)
		order_end(order, NULL, &e);
}

/* The licence and the secret with which an agent's owner signs. */
static int order_keys(struct fleet *fleet, const char *cid, char license[static 40],
	char secret[static 72], struct err *e)
{
	const struct agent *a;

	pthread_mutex_lock(&fleet->roster.lock);
	a = roster_find(&fleet->roster, cid);
	if (a) {
		memcpy(license, a->license, 40);
		memcpy(secret, a->secret_key, 72);
	}
	pthread_mutex_unlock(&fleet->roster.lock);
	return a ? 0 : err_set(e, ERR_NOTFOUND, 0, "no agent %s", cid);
}

int fleet_order(struct fleet *fleet, const struct device *device, const char *path,
	const json_t *params, int timeout_ms, agent_done_f *done, void *arg, struct err *e)
{
	char license[40], secret[72];
	struct order *order;
	int r;

	r = order_keys(fleet, device->configuration_id, license, secret, e);
	if (r < 0)
		return r;
	order = calloc(1, sizeof(*order));
	if (!order)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	r = order_encode(device, params, license, secret, clock_wall_ms(), &order->body, e);
	if (r < 0) {
		free(order);
		return r;
	}
	order->fleet = fleet;
	order->port = device->port;
	order->timeout_ms = timeout_ms;
	order->done = done;
	order->arg = arg;
	snprintf(order->cid, sizeof(order->cid), "%s", device->configuration_id);
	snprintf(order->host, sizeof(order->host), "%s", device_address(device));
	snprintf(order->path, sizeof(order->path), "%s", path);
	if (!mailbox_post(fleet->options.mailbox, order_send, order)) {
		free(order->body);
		free(order);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	return 0;
}

static void pinged(const struct agent_reply *reply, const struct err *e, void *arg)
{
	struct fleet *fleet = arg;

	(void)reply;
	(void)e;
	fleet->pings--;
}

struct ping_list {
	struct device *devices;
	size_t n, size;
};

/* What a ping needs of each agent that is online; the lock is not held while they are sent. */
static void list_online(struct fleet *fleet, struct ping_list *ret)
{
	pthread_mutex_lock(&fleet->roster.lock);
	ret->devices = calloc(fleet->roster.n_online + 1, sizeof(*ret->devices));
	for (size_t i = 0; ret->devices && i < fleet->roster.n_slots; i++) {
		for (const struct agent *a = fleet->roster.slots[i]; a; a = a->next) {
			struct device *d = &ret->devices[ret->n];

			if (a->beat.status != DEVICE_ONLINE)
				continue;
			snprintf(d->configuration_id, sizeof(d->configuration_id), "%s", a->cid);
			snprintf(d->private_ip, sizeof(d->private_ip), "%s", a->address);
			snprintf(d->public_ip, sizeof(d->public_ip), "%s", a->beat.public_ip);
			d->port = a->port;
			ret->n++;
		}
	}
	pthread_mutex_unlock(&fleet->roster.lock);
}

void fleet_ping(int fd, short what, void *arg)
{
	struct fleet *fleet = arg;
	struct ping_list list = { 0 };

	(void)fd;
	(void)what;
	if (fleet->pings > 0)
		return; /* the round before has not ended */
	list_online(fleet, &list);
	for (size_t i = 0; i < list.n; i++)
		if (fleet_order(fleet, &list.devices[i], "/ping", NULL, PING_TIMEOUT_MS, pinged,
			    fleet, NULL) == 0)
			fleet->pings++;
	free(list.devices);
}
