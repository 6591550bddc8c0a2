/* The settings of the agent. */
#include "agent/options.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/host.h"
#include "base/cleanup.h"
#include "kube/config.h"
#include "node/seal.h"

#define AT(member) offsetof(struct options, member)
#define UNUSED	   "taken for compatibility, without effect"

static const struct config_row rows[] = {
	{ "license", CONFIG_TEXT, AT(license), NULL, "the licence that the console gave", 'k',
		.secret = true },
	{ "transport.endpoint", CONFIG_TEXT, AT(endpoint), NULL, "the console, HOST:PORT", 't' },
	{ "transport.timeout", CONFIG_DURATION, AT(timeout_ms), "3s", "limit of a call to it" },
	{ "namespace", CONFIG_TEXT, AT(namespace_), "default", "environment in the console", 'n' },
	{ "appInstance", CONFIG_TEXT, AT(app_instance), "chaos-default-app", "application", 'p' },
	{ "appGroup", CONFIG_TEXT, AT(app_group), "chaos-default-app-group", "its group", 'g' },
	{ "port", CONFIG_INT, AT(port), "19527", "port for the console's calls", 'P', .min = 1,
		.max = 65535 },
	{ "listen", CONFIG_TEXT, AT(listen), "0.0.0.0", "address for the console's calls" },
	{ "localIp", CONFIG_TEXT, AT(local_ip), NULL,
		"address told to the console (default: found)" },
	{ "heartbeat.period", CONFIG_DURATION, AT(heartbeat_ms), "5s", "between two heartbeats" },
	{ "admin", CONFIG_TEXT, AT(admin), NULL, "ADDR:PORT of /metrics, /healthz and /readyz" },
	{ "node-listen", CONFIG_TEXT, AT(node_listen), NULL,
		"ADDR:PORT for the operator's orders, mutual TLS (default: closed)" },
	{ "node-cert", CONFIG_TEXT, AT(node_cert), NULL, "PEM file of the agent's certificate" },
	{ "node-key", CONFIG_TEXT, AT(node_key), NULL, "PEM file of its key" },
	{ "node-ca", CONFIG_TEXT, AT(node_ca), NULL,
		"PEM file of the authority of the operator's certificate" },
	{ "node-clients", CONFIG_TEXT, AT(node_clients), NULL,
		"names, one of which that certificate must have (default: any)" },
	{ "node-sign-key", CONFIG_TEXT, AT(node_sign_key), NULL,
		"PEM file of the public keys (Ed25519) that orders are signed with" },
	{ "node-name", CONFIG_TEXT, AT(node_name), NULL,
		"the node's name in orders (default: the host's)" },
	{ "allow", CONFIG_TEXT, AT(allow), NULL,
		"faults that may be created, as network,cpu.fullload (default: all)" },
	{ "flood-allow", CONFIG_TEXT, AT(flood_allow), NULL,
		"addresses and networks that network flood may be aimed at (default: none)" },
	{ "legacy-unsigned", CONFIG_TEXT, AT(legacy_unsigned), NULL,
		"addresses whose calls need no signature (ChaosBlade-Box up to 1.0.5)" },
	{ "leave-container", CONFIG_BOOL, AT(leave_container), NULL,
		"orders are carried out among the files and in the control groups of process 1, the "
		"node's: experiments outlive the agent's container, which sees the node's processes" },
	{ "user", CONFIG_TEXT, AT(user), "gale-agent", "the network side runs as (or nobody)" },
	{ "state", CONFIG_TEXT, AT(state), "/var/lib/gale", "state directory" },
	{ "run", CONFIG_TEXT, AT(run), "/run/gale", "directory of sockets" },
	{ "agent.mode", CONFIG_TEXT, AT(agent_mode), "host",
		"of a host, or of a whole cluster (k8s_helm, k8s), whose pods it reports and orders about",
		.allowed = "host|k8s|k8s_helm|cs_k8s|cs_k8s_helm" },
	{ "startup.mode", CONFIG_TEXT, AT(startup_mode), "console", "console or crontab", 'm' },
	{ "install.operator", CONFIG_TEXT, AT(os_type), "linux", "operating system" },
	{ "restrict", CONFIG_BOOL, AT(restricted), NULL,
		"tell the console of a restricted network" },
	{ "kubeconfig", CONFIG_TEXT, AT(kubeconfig), "in-cluster",
		"file that says where the cluster's API is, or in-cluster: the pod's service account" },
	{ "kubernetes.cluster.id", CONFIG_TEXT, AT(cluster_id), NULL,
		"cluster (default: API_SERVER_ and its API's address)" },
	{ "kubernetes.cluster.name", CONFIG_TEXT, AT(cluster_name), NULL, "its name" },
	{ "kubernetes.externalIp.enable", CONFIG_BOOL, AT(external_ip), NULL,
		"send the address with each heartbeat" },
	{ "kubernetes.pod.report", CONFIG_BOOL, AT(pod_report), NULL,
		"tell the console of the cluster's pods" },
	{ "kubernetes.pod.period", CONFIG_DURATION, AT(pod_period_ms), "10s",
		"between two reports of them" },
	{ "log.level", CONFIG_TEXT, AT(log_level), "info", "the least that is logged, to stderr",
		.allowed = "debug|info|warn|error" },
	{ "log.size", CONFIG_INT, AT(unused_number), "10", UNUSED },
	{ "log.count", CONFIG_INT, AT(unused_number), "1", UNUSED },
	{ "log.output", CONFIG_TEXT, AT(unused), "stdout", UNUSED },
	{ "environment", CONFIG_TEXT, AT(unused), "prod", UNUSED },
	{ "transport.secure", CONFIG_BOOL, AT(unused_switch), "true", UNUSED },
	{ "cert.url", CONFIG_TEXT, AT(unused), NULL, UNUSED },
	{ "agent.bin.url", CONFIG_TEXT, AT(unused), NULL, UNUSED },
	{ "agent.sh.url", CONFIG_TEXT, AT(unused), NULL, UNUSED },
	{ "blade.tar.url", CONFIG_TEXT, AT(unused), NULL, UNUSED },
	{ "litmus.chart.url", CONFIG_TEXT, AT(unused), NULL, UNUSED },
	{ 0 },
};

static const struct config_program program = {
	.name = "gale-agent",
	.summary = "carries out the orders of the console or the operator on this host",
	.about =
		"Registers with the console (gale-box or ChaosBlade-Box) until that succeeds, "
		"sends heartbeats, and registers again when the console has forgotten it.\n\n"
		"Two processes: the one that talks on the network holds no privilege; the other, its "
		"parent, takes small checked messages from it and runs the gale program that lies "
		"beside gale-agent. A call of the console must be signed, fresh and new. Of its "
		"orders only create, destroy, status, query, check, version and recover are carried "
		"out, creates only of faults that --allow names, and never without a deadline.\n\n"
		"As a cluster's agent (--agent.mode k8s_helm) it needs no privilege: it carries out create "
		"k8s, query k8s and destroy by the cluster's API, and with --kubernetes.pod.report tells "
		"the console of the pods.\n\n"
		"With --node-listen it takes the operator's orders for this node of Kubernetes, by "
		"gRPC with mutual TLS: each signed, for this node, and with a deadline. Without an "
		"endpoint there is no console then.\n\n"
		"At its start the agent runs `gale recover`. At its end experiments go on until "
		"their deadlines.",
	.file = "/etc/gale/gale-agent.yaml",
	.rows = rows,
};

/* HOST, HOST:PORT, [IPV6] or [IPV6]:PORT. */
static int endpoint_parse(const char *text, struct options *o, struct err *e)
{
	bool bracket = *text == '[';
	const char *host = text + bracket;
	size_t len = strcspn(host, bracket ? "]" : ":");
	const char *rest = host + len + (bracket && host[len]);
	long long port = 80;

	if (len == 0 || len >= sizeof(o->host) || (*rest && *rest != ':') ||
		(*rest && str_to_int(rest + 1, 1, 65535, &port, NULL) < 0))
		return err_illegal(e, "transport.endpoint", text, "It must be HOST:PORT");
	snprintf(o->host, sizeof(o->host), "%.*s", (int)len, host);
	o->host_port = (int)port;
	return 0;
}

/* Root reads the file and obeys it: nobody else may be able to write it. */
static int owner_check(const struct config *c, struct err *e)
{
	struct stat st;

	if (geteuid() != 0 || !c->file || stat(c->file, &st) < 0)
		return 0;
	if (st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(e, ERR_DENIED, 0,
			"%s must be owned by root and writable by nobody else", c->file);
	return 0;
}

/* Mutual TLS and signatures, or no door at all. */
static int node_check(struct options *o, struct err *e)
{
	const char *const needed[][2] = { { "node-cert", o->node_cert },
		{ "node-key", o->node_key }, { "node-ca", o->node_ca },
		{ "node-sign-key", o->node_sign_key } };

	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		if (str_empty(needed[i][1]))
			return err_missing(e, needed[i][0]);
	}
	if (str_empty(o->node_name)) {
		host_name(o->own_name);
		o->node_name = o->own_name;
	}
	return seal_keys_check(o->node_sign_key, e);
}

/* Of a cluster's agent: the way to the cluster is there from the start. */
static int cluster_check(struct options *o, struct err *e)
{
	struct kube_config c;
	struct err why;

	o->cluster = !str_eq(o->agent_mode, "host");
	if (!o->cluster)
		return 0;
	if (o->pod_period_ms < 100)
		return err_set(e, ERR_INVALID, 0, "kubernetes.pod.period must be 100ms or more");
	if (kube_config_load(o->kubeconfig, &c, &why) < 0)
		return err_illegal(e, "kubeconfig", o->kubeconfig, why.msg);
	snprintf(o->own_cluster, sizeof(o->own_cluster), "API_SERVER_%.255s", c.host);
	if (str_empty(o->cluster_id))
		o->cluster_id = o->own_cluster;
	kube_config_free(&c);
	return 0;
}

static int console_check(struct options *o, struct err *e)
{
	if (str_empty(o->license))
		return err_missing(e, "license");
	if (str_empty(o->endpoint))
		return err_missing(e, "transport.endpoint");
	return endpoint_parse(o->endpoint, o, e);
}

static int options_check(struct options *o, const struct config *c, struct err *e)
{
	int r = owner_check(c, e);

	if (r < 0)
		return r;
	if (o->heartbeat_ms < 100 || o->timeout_ms < 10)
		return err_set(e, ERR_INVALID, 0,
			"heartbeat.period must be 100ms or more, transport.timeout 10ms or more");
	if (o->leave_container && getpid() == 1)
		return err_set(e, ERR_INVALID, 0,
			"leave-container: the agent is the first process itself and does not see the "
			"node's (hostPID)");
	log_level_parse(o->log_level, &o->least_log);
	if (!str_empty(o->node_listen))
		r = node_check(o, e);
	if (r == 0 &&
		(str_empty(o->node_listen) || !str_empty(o->license) || !str_empty(o->endpoint)))
		r = console_check(o, e);
	if (r == 0)
		r = cluster_check(o, e);
	if (r == 0)
		r = words_split(o->allow, ',', &o->allow_list, e);
	if (r == 0 && !str_empty(o->legacy_unsigned))
		r = nets_parse(o->legacy_unsigned, &o->legacy_nets, e);
	return r;
}

int options_load(int argc, char *const *argv, struct options *ret, struct config *c, struct err *e)
{
	int r;

	*ret = (struct options){ 0 };
	r = config_load(&program, argc, argv, ret, c, e);
	return r == 0 ? options_check(ret, c, e) : r;
}

void options_free(struct options *o)
{
	words_free(&o->allow_list);
	nets_free(&o->legacy_nets);
}
