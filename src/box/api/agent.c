/* The callbacks of agents. All but the registration are proven by their signature. */
#include "box/api/agent.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "box/api/box.h"
#include "box/api/call.h"

static const struct shape register_request = { "RegisteredCallbackRequest",
	(const struct field[]){
		{ "ak", FIELD_TEXT, .help = "the licence" },
		{ "namespace", FIELD_TEXT },
		{ "ip", FIELD_TEXT },
		{ "port", FIELD_TEXT },
		{ "pid", FIELD_TEXT },
		{ "type", FIELD_TEXT },
		{ "uid", FIELD_TEXT },
		{ "v", FIELD_TEXT },
		{ "cbv", FIELD_TEXT },
		{ "instanceId", FIELD_TEXT },
		{ "deviceId", FIELD_TEXT },
		{ "deviceType", FIELD_TEXT },
		{ "uptime", FIELD_TEXT },
		{ "startupMode", FIELD_TEXT },
		{ "agentMode", FIELD_TEXT },
		{ "osType", FIELD_TEXT },
		{ "cpuNum", FIELD_TEXT },
		{ "memSize", FIELD_TEXT, .help = "kB" },
		{ "clusterId", FIELD_TEXT },
		{ "clusterName", FIELD_TEXT },
		{ "appInstance", FIELD_TEXT },
		{ "appGroup", FIELD_TEXT },
		{ "vpcId", FIELD_TEXT },
		{ 0 },
	} };

static const struct shape register_result = { "ChaosAgentRegisterResultEntity",
	(const struct field[]){
		{ "cid", FIELD_TEXT },
		{ "uid", FIELD_TEXT },
		{ "ak", FIELD_TEXT },
		{ "sk", FIELD_TEXT, .help = "the secret that signs, both ways" },
		{ 0 },
	} };

#define SIGNED_FIELDS                                                                              \
	{ "cid", FIELD_TEXT }, { "uid", FIELD_TEXT }, { "ak", FIELD_TEXT },                        \
		{ "ts", FIELD_TEXT, .help = "us or ms since 1970" }, { "sn", FIELD_TEXT },         \
		{ "v", FIELD_TEXT },                                                               \
	{                                                                                          \
		"cbv", FIELD_TEXT                                                                  \
	}

static const struct shape heartbeat_request = { "HeartBeatCallbackRequest",
	(const struct field[]){
		SIGNED_FIELDS,
		{ "ip", FIELD_TEXT, .help = "the address for orders, if not the private one" },
		{ "appInstance", FIELD_TEXT },
		{ "appGroup", FIELD_TEXT },
		{ 0 },
	} };

static const struct shape closed_request = { "AgentClosedCallbackRequest",
	(const struct field[]){ SIGNED_FIELDS, { 0 } } };

static const struct shape pods_request = { "K8sPodsMetricRequest",
	(const struct field[]){
		SIGNED_FIELDS,
		{ "pods", FIELD_TEXT, .max = 8 << 20, .help = "a JSON list as text" },
		{ 0 },
	} };

static const struct shape report_request = { "ChaosbladeAsyncRequest",
	(const struct field[]){
		SIGNED_FIELDS,
		{ "status", FIELD_TEXT },
		{ "error", FIELD_TEXT, .max = 65536 },
		{ "ToolType", FIELD_TEXT },
		{ 0 },
	} };

int agent_prove(struct call *c, struct err *e)
{
	const char *why;
	int code;

	switch (fleet_prove(c->box->fleet, c->body, c->now_ms, &c->agent)) {
	case FLEET_PROVEN:
		c->user.id = c->agent.user;
		return 0;
	case FLEET_UNKNOWN:
		code = AGENT_UNKNOWN;
		why = "no such agent, register again";
		break;
	case FLEET_STALE:
		code = AGENT_STALE;
		why = "invalid timestamp";
		break;
	default:
		code = AGENT_FORBIDDEN;
		why = "forbidden: the signature is wrong";
	}
	if (log_gate(&c->box->refusals, c->now_ms))
		log_write(LOG_WARN, "callback.refused", "path", c->route->path, "remote", c->remote,
			"cid", call_text(c, "cid"), "why", why, NULL);
	return call_fail_agent(c, e, code, "%s", why);
}

/* Whose licence it is, whether it may come into the namespace: the protocol's texts and codes. */
static int register_who(struct call *c, const char *namespace, struct user *ret_user,
	struct user_secret *ret_secret, struct err *e)
{
	long long id;
	int r;

	if (str_empty(call_text(c, "ak")))
		return call_fail_agent(c, e, AGENT_EMPTY, "license Required");
	r = store_user_by_license(c->db, call_text(c, "ak"), ret_user, ret_secret, e);
	if (r == -ERR_NOTFOUND)
		return call_fail_agent(c, e, AGENT_EMPTY, "uid illegal");
	if (r < 0)
		return r;
	r = store_namespace_find(c->db, ret_user->id, namespace, &id, e);
	if (r == -ERR_NOTFOUND)
		return call_fail_agent(c, e, AGENT_EMPTY, "namespace illegal");
	return r;
}

static int agent_register(struct call *c, struct err *e)
{
	struct user_secret secret;
	struct device device;
	struct user user;
	int r;

	r = register_who(c, c->namespace, &user, &secret, e);
	if (r == 0)
		r = fleet_read_registration(c->body, &device, e);
	if (r == 0)
		r = fleet_register(c->box->fleet, c->db, &user, &secret, &device, c->now_ms, e);
	if (r < 0) {
		if (log_gate(&c->box->refusals, c->now_ms))
			log_write(LOG_WARN, "register.refused", "remote", c->remote, "ip",
				call_text(c, "ip"), "why", e->msg, NULL);
		return r;
	}
	c->result = json_object();
	json_put_str(c->result, "cid", device.configuration_id);
	json_put_str(c->result, "uid", user.user_id);
	json_put_str(c->result, "ak", user.license);
	json_put_str(c->result, "sk", secret.secret_key);
	return 0;
}

static int agent_heartbeat(struct call *c, struct err *e)
{
	(void)e;
	fleet_heartbeat(c->box->fleet, c->agent.cid, call_text(c, "v"), call_text(c, "cbv"),
		call_text(c, "ip"), c->now_ms);
	c->result = json_true();
	return 0;
}

static int agent_closed(struct call *c, struct err *e)
{
	(void)e;
	fleet_goodbye(c->box->fleet, c->agent.cid, c->now_ms);
	c->result = json_true();
	return 0;
}

/* What came of a report, on its way from the thread of the reports to the call's own. */
struct stored {
	json_t *answer;
	struct err err;
};

static int pods_answered(struct call *c, struct err *e)
{
	struct stored *stored = c->state;

	c->result = stored->answer;
	if (c->result)
		return 0;
	return call_fail_agent(c, e, stored->err.kind == ERR_INVALID ? AGENT_INVALID : AGENT_ERROR,
		"%s", stored->err.msg);
}

static void pods_stored(json_t *answer, const struct err *e, void *arg)
{
	struct call *c = arg;
	struct stored *stored = c->state;

	stored->answer = answer;
	if (!answer)
		stored->err = *e;
	call_resume(c, pods_answered);
}

static int agent_pods(struct call *c, struct err *e)
{
	const char *text = call_text(c, "pods");
	int r;

	if (str_empty(text)) {
		c->result = json_object();
		return 0;
	}
	c->state = calloc(1, sizeof(struct stored));
	if (!c->state)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	r = fleet_report_pods(c->box->fleet, &c->agent, text, c->now_ms, pods_stored, c, e);
	if (r == -ERR_BUSY)
		return call_fail_agent(c, e, AGENT_FORBIDDEN, "%s", e->msg);
	return r < 0 ? r : CALL_LATER;
}

/* The end of something that an agent did not wait for: for the log, until drills ask for it. */
static int agent_report(struct call *c, struct err *e)
{
	(void)e;
	log_write(LOG_INFO, "agent.report", "path", c->route->path, "cid", c->agent.cid, "uid",
		call_text(c, "uid"), "status", call_text(c, "status"), "error",
		call_text(c, "error"), NULL);
	c->result = json_string("success");
	return 0;
}

const struct route agent_routes[] = {
	{ "/chaos/AgentRegister", ROUTE_LICENSE, agent_register, &register_request, ANSWER_OBJECT,
		&register_result, "An agent comes", ROUTE_AGENT_ENVELOPE },
	{ "/chaos/AgentHeartBeat", ROUTE_AGENT, agent_heartbeat, &heartbeat_request, ANSWER_BOOL,
		NULL, "An agent lives", ROUTE_AGENT_ENVELOPE },
	{ "/chaos/AgentClosed", ROUTE_AGENT, agent_closed, &closed_request, ANSWER_BOOL, NULL,
		"An agent goes", ROUTE_AGENT_ENVELOPE },
	{ "/chaos/k8sPod", ROUTE_AGENT, agent_pods, &pods_request, ANSWER_MAP, NULL,
		"The pods of a cluster", ROUTE_AGENT_ENVELOPE },
	{ "/chaos/javaAgentInstall", ROUTE_AGENT, agent_report, &report_request, ANSWER_TEXT, NULL,
		"What became of prepare jvm", ROUTE_AGENT_ENVELOPE },
	{ "/chaos/javaAgentUninstall", ROUTE_AGENT, agent_report, &report_request, ANSWER_TEXT,
		NULL, "What became of a revoke", ROUTE_AGENT_ENVELOPE },
	{ "/chaos/chaosbladeAsync", ROUTE_AGENT, agent_report, &report_request, ANSWER_TEXT, NULL,
		"What became of an asynchronous create", ROUTE_AGENT_ENVELOPE },
	{ 0 },
};
