/* Registration, proof, heartbeats and their writing, liveness. */
#include "box/fleet/fleet.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/sign.h"
#include "base/str.h"
#include "box/fleet/inside.h"
#include "box/net/topic.h"
#include "box/store/account.h"
#include "box/store/db.h"

#define WRITE_MS 1000

static void news(struct fleet *fleet, long long user)
{
	char topic[TOPIC_MAX];

	snprintf(topic, sizeof(topic), "fleet/%lld", user);
	topics_publish(fleet->options.topics, topic);
}

/* ---- registration */

static void agent_fill(struct agent *agent, const struct device *d, const struct user *user,
	const struct user_secret *secret)
{
	snprintf(agent->license, sizeof(agent->license), "%s", user->license);
	snprintf(agent->secret_key, sizeof(agent->secret_key), "%s", secret->secret_key);
	agent->user = d->user;
	snprintf(agent->address, sizeof(agent->address), "%s", d->private_ip);
	agent->port = d->port;
	agent->beat.id = d->id;
	agent->beat.reachable = d->reachable;
	agent->beat.last_ping_ms = d->last_ping_ms;
	snprintf(agent->beat.public_ip, sizeof(agent->beat.public_ip), "%s", d->public_ip);
	snprintf(agent->beat.version, sizeof(agent->beat.version), "%s", d->version);
	snprintf(agent->beat.chaos_version, sizeof(agent->beat.chaos_version), "%s",
		d->chaos_version);
}

static int roster_keep(struct fleet *fleet, const struct device *d, const struct user *user,
	const struct user_secret *secret, struct err *e)
{
	struct agent *agent;

	pthread_mutex_lock(&fleet->roster.lock);
	agent = roster_add(&fleet->roster, d->configuration_id);
	if (agent) {
		agent_fill(agent, d, user, secret);
		roster_status(&fleet->roster, agent, d->status);
	}
	pthread_mutex_unlock(&fleet->roster.lock);
	return agent ? 0 : err_set(e, ERR_NOMEM, 0, "out of memory");
}

/* Whether another agent that lives has this cid: same address and host, another port. */
static bool cid_in_use(
	struct fleet *fleet, const char *cid, int port, const struct user *user, int64_t now_ms)
{
	struct agent *a;
	bool used;

	pthread_mutex_lock(&fleet->roster.lock);
	a = roster_find(&fleet->roster, cid);
	used = a && a->port != port && str_eq(a->license, user->license) &&
	       a->beat.status == DEVICE_ONLINE &&
	       a->beat.last_ping_ms + fleet->options.lost_ms > now_ms;
	pthread_mutex_unlock(&fleet->roster.lock);
	return used;
}

int fleet_register(struct fleet *fleet, struct db *db, const struct user *user,
	const struct user_secret *secret, struct device *device, int64_t now_ms, struct err *e)
{
	char cid[33], second[160];
	int r;

	fleet_host_cid(user->user_id, device->namespace, device->private_ip, device->device_type,
		device->device_id, cid);
	if (cid_in_use(fleet, cid, device->port, user, now_ms)) {
		snprintf(second, sizeof(second), "%.128s:%d", device->device_id, device->port);
		fleet_host_cid(user->user_id, device->namespace, device->private_ip,
			device->device_type, second, cid);
	}
	snprintf(device->configuration_id, sizeof(device->configuration_id), "%s", cid);
	device->user = user->id;
	r = store_device_register(db, device, now_ms, e);
	if (r == 0)
		r = roster_keep(fleet, device, user, secret, e);
	if (r < 0)
		return r;
	news(fleet, user->id);
	return 0;
}

/* ---- callbacks */

enum fleet_proof fleet_prove(
	struct fleet *fleet, const json_t *body, int64_t now_ms, struct fleet_caller *ret)
{
	const char *cid = json_text(body, "cid");
	char license[40], secret[72];
	enum fleet_proof proof = FLEET_PROVEN;
	struct agent *agent;

	pthread_mutex_lock(&fleet->roster.lock);
	agent = roster_find(&fleet->roster, cid);
	if (agent) {
		memcpy(license, agent->license, sizeof(license));
		memcpy(secret, agent->secret_key, sizeof(secret));
		ret->device = agent->beat.id;
		ret->user = agent->user;
		snprintf(ret->cid, sizeof(ret->cid), "%s", agent->cid);
	}
	pthread_mutex_unlock(&fleet->roster.lock);
	if (!agent)
		proof = FLEET_UNKNOWN;
	else if (!str_eq(json_text(body, "ak"), license) ||
		 !sign_body_matches(body, secret, json_text(body, "sn")))
		proof = FLEET_FORGED;
	else if (!sign_fresh(json_text(body, "ts"), now_ms))
		proof = FLEET_STALE;
	if (proof != FLEET_PROVEN)
		atomic_fetch_add(&fleet->refused, 1);
	return proof;
}

void fleet_heartbeat(struct fleet *fleet, const char *cid, const char *version,
	const char *chaos_version, const char *public_ip, int64_t now_ms)
{
	long long came = 0;
	struct agent *a;

	atomic_fetch_add(&fleet->heartbeats, 1);
	pthread_mutex_lock(&fleet->roster.lock);
	a = roster_find(&fleet->roster, cid);
	if (a) {
		if (a->beat.status != DEVICE_ONLINE)
			came = a->user;
		roster_status(&fleet->roster, a, DEVICE_ONLINE);
		a->beat.last_ping_ms = now_ms;
		snprintf(a->beat.version, sizeof(a->beat.version), "%s", version);
		snprintf(a->beat.chaos_version, sizeof(a->beat.chaos_version), "%s", chaos_version);
		if (str_empty(public_ip) || fleet_is_address(public_ip))
			snprintf(a->beat.public_ip, sizeof(a->beat.public_ip), "%s", public_ip);
		roster_dirty(&fleet->roster, a);
	}
	pthread_mutex_unlock(&fleet->roster.lock);
	if (came)
		news(fleet, came);
}

void fleet_goodbye(struct fleet *fleet, const char *cid, int64_t now_ms)
{
	long long gone = 0;
	struct agent *a;

	pthread_mutex_lock(&fleet->roster.lock);
	a = roster_find(&fleet->roster, cid);
	if (a) {
		gone = a->user;
		roster_status(&fleet->roster, a, DEVICE_WAIT_INSTALL);
		a->beat.last_ping_ms = now_ms;
		roster_dirty(&fleet->roster, a);
	}
	pthread_mutex_unlock(&fleet->roster.lock);
	if (gone)
		news(fleet, gone);
}

void fleet_forget(struct fleet *fleet, const char *cid)
{
	pthread_mutex_lock(&fleet->roster.lock);
	roster_remove(&fleet->roster, cid);
	pthread_mutex_unlock(&fleet->roster.lock);
}

void fleet_refresh(struct fleet *fleet, struct device *device)
{
	bool pod = device_is_pod(device);
	const struct agent *a;

	pthread_mutex_lock(&fleet->roster.lock);
	a = roster_find(&fleet->roster, pod ? device->agent_cid : device->configuration_id);
	if (pod) {
		device->reachable = a && a->beat.status == DEVICE_ONLINE;
	} else if (a && a->user == device->user) {
		device->status = a->beat.status;
		device->reachable = a->beat.reachable;
		device->last_ping_ms = a->beat.last_ping_ms;
		snprintf(device->public_ip, sizeof(device->public_ip), "%s", a->beat.public_ip);
	}
	pthread_mutex_unlock(&fleet->roster.lock);
}

void fleet_counts(struct fleet *fleet, struct fleet_count *ret)
{
	pthread_mutex_lock(&fleet->roster.lock);
	ret->agents = fleet->roster.n;
	ret->online = fleet->roster.n_online;
	pthread_mutex_unlock(&fleet->roster.lock);
	ret->heartbeats = atomic_load(&fleet->heartbeats);
	ret->refused = atomic_load(&fleet->refused);
	ret->orders = atomic_load(&fleet->orders);
	ret->failures = atomic_load(&fleet->failures);
}

/* ---- liveness and writing, each second, in the main thread */

/* After a start, agents get as long as they always have before they count as lost. */
static void mark_lost(struct fleet *fleet, int64_t now_ms)
{
	int64_t limit = now_ms - fleet->options.lost_ms;

	if (limit < fleet->started_ms)
		return;
	pthread_mutex_lock(&fleet->roster.lock);
	for (size_t i = 0; i < fleet->roster.n_slots; i++) {
		for (struct agent *a = fleet->roster.slots[i]; a; a = a->next) {
			if (a->beat.status != DEVICE_ONLINE || a->beat.last_ping_ms >= limit)
				continue;
			roster_status(&fleet->roster, a, DEVICE_OFFLINE);
			roster_dirty(&fleet->roster, a);
			news(fleet, a->user);
		}
	}
	pthread_mutex_unlock(&fleet->roster.lock);
}

static void write_beats(struct fleet *fleet)
{
	struct device_beat *beats;
	struct err e = { 0 };
	size_t n = 0;

	pthread_mutex_lock(&fleet->roster.lock);
	beats = roster_take_dirty(&fleet->roster, &n);
	pthread_mutex_unlock(&fleet->roster.lock);
	/* What is lost here comes again with the next heartbeat. */
	if (beats && store_device_beats(fleet->options.db, beats, n, &e) < 0)
		log_write(LOG_ERROR, "heartbeats.not_written", "error", e.msg, NULL);
	free(beats);
}

static void on_write(evutil_socket_t fd, short what, void *arg)
{
	struct fleet *fleet = arg;

	(void)fd;
	(void)what;
	mark_lost(fleet, clock_wall_ms());
	write_beats(fleet);
	fleet_pods_sweep(fleet, clock_wall_ms());
}

/* ---- start and end */

static int load_one(const struct device *d, void *arg, struct err *e)
{
	struct fleet *fleet = arg;
	struct user_secret secret;
	struct user user;
	int r = store_user_by_id(fleet->options.db, d->user, &user, &secret, e);

	return r < 0 ? r : roster_keep(fleet, d, &user, &secret, e);
}

static int start_timers(struct fleet *fleet, struct err *e)
{
	const struct timeval write = { WRITE_MS / 1000, WRITE_MS % 1000 * 1000 };
	const struct timeval ping = { fleet->options.ping_ms / 1000,
		fleet->options.ping_ms % 1000 * 1000 };

	fleet->write = event_new(fleet->options.base, -1, EV_PERSIST, on_write, fleet);
	if (!fleet->write || event_add(fleet->write, &write) < 0)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	if (!fleet->options.ping_ms)
		return 0;
	fleet->ping = event_new(fleet->options.base, -1, EV_PERSIST, fleet_ping, fleet);
	if (!fleet->ping || event_add(fleet->ping, &ping) < 0)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return 0;
}

int fleet_new(const struct fleet_options *options, struct fleet **ret, struct err *e)
{
	struct fleet *fleet = calloc(1, sizeof(*fleet));
	struct device_filter agents = DEVICE_FILTER_ALL;
	int r;

	if (!fleet)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	fleet->options = *options;
	fleet->started_ms = clock_wall_ms();
	agents.kind = DEVICE_AGENT;
	r = roster_init(&fleet->roster, e);
	if (r == 0)
		r = store_device_each(options->db, &agents, load_one, fleet, e);
	if (r == 0)
		r = fleet_pods_start(fleet, e);
	if (r == 0)
		r = start_timers(fleet, e);
	if (r < 0) {
		fleet_free(fleet);
		return r;
	}
	*ret = fleet;
	return 0;
}

void fleet_free(struct fleet *fleet)
{
	if (!fleet)
		return;
	fleet_pods_end(fleet);
	if (fleet->roster.slots)
		write_beats(fleet);
	if (fleet->write)
		event_free(fleet->write);
	if (fleet->ping)
		event_free(fleet->ping);
	roster_done(&fleet->roster);
	free(fleet);
}
