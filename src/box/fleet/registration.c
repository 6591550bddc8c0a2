/* Reading AgentRegister: all values are text, sent by whoever holds a licence. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "box/fleet/fleet.h"

static const char *text_of(const json_t *body, const char *key, const char *fallback)
{
	const char *text = json_text(body, key);

	return str_empty(text) ? fallback : text;
}

bool fleet_is_address(const char *text)
{
	unsigned char at[16];

	return inet_pton(AF_INET, text, at) == 1 || inet_pton(AF_INET6, text, at) == 1;
}

/* "k8s", "k8s_helm", "cs_k8s" ...: an agent for a whole cluster. */
static bool is_of_cluster(const char *mode)
{
	return str_starts(mode, "k8s") || str_starts(mode, "cs_k8s");
}

/* Copies, cut to the size of the member. */
static void copy(char *ret, size_t size, const char *text)
{
	snprintf(ret, size, "%.*s", (int)size - 1, text);
}

static int whole(
	const json_t *body, const char *key, long long min, long long max, int *ret, struct err *e)
{
	const char *text = json_text(body, key);
	long long number;

	if (str_empty(text))
		return 0;
	if (str_to_int(text, min, max, &number, e) < 0)
		return err_wrap(e, "%s", key);
	*ret = (int)number;
	return 0;
}

int fleet_read_registration(const json_t *body, struct device *ret, struct err *e)
{
	struct device d = { .device_type = DEVICE_TYPE_HOST };
	const char *ip = json_text(body, "ip"), *mode = text_of(body, "agentMode", "host");
	double mem_kb = 0;
	int r;

	if (!fleet_is_address(ip))
		return err_illegal(e, "ip", ip, "an IPv4 or IPv6 address");
	if (str_empty(json_text(body, "port")))
		return err_missing(e, "port");
	r = whole(body, "port", 1, 65535, &d.port, e);
	if (r == 0)
		r = whole(body, "deviceType", 0, 22, &d.device_type, e);
	if (r == 0)
		r = whole(body, "cpuNum", 0, 1000000, &d.cpu, e);
	if (r == 0 && !str_empty(json_text(body, "memSize")))
		r = str_to_real(json_text(body, "memSize"), 0, 1e15, &mem_kb, e);
	if (r < 0)
		return r;
	d.mem_mb = (int)(mem_kb / 1024);
	d.os_type = str_eq(json_text(body, "osType"), "windows") ? 1 : 0;
	copy(d.private_ip, sizeof(d.private_ip), ip);
	copy(d.device_id, sizeof(d.device_id), text_of(body, "deviceId", ip));
	copy(d.hostname, sizeof(d.hostname), text_of(body, "instanceId", d.device_id));
	copy(d.namespace, sizeof(d.namespace), text_of(body, "namespace", "default"));
	copy(d.uptime, sizeof(d.uptime), json_text(body, "uptime"));
	copy(d.startup_mode, sizeof(d.startup_mode), text_of(body, "startupMode", "console"));
	copy(d.agent_mode, sizeof(d.agent_mode), mode);
	copy(d.cluster_id, sizeof(d.cluster_id), json_text(body, "clusterId"));
	if (d.cluster_id[0] == '\0' && is_of_cluster(mode))
		copy(d.cluster_id, sizeof(d.cluster_id), d.device_id);
	copy(d.cluster_name, sizeof(d.cluster_name), text_of(body, "clusterName", d.cluster_id));
	copy(d.version, sizeof(d.version), json_text(body, "v"));
	copy(d.chaos_version, sizeof(d.chaos_version), json_text(body, "cbv"));
	copy(d.app_name, sizeof(d.app_name), text_of(body, "appInstance", "chaos-default-app"));
	copy(d.group_name, sizeof(d.group_name),
		text_of(body, "appGroup", "chaos-default-app-group"));
	*ret = d;
	return 0;
}
