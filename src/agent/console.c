/* Registration, heartbeats and reports. */
#include "agent/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "agent/post.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/rand.h"
#include "base/sign.h"
#include "base/str.h"

#define MOST_BACKOFF_MS 60000
#define MOST_REPORTS	64
#define REPORT_TRIES	20
#define GOODBYE_MS	2000

struct report {
	struct console *console; /* NULL: free */
	const char *call;
	char uid[64], status[16], error[400];
	int tries;
	bool sent; /* and not answered yet */
};

struct console {
	const struct options *o;
	struct event_base *base;
	struct event *timer; /* the only one: the next step, or the watchdog of the present one */
	struct post *post;
	console_registered_f *registered;
	void *ctx;
	const char *version;
	struct console_facts facts;
	char ip[HOST_IP_SIZE], outside[HOST_IP_SIZE];
	unsigned failures; /* in a row */
	unsigned forgets;  /* since a heartbeat was heard */
	int64_t began_ms;  /* the present step, boot clock */
	bool waiting;	   /* for the answer to a step */
	bool closing;
	struct report reports[MOST_REPORTS];
};

static void timer_set(struct console *c, int64_t ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	evtimer_add(c->timer, &tv);
}

/* 1 s, 2 s, 4 s ... 60 s, half as much more or less by chance. */
static int64_t backoff_ms(unsigned failures)
{
	int64_t ms = failures > 6 ? MOST_BACKOFF_MS : 500LL << failures;
	uint64_t chance;

	rand_bytes(&chance, sizeof(chance));
	if (ms > MOST_BACKOFF_MS)
		ms = MOST_BACKOFF_MS;
	return ms / 2 + (int64_t)(chance % (uint64_t)ms);
}

/* Messages. */

/* What every message carries beside its params, which go first (agent 1.1.1). */
static void headers_add(const struct console *c, json_t *body)
{
	char pid[16], rid[37];
	const char *const headers[][2] = { { "FR", "C" }, { "pid", pid }, { "rid", rid },
		{ "uid", c->facts.uid }, { "type", "CHAOS_AGENT" }, { "v", GALE_VERSION },
		{ "cbv", c->version }, { "cid", *c->facts.cid ? c->facts.cid : NULL } };

	/* The service is the helper, our parent. */
	snprintf(pid, sizeof(pid), "%d", (int)getppid());
	rand_uuid(rid);
	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		if (!json_object_get(body, headers[i][0]))
			json_put_str(body, headers[i][0], headers[i][1]);
	}
}

static void put_port(const struct console *c, json_t *params)
{
	char port[16];

	snprintf(port, sizeof(port), "%lld", c->o->port);
	json_put_str(params, "port", port);
}

/* Turns params into the signed body of a message. */
static void sign_body(const struct console *c, json_t *params)
{
	char ts[24], sn[SIGN_SIZE];

	put_port(c, params);
	snprintf(ts, sizeof(ts), "%lld000", (long long)clock_wall_ms());
	json_put_str(params, "ts", ts);
	if (sign_params(params, c->facts.sk, sn, NULL) == 0)
		json_put_str(params, "sn", sn);
	json_put_str(params, "ak", c->facts.ak);
	headers_add(c, params);
}

static json_t *register_body(const struct console *c)
{
	const struct options *o = c->o;
	char name[128], uptime[64], cpus[24], memory[40];
	const char *const texts[][2] = { { "ip", c->ip }, { "instanceId", name },
		{ "deviceId", name }, { "deviceType", "0" }, { "namespace", o->namespace_ },
		{ "ak", o->license }, { "uptime", uptime }, { "startupMode", o->startup_mode },
		{ "agentMode", o->agent_mode }, { "osType", o->os_type }, { "cpuNum", cpus },
		{ "memSize", memory }, { "clusterId", o->cluster_id },
		{ "clusterName", o->cluster_name }, { "appInstance", c->facts.app_instance },
		{ "appGroup", c->facts.app_group }, { "vpcId", o->license },
		{ "restrictedVpc", o->restricted ? "true" : NULL } };
	json_t *body = json_object();

	host_name(name);
	host_uptime(uptime);
	snprintf(cpus, sizeof(cpus), "%ld", sysconf(_SC_NPROCESSORS_ONLN));
	snprintf(memory, sizeof(memory), "%f", host_memory_kb());
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		json_put_str(body, texts[i][0], texts[i][1]);
	put_port(c, body);
	headers_add(c, body);
	return body;
}

/* Steps. */

/* The present step is over; the next one follows after ms. */
static void step_over(struct console *c, int64_t ms)
{
	c->waiting = false;
	if (!c->closing)
		timer_set(c, ms);
}

static void step_failed(struct console *c, const char *event, const struct err *e)
{
	char next[32];
	int64_t ms;

	if (c->closing)
		return;
	c->facts.failures++;
	c->failures++;
	ms = c->facts.registered ? c->o->heartbeat_ms : backoff_ms(c->failures);
	snprintf(next, sizeof(next), "%lld ms", (long long)ms);
	/* Of many heartbeats that fail in a row only the first is worth a line. */
	log_write(c->facts.registered && c->failures > 1 ? LOG_DEBUG : LOG_WARN, event, "error",
		e->msg, "retrying_in", next, NULL);
	step_over(c, ms);
}

static void step_send(struct console *c, const char *path, json_t *body, post_answer_f *answer)
{
	struct err e;

	c->waiting = true;
	c->began_ms = clock_boot_ms();
	/* In case that no answer is ever told of. */
	timer_set(c, 4 * c->o->timeout_ms + 1000);
	if (post_send(c->post, path, body, answer, c, &e) < 0)
		step_failed(c, "send.failed", &e);
}

static int facts_take(struct console *c, const json_t *reply, struct err *e)
{
	const json_t *result = json_object_get(reply, "result");
	const struct {
		const char *key;
		char *to;
		size_t size;
	} fields[] = { { "cid", c->facts.cid, sizeof(c->facts.cid) },
		{ "uid", c->facts.uid, sizeof(c->facts.uid) },
		{ "ak", c->facts.ak, sizeof(c->facts.ak) },
		{ "sk", c->facts.sk, sizeof(c->facts.sk) } };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const char *text = json_text(result, fields[i].key);

		if (!*text || strlen(text) >= fields[i].size)
			return err_set(
				e, ERR_PROTOCOL, 0, "the console sent no good `%s`", fields[i].key);
	}
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		snprintf(fields[i].to, fields[i].size, "%s", json_text(result, fields[i].key));
	return 0;
}

int console_reply_check(const json_t *reply, struct err *e)
{
	if (json_is_true(json_object_get(reply, "success")))
		return 0;
	return err_set(e, ERR_PROTOCOL, 0, "the console refused, code %lld: %s",
		(long long)json_integer_value(json_object_get(reply, "code")),
		json_text(reply, "error"));
}

static void registered(const json_t *reply, void *ctx, struct err *e)
{
	struct console *c = ctx;

	if (!reply || console_reply_check(reply, e) < 0 || facts_take(c, reply, e) < 0) {
		step_failed(c, "register.failed", e);
		return;
	}
	c->facts.registered = true;
	c->facts.registrations++;
	c->failures = 0;
	log_write(LOG_INFO, "registered", "console", c->o->endpoint, "cid", c->facts.cid, "ip",
		c->ip, NULL);
	c->registered(c->ctx);
	step_over(c, c->o->heartbeat_ms);
}

/* It does not know us any more: an old one says so with a success and the result false. */
static bool forgotten(const json_t *reply)
{
	long long code = json_integer_value(json_object_get(reply, "code"));

	return json_is_false(json_object_get(reply, "result")) || code == 401 || code == 403 ||
	       code == 404;
}

static void heartbeat_answered(const json_t *reply, void *ctx, struct err *e)
{
	struct console *c = ctx;
	int64_t rest = c->began_ms + c->o->heartbeat_ms - clock_boot_ms();

	if (reply && forgotten(reply)) {
		log_write(LOG_WARN, "console.forgot", "error", json_text(reply, "error"),
			"consequence", "registering again", NULL);
		c->facts.registered = false;
		/* At once, unless it forgets as soon as it has heard. */
		step_over(c, ++c->forgets == 1 ? 0 : backoff_ms(c->forgets));
	} else if (!reply || console_reply_check(reply, e) < 0) {
		step_failed(c, "heartbeat.failed", e);
	} else {
		if (c->failures > 0)
			log_write(LOG_INFO, "heartbeat.again", NULL);
		c->failures = c->forgets = 0;
		c->facts.heartbeats++;
		step_over(c, rest > 0 ? rest : 0);
	}
}

/* The address now, when it is not given. True when it is another than before. */
static bool ip_changed(struct console *c)
{
	char ip[HOST_IP_SIZE];

	if (*c->o->local_ip || host_ip(c->o->host, ip, NULL) < 0 || str_eq(ip, c->ip))
		return false;
	memcpy(c->ip, ip, sizeof(ip));
	return true;
}

static void reports_send(struct console *c);

static void step_next(evutil_socket_t fd, short what, void *ctx)
{
	struct console *c = ctx;
	autojson json_t *body = NULL;

	(void)fd;
	(void)what;
	if (c->waiting) {
		post_renew(c->post); /* which answers the step with a failure */
		return;
	}
	if (ip_changed(c) && c->facts.registered) {
		log_write(LOG_INFO, "address.changed", "ip", c->ip, NULL);
		c->facts.registered = false;
		post_renew(c->post); /* the connection is of the old one */
	}
	if (!c->facts.registered) {
		body = register_body(c);
		step_send(c, "AgentRegister", body, registered);
		return;
	}
	body = json_object();
	json_put_str(body, "appInstance", c->facts.app_instance);
	json_put_str(body, "appGroup", c->facts.app_group);
	if (c->o->external_ip)
		json_put_str(body, "ip", *c->outside ? c->outside : c->ip);
	sign_body(c, body);
	step_send(c, "AgentHeartBeat", body, heartbeat_answered);
	reports_send(c);
}

/* Reports. */

static void report_answered(const json_t *reply, void *ctx, struct err *e)
{
	struct report *r = ctx;

	r->sent = false;
	if (reply) {
		r->console = NULL;
	} else if (++r->tries == REPORT_TRIES) {
		log_write(LOG_ERROR, "report.lost", "uid", r->uid, "error", e->msg, NULL);
		r->console = NULL;
	}
}

static void reports_send(struct console *c)
{
	for (size_t i = 0; i < MOST_REPORTS; i++) {
		struct report *r = &c->reports[i];
		autojson json_t *body = NULL;

		if (!r->console || r->sent)
			continue;
		body = json_object();
		json_put_str(body, "uid", r->uid);
		json_put_str(body, "status", r->status);
		json_put_str(body, "error", r->error);
		sign_body(c, body);
		r->sent = post_send(c->post, r->call, body, report_answered, r, NULL) == 0;
	}
}

void console_report(
	struct console *c, const char *call, const char *uid, const char *status, const char *error)
{
	for (size_t i = 0; i < MOST_REPORTS; i++) {
		struct report *r = &c->reports[i];

		if (r->console)
			continue;
		*r = (struct report){ .console = c, .call = call };
		snprintf(r->uid, sizeof(r->uid), "%s", uid);
		snprintf(r->status, sizeof(r->status), "%s", status);
		snprintf(r->error, sizeof(r->error), "%s", error);
		if (c->facts.registered)
			reports_send(c);
		return;
	}
	log_write(LOG_ERROR, "report.lost", "uid", uid, "error", "too many reports wait", NULL);
}

int console_call(struct console *c, const char *name, json_t *params, post_answer_f *answer,
	void *ctx, struct err *e)
{
	if (!c->facts.registered || c->closing)
		return err_set(e, ERR_BUSY, 0, "not registered with the console");
	sign_body(c, params);
	return post_send(c->post, name, params, answer, ctx, e);
}

/* The end. */

static void goodbye_answered(const json_t *reply, void *ctx, struct err *e)
{
	struct console *c = ctx;

	if (!reply)
		log_write(LOG_WARN, "close.failed", "error", e->msg, NULL);
	event_base_loopexit(c->base, NULL);
}

void console_close(struct console *c)
{
	const struct timeval limit = { GOODBYE_MS / 1000, GOODBYE_MS % 1000 * 1000 };
	autojson json_t *body = json_object();

	c->closing = true;
	evtimer_del(c->timer);
	/* Not behind a call that may never be answered. */
	post_renew(c->post);
	sign_body(c, body);
	if (!c->facts.registered ||
		post_send(c->post, "AgentClosed", body, goodbye_answered, c, NULL) < 0)
		event_base_loopexit(c->base, NULL);
	else
		event_base_loopexit(c->base, &limit);
}

void console_set_outside(struct console *c, const char *ip)
{
	if (!*c->o->local_ip && !str_eq(c->outside, ip))
		snprintf(c->outside, sizeof(c->outside), "%s", ip);
}

const struct console_facts *console_facts(const struct console *c)
{
	return &c->facts;
}

void console_set_app(struct console *c, const char *instance, const char *group)
{
	snprintf(c->facts.app_instance, sizeof(c->facts.app_instance), "%s", instance);
	snprintf(c->facts.app_group, sizeof(c->facts.app_group), "%s", group);
}

int console_new(const struct options *o, struct event_base *base, const char *gale_version,
	console_registered_f *on_registered, void *ctx, struct console **ret, struct err *e)
{
	struct console *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return err_set(e, ERR_NOMEM, 0, "start the talk with the console");
	c->o = o;
	c->base = base;
	c->version = gale_version;
	c->registered = on_registered;
	c->ctx = ctx;
	console_set_app(c, o->app_instance, o->app_group);
	snprintf(c->ip, sizeof(c->ip), "%s", o->local_ip);
	r = *c->ip ? 0 : host_ip(o->host, c->ip, e);
	if (r == 0)
		r = post_new(base, o->host, o->host_port, o->timeout_ms, &c->post, e);
	c->timer = evtimer_new(base, step_next, c);
	if (r < 0 || !c->timer) {
		console_free(c);
		return r < 0 ? r : err_set(e, ERR_NOMEM, 0, "start the talk with the console");
	}
	timer_set(c, 0);
	*ret = c;
	return 0;
}

void console_free(struct console *c)
{
	if (!c)
		return;
	if (c->timer)
		event_free(c->timer);
	post_free(c->post);
	free(c);
}
