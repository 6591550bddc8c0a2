/* The type Host. */
#include "box/api/host.h"

#include <stdio.h>
#include <strings.h>

#include "base/str.h"
#include "box/api/box.h"

const struct shape host_shape = { "CloudDevice",
	(const struct field[]){
		{ "ip", FIELD_TEXT, .help = "where orders go" },
		{ "privateIp", FIELD_TEXT },
		{ "targetIp", FIELD_TEXT },
		{ "port", FIELD_INT },
		{ "hostName", FIELD_TEXT },
		{ "deviceId", FIELD_TEXT },
		{ "deviceName", FIELD_TEXT },
		{ "deviceType", FIELD_INT },
		{ "deviceConfigurationId", FIELD_TEXT },
		{ "appConfigurationId", FIELD_TEXT },
		{ "scopeType", FIELD_INT },
		{ "osType", FIELD_INT },
		{ "app", FIELD_TEXT },
		{ "appId", FIELD_TEXT },
		{ "nodeGroup", FIELD_TEXT },
		{ "clusterId", FIELD_TEXT },
		{ "clusterName", FIELD_TEXT },
		{ "kubNamespace", FIELD_TEXT, .help = "of a pod, like the next four" },
		{ "nodeName", FIELD_TEXT },
		{ "podState", FIELD_TEXT, .help = "as kubectl says it: Running, Pending ..." },
		{ "restartCount", FIELD_INT },
		{ "containers", FIELD_TEXTS, .help = "their names" },
		{ "vpcId", FIELD_TEXT },
		{ "k8s", FIELD_BOOL },
		{ "allow", FIELD_BOOL, .help = "drills may use it now" },
		{ "invalid", FIELD_BOOL, .help = "drills cannot use it now" },
		{ "invalidCode", FIELD_TEXT,
			.help = "why: AGENT_OFFLINE, CLUSTER_AGENT_OFFLINE, POD_NOT_RUNNING or POD_UNSEEN" },
		{ "authMessage", FIELD_TEXT, .help = "the same in words" },
		{ 0 },
	} };

struct reason {
	const char *code, *text;
};

static const struct reason agent_offline = { "AGENT_OFFLINE", "the agent is not online" };
static const struct reason cluster_agent_offline = { "CLUSTER_AGENT_OFFLINE",
	"the agent of its cluster is not online" };
static const struct reason pod_not_running = { "POD_NOT_RUNNING", "the pod does not run" };
static const struct reason pod_unseen = { "POD_UNSEEN", "its agent tells of the pod no more" };

/* Why drills cannot use it now; NULL: they can. */
static const struct reason *why_invalid(const struct device *d)
{
	if (device_is_pod(d) && !d->reachable)
		return &cluster_agent_offline;
	if (d->status == DEVICE_ONLINE)
		return NULL;
	if (!device_is_pod(d))
		return &agent_offline;
	return strcasecmp(d->state, "running") == 0 ? &pod_unseen : &pod_not_running;
}

static void put_pod(json_t *out, const struct device *d)
{
	json_t *containers = json_loads(d->containers, 0, NULL);

	json_put_str(out, "kubNamespace", d->kub_namespace);
	json_put_str(out, "nodeName", str_empty(d->node_name) ? NULL : d->node_name);
	json_put_str(out, "podState", d->state);
	json_put_int(out, "restartCount", d->restarts);
	if (containers)
		json_object_set_new(out, "containers", containers);
}

json_t *host_json(const struct device *d)
{
	const struct reason *why = why_invalid(d);
	bool cluster = !str_empty(d->cluster_id);
	json_t *out = json_object();
	char app_id[24];

	snprintf(app_id, sizeof(app_id), "%lld", d->app_id);
	json_put_str(out, "ip", device_address(d));
	json_put_str(out, "privateIp", d->private_ip);
	json_put_str(out, "targetIp", d->private_ip);
	json_put_int(out, "port", d->port);
	json_put_str(out, "hostName", d->hostname);
	json_put_str(out, "deviceId", d->device_id);
	json_put_str(out, "deviceName", d->hostname);
	json_put_int(out, "deviceType", d->device_type);
	json_put_str(out, "deviceConfigurationId", d->configuration_id);
	json_put_str(out, "appConfigurationId", d->configuration_id);
	json_put_int(out, "scopeType", cluster ? SCOPE_K8S : SCOPE_HOST);
	json_put_int(out, "osType", d->os_type);
	json_put_str(out, "app", d->app_name);
	json_put_str(out, "appId", d->app_id ? app_id : NULL);
	json_put_str(out, "nodeGroup", d->group_name);
	json_put_str(out, "clusterId", cluster ? d->cluster_id : NULL);
	json_put_str(out, "clusterName", cluster ? d->cluster_name : NULL);
	if (device_is_pod(d))
		put_pod(out, d);
	json_put_str(out, "vpcId", "1111");
	json_put_bool(out, "k8s", cluster);
	json_put_bool(out, "allow", !why);
	json_put_bool(out, "invalid", why);
	json_put_str(out, "invalidCode", why ? why->code : NULL);
	json_put_str(out, "authMessage", why ? why->text : NULL);
	return out;
}

int host_find(struct call *c, const json_t *host, struct device *ret, struct err *e)
{
	const char *cid = json_text(host, "deviceConfigurationId");
	int r;

	if (str_empty(cid))
		cid = json_text(host, "appConfigurationId");
	if (str_empty(cid))
		return err_missing(e, "deviceConfigurationId");
	r = store_device_find(c->db, c->user.id, cid, ret, e);
	if (r < 0)
		return r;
	fleet_refresh(c->box->fleet, ret);
	return 0;
}
