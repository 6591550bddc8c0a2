/* The probes: lists of agents, one agent, how to install one. */
#include "box/api/scope.h"

#include <stdio.h>

#include "base/log.h"
#include "base/str.h"
#include "box/api/box.h"
#include "box/api/host.h"
#include "box/api/pod.h"
#include "box/store/pod.h"

#define ORDER_MS 30000

const struct shape scope_shape = { "ExperimentScope",
	(const struct field[]){
		{ "configurationId", FIELD_TEXT },
		{ "hostConfigurationId", FIELD_TEXT },
		{ "privateIp", FIELD_TEXT },
		{ "publicIp", FIELD_TEXT },
		{ "port", FIELD_INT },
		{ "agentStatus", FIELD_INT, .help = "2 online, 3 offline, 0 gone" },
		{ "reachable", FIELD_BOOL, .help = "the last call from here reached it" },
		{ "connectTime", FIELD_TIME },
		{ "lastPingTime", FIELD_TIME, .help = "last heartbeat" },
		{ "agentVersion", FIELD_TEXT },
		{ "deviceId", FIELD_TEXT },
		{ "deviceName", FIELD_TEXT },
		{ "hostName", FIELD_TEXT },
		{ "deviceType", FIELD_INT },
		{ "clusterId", FIELD_TEXT },
		{ "clusterName", FIELD_TEXT },
		{ "podCount", FIELD_INT, .help = "pods that run in its cluster" },
		{ "app", FIELD_TEXT },
		{ "appId", FIELD_TEXT },
		{ "groups", FIELD_TEXTS },
		{ "osType", FIELD_INT },
		{ "cpuNum", FIELD_INT },
		{ "memSize", FIELD_INT, .help = "MB" },
		{ "installMode", FIELD_TEXT },
		{ "enable", FIELD_BOOL },
		{ 0 },
	} };

static const struct shape scopes_filter_shape = { "ExperimentScopeFilter",
	(const struct field[]){
		{ "key", FIELD_TEXT, .help = "part of an address or a host name" },
		{ "type", FIELD_INT },
		{ 0 },
	} };

static const struct shape scopes_request = { "ExperimentScopePageableRequest",
	(const struct field[]){
		{ "scope_type", FIELD_INT, .help = "0 hosts, 2 clusters" },
		{ "filter", FIELD_OBJECT, .shape = &scopes_filter_shape },
		{ "page", FIELD_INT },
		{ "size", FIELD_INT },
		{ 0 },
	} };

static const struct shape user_scope_request = { "CloudUserScopeRequest",
	(const struct field[]){
		{ "scopeType", FIELD_INT, .help = "0 hosts, 2 pods" },
		POD_FILTER_FIELDS,
		{ "osType", FIELD_INT },
		{ "key", FIELD_TEXT },
		{ "page", FIELD_INT },
		{ "size", FIELD_INT },
		{ 0 },
	} };

static const struct shape scope_request = { "ScopeInfoQueryRequest",
	(const struct field[]){
		{ "configuration_id", FIELD_TEXT, FIELD_REQUIRED },
		{ "scope_type", FIELD_INT },
		{ 0 },
	} };

static const struct shape app_shape = { "AppInfo",
	(const struct field[]){ { "app_name", FIELD_TEXT }, { "app_id", FIELD_INT }, { 0 } } };

static const struct shape scope_info_shape = { "ScopeInfo",
	(const struct field[]){
		{ "configuration_id", FIELD_TEXT },
		{ "device_id", FIELD_TEXT },
		{ "hostname", FIELD_TEXT },
		{ "private_ip", FIELD_TEXT },
		{ "public_ip", FIELD_TEXT },
		{ "agent_status", FIELD_INT },
		{ "agent_version", FIELD_TEXT },
		{ "last_ping_time", FIELD_TIME },
		{ "scope_type", FIELD_INT },
		{ "app_info", FIELD_OBJECT, .shape = &app_shape },
		{ 0 },
	} };

static const struct shape setting_request = { "SettingRequest",
	(const struct field[]){
		{ "configurationId", FIELD_TEXT, FIELD_REQUIRED },
		{ 0 },
	} };

json_t *scope_json(const struct device *d)
{
	json_t *out = json_object();
	char app_id[24];

	snprintf(app_id, sizeof(app_id), "%lld", d->app_id);
	json_put_str(out, "configurationId", d->configuration_id);
	json_put_str(out, "hostConfigurationId", d->configuration_id);
	json_put_str(out, "privateIp", d->private_ip);
	json_put_str(out, "publicIp", str_empty(d->public_ip) ? NULL : d->public_ip);
	json_put_int(out, "port", d->port);
	json_put_int(out, "agentStatus", d->status);
	json_put_bool(out, "reachable", d->reachable);
	json_put_int(out, "connectTime", d->connected_ms);
	json_put_int(out, "lastPingTime", d->last_ping_ms);
	json_put_str(out, "agentVersion", d->version);
	json_put_str(out, "deviceId", d->device_id);
	json_put_str(out, "deviceName", d->hostname);
	json_put_str(out, "hostName", d->hostname);
	json_put_int(out, "deviceType", d->device_type);
	if (!str_empty(d->cluster_id)) {
		json_put_str(out, "clusterId", d->cluster_id);
		json_put_str(out, "clusterName", d->cluster_name);
	}
	json_put_str(out, "app", d->app_name);
	json_put_str(out, "appId", d->app_id ? app_id : NULL);
	json_object_set_new(out, "groups", json_pack("[s]", d->group_name));
	json_put_int(out, "osType", d->os_type);
	json_put_int(out, "cpuNum", d->cpu);
	json_put_int(out, "memSize", d->mem_mb);
	json_put_str(out, "installMode", d->agent_mode);
	json_put_bool(out, "enable", true);
	return out;
}

struct rows_of {
	struct call *call;
	json_t *rows;
	json_t *(*to_json)(const struct device *);
};

static int add_row(const struct device *d, void *arg, struct err *e)
{
	struct rows_of *of = arg;
	struct device living = *d;

	(void)e;
	fleet_refresh(of->call->box->fleet, &living);
	json_array_append_new(of->rows, of->to_json(&living));
	return 0;
}

int scope_page(struct call *c, struct device_filter *filter,
	json_t *(*to_json)(const struct device *), struct err *e)
{
	struct page page = call_page(c);
	autojson json_t *rows = json_array();
	struct rows_of of = { c, rows, to_json };
	int r;

	filter->user = c->user.id;
	filter->offset = page_offset(&page);
	filter->limit = page.size;
	r = store_device_count(c->db, filter, &page.total, e);
	if (r == 0)
		r = store_device_each(c->db, filter, add_row, &of, e);
	if (r == 0)
		c->result = page_result(&page, json_incref(rows));
	return r;
}

/* Agents of a cluster are shown with its pods. */
static int add_count(const struct cluster *cluster, void *rows, struct err *e)
{
	size_t i;
	json_t *row;

	(void)e;
	json_array_foreach(rows, i, row)
	{
		if (str_eq(json_text(row, "clusterId"), cluster->id))
			json_put_int(row, "podCount", cluster->pods_online);
	}
	return 0;
}

static int page_scopes(struct call *c, struct err *e)
{
	struct device_filter filter = DEVICE_FILTER_ALL;
	int r;

	filter.kind = DEVICE_AGENT;
	filter.namespace = c->namespace;
	filter.scope = (int)call_int(c, "scope_type", -1);
	filter.key = json_text(json_object_get(c->body, "filter"), "key");
	r = scope_page(c, &filter, scope_json, e);
	if (r < 0)
		return r;
	return store_cluster_each(
		c->db, c->user.id, c->namespace, add_count, json_object_get(c->result, "data"), e);
}

static int user_scope(struct call *c, struct err *e)
{
	struct device_filter filter = DEVICE_FILTER_ALL;
	autopodfilter struct pod_filter pods = { 0 };
	int r = pod_filter_read(c, &pods, &filter, e);

	if (r < 0)
		return r;
	filter.namespace = c->namespace;
	filter.os_type = (int)call_int(c, "osType", -1);
	filter.key = call_text(c, "key");
	return scope_page(c, &filter, host_json, e);
}

static int find_device(struct call *c, const char *member, struct device *ret, struct err *e)
{
	int r = store_device_find(c->db, c->user.id, call_text(c, member), ret, e);

	if (r == -ERR_NOTFOUND)
		return call_fail(c, e, API_B_HOST_NOT_FOUND, "%s", "");
	if (r == 0)
		fleet_refresh(c->box->fleet, ret);
	return r;
}

static int scope_info(struct call *c, struct err *e)
{
	struct device d;
	json_t *app;
	int r = find_device(c, "configuration_id", &d, e);

	if (r < 0)
		return r;
	c->result = json_object();
	json_put_str(c->result, "configuration_id", d.configuration_id);
	json_put_str(c->result, "device_id", d.device_id);
	json_put_str(c->result, "hostname", d.hostname);
	json_put_str(c->result, "private_ip", d.private_ip);
	json_put_str(c->result, "public_ip", str_empty(d.public_ip) ? NULL : d.public_ip);
	json_put_int(c->result, "agent_status", d.status);
	json_put_str(c->result, "agent_version", d.version);
	json_put_int(c->result, "last_ping_time", d.last_ping_ms);
	json_put_int(c->result, "scope_type", str_empty(d.cluster_id) ? SCOPE_HOST : SCOPE_K8S);
	app = json_object();
	json_put_str(app, "app_name", d.app_name);
	json_put_int(app, "app_id", d.app_id);
	json_object_set_new(c->result, "app_info", app);
	return 0;
}

static int removed(struct call *c, struct err *e)
{
	const char *cid = call_text(c, "configurationId");
	int r = store_device_delete(c->db, c->user.id, cid, e);

	if (r == -ERR_NOTFOUND)
		return call_fail(c, e, API_B_HOST_NOT_FOUND, "%s", "");
	if (r < 0)
		return r;
	fleet_forget(c->box->fleet, cid);
	c->result = json_true();
	return store_audit(c->db, c->now_ms, c->user.id, c->remote, "Uninstall", "good", cid, e);
}

static void uninstall_answered(const struct agent_reply *reply, const struct err *e, void *arg)
{
	struct call *c = arg;

	/* An agent that is installed as a service answers that it cannot: the entry goes anyway. */
	if (!reply || !reply->success)
		log_write(LOG_INFO, "uninstall.refused", "cid", call_text(c, "configurationId"),
			"error", reply ? reply->error : e->msg, NULL);
	call_resume(c, removed);
}

/* Asks a living agent to go, and takes the machine from the list. */
static int uninstall(struct call *c, struct err *e)
{
	struct device d;
	int r = find_device(c, "configurationId", &d, e);

	if (r < 0)
		return r;
	if (d.status != DEVICE_ONLINE)
		return removed(c, e);
	r = fleet_order(c->box->fleet, &d, "/uninstall", NULL, ORDER_MS, uninstall_answered, c, e);
	return r < 0 ? r : CALL_LATER;
}

const struct route scope_routes[] = {
	{ "/chaos/PageableQueryExperimentScopes", ROUTE_SESSION, page_scopes, &scopes_request,
		ANSWER_PAGE, &scope_shape, "The user's agents in a namespace" },
	{ "/chaos/UserScope", ROUTE_SESSION, user_scope, &user_scope_request, ANSWER_PAGE,
		&host_shape, "The user's machines in a namespace, as drills take them" },
	{ "/chaos/QueryScopeInfo", ROUTE_SESSION, scope_info, &scope_request, ANSWER_OBJECT,
		&scope_info_shape, "One agent" },
	{ "/chaos/Uninstall", ROUTE_SESSION, uninstall, &setting_request, ANSWER_BOOL, NULL,
		"Asks an agent to go and removes its machine" },
	{ 0 },
};
