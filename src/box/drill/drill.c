/* Commands on their way, and the turns of the loop in which runs are moved on. */
#include "box/drill/drill.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/time.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/str.h"
#include "box/drill/command.h"
#include "box/drill/machine.h"
#include "box/drill/plan.h"
#include "box/fleet/fleet.h"
#include "box/net/topic.h"
#include "box/store/db.h"
#include "box/store/drill_run.h"
#include "box/store/pod.h"

#define UID_DIGITS  16
#define COMMAND_MS  75000    /* agents work at most 60 s on a command */
#define FLEET_TOPIC "fleet/" /* and the user's id */
#define AGAIN_MS    1000     /* after a failure of the store */

/* A command on its way, or its answer that is not in the store yet. */
struct flight {
	LIST_ENTRY(flight) entry;
	struct drill *drill;
	long long task, execution; /* execution: of a create or status, 0 of a destroy */
	char uid[RUN_UID_MAX];
	bool answered;
	struct reply reply;
	char *effect, *response;
};

struct drill {
	struct drill_options o;
	struct event *turn; /* the timer: the next row that is due, or at once */
	LIST_HEAD(, flight) flights;
};

static void turn_at(struct drill *d, int64_t wait_ms)
{
	struct timeval tv = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };

	event_add(d->turn, &tv);
}

/* ---- flights ---- */

static void flight_free(struct flight *f)
{
	LIST_REMOVE(f, entry);
	free(f->effect);
	free(f->response);
	reply_done(&f->reply);
	free(f);
}

static void flight_fail(struct flight *f, enum reply_kind kind, const char *why)
{
	f->reply = (struct reply){ .kind = kind, .code = -1 };
	snprintf(f->reply.error, sizeof(f->reply.error), "%s", why);
	f->answered = true;
	turn_at(f->drill, 0);
}

static void flight_landed(const struct agent_reply *answer, const struct err *e, void *arg)
{
	struct flight *f = arg;
	struct err why = { 0 };

	if (!answer) {
		flight_fail(f, e->kind == ERR_BUSY ? REPLY_UNSENT : REPLY_LOST, e->msg);
		return;
	}
	if (reply_of(answer, &f->reply, &why) < 0) {
		flight_fail(f, REPLY_LOST, why.msg);
		return;
	}
	f->response = agent_reply_text(answer);
	f->effect = reply_effect(answer);
	f->answered = true;
	turn_at(f->drill, 0);
}

static struct flight *flight_new(struct drill *d, const struct run *run, const char *uid)
{
	struct flight *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->drill = d;
	f->task = run->id;
	snprintf(f->uid, sizeof(f->uid), "%s", uid);
	LIST_INSERT_HEAD(&d->flights, f, entry);
	return f;
}

/* Whether a host cannot be told to begin anything, and why. */
static bool is_offline(const struct device *host, char *why, size_t size)
{
	char when[40];

	if (host->status == DEVICE_ONLINE)
		return false;
	clock_rfc3339_at(host->last_ping_ms, when);
	snprintf(why, size, "the agent of %s (%s) is offline: its last heartbeat came at %s",
		host->hostname, host->private_ip, when);
	return true;
}

/* Whom an execution's commands are for: a host, or whichever agent its cluster has now. */
static int find_agent(struct drill *d, const struct run *run, const struct execution *x,
	struct device *ret, struct err *e)
{
	int r;

	if (execution_is_order(x))
		return store_cluster_agent(d->o.db, run->user, x->target, ret, e);
	r = store_device_find(d->o.db, run->user, x->target, ret, e);
	return r < 0 ? err_wrap(e, "the host is not registered any more") : 0;
}

static void fly(struct drill *d, const struct run *run, struct flight *f, const struct execution *x,
	const char *command)
{
	autojson json_t *params = json_object();
	struct device host;
	char why[RUN_TEXT_MAX];
	struct err e = { 0 };

	json_put_str(params, "cmd", command);
	if (find_agent(d, run, x, &host, &e) < 0) {
		flight_fail(f, REPLY_UNSENT, e.msg);
		return;
	}
	fleet_refresh(d->o.fleet, &host);
	if (f->execution && is_offline(&host, why, sizeof(why)))
		flight_fail(f, REPLY_UNSENT, why);
	else if (fleet_order(d->o.fleet, &host, "/chaosblade", params, COMMAND_MS, flight_landed, f,
			 &e) < 0)
		flight_fail(f, REPLY_UNSENT, e.msg);
}

static void fly_execution(struct drill *d, const struct run *run, const struct execution *x)
{
	const struct injection *in = &run->injections[x->newest];
	struct flight *f = flight_new(d, run, in->uid);
	autofree char *question = NULL;

	if (!f)
		return; /* the row stays marked as running: it is sent after the next start */
	f->execution = x->id;
	if (x->ask)
		question = execution_is_order(x) ? command_pods_status(in->uid)
						 : command_status(in->uid);
	fly(d, run, f, x, x->ask ? question : x->request);
}

static void fly_injection(struct drill *d, const struct run *run, const struct injection *in)
{
	struct flight *f = flight_new(d, run, in->uid);
	const struct execution *x = &run->executions[in->execution];
	autofree char *command = execution_is_order(x)
					 ? command_pods_destroy(in)
					 : command_destroy(
						   run->activities[x->activity].app_code, in->uid);

	if (f)
		fly(d, run, f, x, command);
}

static void send_marked(struct drill *d, const struct run *run)
{
	for (size_t i = 0; i < run->execution_count; i++)
		if (run->executions[i].send)
			fly_execution(d, run, &run->executions[i]);
	for (size_t i = 0; i < run->injection_count; i++)
		if (run->injections[i].send)
			fly_injection(d, run, &run->injections[i]);
}

/* ---- one step of one run ---- */

static void land_execution(struct run *run, struct flight *f, int64_t now)
{
	for (size_t i = 0; i < run->execution_count; i++) {
		struct execution *x = &run->executions[i];

		if (x->id != f->execution)
			continue;
		x->busy = !f->answered;
		if (!f->answered)
			return;
		if (f->response) {
			free(x->response);
			x->response = strdup(f->response);
		}
		if (f->effect) {
			free(x->effect);
			x->effect = strdup(f->effect);
		}
		machine_create_reply(run, i, &f->reply, now);
		return;
	}
}

static void land_injection(struct run *run, const struct flight *f, int64_t now)
{
	for (size_t i = 0; i < run->injection_count; i++) {
		if (!str_eq(run->injections[i].uid, f->uid))
			continue;
		run->injections[i].busy = !f->answered;
		if (f->answered)
			machine_destroy_reply(run, i, &f->reply, now);
		return;
	}
}

/* What is on its way becomes a mark on its row, what has come back a change of it. */
static void land(struct drill *d, struct run *run, int64_t now)
{
	for (struct flight *f = LIST_FIRST(&d->flights); f; f = LIST_NEXT(f, entry)) {
		if (f->task != run->id)
			continue;
		if (f->execution)
			land_execution(run, f, now);
		else
			land_injection(run, f, now);
	}
}

static void forget_landed(struct drill *d, long long task)
{
	struct flight *f, *next;

	for (f = LIST_FIRST(&d->flights); f; f = next) {
		next = LIST_NEXT(f, entry);
		if (f->task == task && f->answered)
			flight_free(f);
	}
}

/* Those of its pods that have no result yet, with commas. Owned; NULL without memory. */
static char *names_of(const struct run *run, const struct execution *x)
{
	struct buf names = BUF_INIT(PLAN_NAMES_MAX);

	for (size_t i = x->first_pod; i < x->first_pod + x->pod_count; i++)
		if (run->pods[i].result == RESULT_NONE)
			buf_fmt(&names, "%s%s", names.len ? "," : "", run->pods[i].name);
	return buf_take(&names);
}

static int prepare_create(
	const struct run *run, struct execution *x, int64_t timeout_s, struct err *e)
{
	const struct activity *a = &run->activities[x->activity];
	autojson json_t *arguments = json_loads(a->arguments, 0, NULL);
	autofree char *names = execution_is_order(x) ? names_of(run, x) : NULL;
	const struct command_pods pods = { .space = x->space, .names = names };

	x->request = command_create(a->app_code, arguments, timeout_s,
		run->injections[x->newest].uid, execution_is_order(x) ? &pods : NULL);
	if (!arguments || !x->request || (execution_is_order(x) && !names))
		return err_set(e, ERR_NOMEM, 0, "no memory for a command");
	x->dirty = true;
	return 0;
}

/* Uids and the commands of new creates: in the store before anything is sent. */
static int prepare_creates(struct run *run, int64_t now, struct err *e)
{
	int64_t timeout_s = command_timeout(run->duration_s);

	for (size_t i = 0; i < run->injection_count; i++)
		if (run->injections[i].fresh)
			rand_hex(run->injections[i].uid, UID_DIGITS);
	for (size_t i = 0; i < run->execution_count; i++) {
		struct execution *x = &run->executions[i];
		int r;

		if (!x->send || x->ask)
			continue;
		run->injections[x->newest].deadline_ms = now + timeout_s * 1000;
		r = prepare_create(run, x, timeout_s, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int move_on(struct drill *d, long long task, struct run *run, struct err *e)
{
	autotx struct tx tx = { 0 };
	int64_t now = clock_wall_ms();
	int r;

	if ((r = tx_begin(&tx, d->o.db, e)) < 0 || (r = store_run_load(d->o.db, task, run, e)) < 0)
		return r;
	land(d, run, now);
	if ((r = machine_advance(run, now, e)) < 0 || (r = prepare_creates(run, now, e)) < 0 ||
		(r = store_run_save(d->o.db, run, e)) < 0)
		return r;
	return tx_commit(&tx, e);
}

static void publish(struct drill *d, long long task)
{
	char topic[TOPIC_MAX];

	snprintf(topic, sizeof(topic), TASK_TOPIC "%lld", task);
	topics_publish(d->o.topics, topic);
}

/* False: it has to be tried again. */
static bool step(struct drill *d, long long task)
{
	autorun struct run run = { 0 };
	struct err e = { 0 };
	char id[24];
	int r = move_on(d, task, &run, &e);

	if (r == 0) {
		forget_landed(d, task);
		send_marked(d, &run);
		publish(d, task);
		return true;
	}
	if (r == -ERR_NOTFOUND) { /* deleted meanwhile */
		forget_landed(d, task);
		return true;
	}
	snprintf(id, sizeof(id), "%lld", task);
	log_write(LOG_ERROR, "drill.step", "task", id, "error", e.msg, "retry", "in 1 s", NULL);
	return false;
}

/* ---- turns of the loop ---- */

static void add_id(struct run_ids *ids, long long id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (ids->v[i] == id)
			return;
	if (ids->n < ARRAY_LEN(ids->v))
		ids->v[ids->n++] = id;
}

/* The runs that agents have answered, and those whose timer has come; what does not fit: later. */
static int collect(struct drill *d, struct run_ids *ret, struct err *e)
{
	struct run_ids due;
	int r;

	ret->n = 0;
	for (const struct flight *f = LIST_FIRST(&d->flights); f; f = LIST_NEXT(f, entry))
		if (f->answered)
			add_id(ret, f->task);
	r = store_run_due(d->o.db, clock_wall_ms(), &due, e);
	for (size_t i = 0; r == 0 && i < due.n; i++)
		add_id(ret, due.v[i]);
	return r;
}

static bool any_landed(const struct drill *d)
{
	for (const struct flight *f = LIST_FIRST(&d->flights); f; f = LIST_NEXT(f, entry))
		if (f->answered)
			return true;
	return false;
}

static void turn(evutil_socket_t fd, short what, void *arg)
{
	struct drill *d = arg;
	struct run_ids ids;
	struct err e = { 0 };
	int64_t wake = 0, now;
	bool good = true;
	int r;

	(void)fd;
	(void)what;
	r = collect(d, &ids, &e);
	for (size_t i = 0; r == 0 && i < ids.n; i++)
		good &= step(d, ids.v[i]);
	if (r == 0)
		r = store_run_next_wake(d->o.db, &wake, &e);
	if (r < 0)
		log_write(LOG_ERROR, "drill.turn", "error", e.msg, "retry", "in 1 s", NULL);
	now = clock_wall_ms();
	if (r < 0 || !good)
		turn_at(d, AGAIN_MS);
	else if (any_landed(d))
		turn_at(d, 0);
	else if (wake > 0)
		turn_at(d, wake > now ? wake - now : 0);
}

static void hear(const char *topic, void *arg)
{
	(void)topic;
	turn_at(arg, 0);
}

/* "fleet/<user>": an agent has come or gone; what failed for want of it is tried again. */
static void hear_fleet(const char *topic, void *arg)
{
	struct drill *d = arg;
	autotx struct tx tx = { 0 };
	struct err e = { 0 };
	long long user;
	int r, more;

	if (str_to_int(topic + strlen(FLEET_TOPIC), 1, INT64_MAX, &user, NULL) < 0)
		return;
	if ((r = tx_begin(&tx, d->o.db, &e)) == 0 &&
		(r = more = store_run_hurry(d->o.db, user, clock_wall_ms(), &e)) >= 0)
		r = tx_commit(&tx, &e);
	if (r < 0)
		log_write(LOG_ERROR, "drill.hurry", "error", e.msg, NULL);
	else if (more > 0)
		turn_at(d, 0);
}

int drill_new(const struct drill_options *options, struct drill **ret, struct err *e)
{
	struct drill *d = calloc(1, sizeof(*d));
	int r = 0;

	if (d)
		d->turn = evtimer_new(options->base, turn, d);
	if (!d || !d->turn) {
		free(d);
		return err_set(e, ERR_NOMEM, 0, "no memory for the drills");
	}
	d->o = *options;
	LIST_INIT(&d->flights);
	if ((r = store_run_wake_all(d->o.db, clock_wall_ms(), e)) < 0 ||
		(r = topics_listen(d->o.topics, d->o.mailbox, DRILL_TOPIC, hear, d, e)) < 0 ||
		(r = topics_listen(d->o.topics, d->o.mailbox, FLEET_TOPIC, hear_fleet, d, e)) < 0) {
		drill_free(d);
		return r;
	}
	turn_at(d, 0);
	*ret = d;
	return 0;
}

void drill_free(struct drill *d)
{
	if (!d)
		return;
	while (!LIST_EMPTY(&d->flights))
		flight_free(LIST_FIRST(&d->flights));
	event_free(d->turn);
	free(d);
}
