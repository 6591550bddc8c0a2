/* Clusters of Kubernetes: their nodes, namespaces and pods, as their agents report them. */
#include "box/store/pod.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "box/api/box.h"
#include "box/api/call.h"
#include "box/api/scope.h"

static const struct shape cluster_shape = { "ExperimentClusterVO",
	(const struct field[]){
		{ "clusterId", FIELD_TEXT },
		{ "clusterName", FIELD_TEXT },
		{ "nodeCount", FIELD_INT, .help = "its agents" },
		{ "onlineCount", FIELD_INT, .help = "those that are online" },
		{ "podCount", FIELD_INT },
		{ "onlinePodCount", FIELD_INT, .help = "pods that run" },
		{ "agentConsistency", FIELD_BOOL, .help = "its agents are all online" },
		{ "version", FIELD_TEXT },
		{ "installMode", FIELD_TEXT },
		{ 0 },
	} };

static const struct shape pod_shape = { "ExperimentPodVO",
	(const struct field[]){
		{ "configuration_id", FIELD_TEXT },
		{ "pod_name", FIELD_TEXT },
		{ "pod_ip", FIELD_TEXT },
		{ "kub_namespace", FIELD_TEXT },
		{ "node_name", FIELD_TEXT },
		{ "cluster_id", FIELD_TEXT },
		{ "cluster_name", FIELD_TEXT },
		{ "state", FIELD_TEXT, .help = "as kubectl says it" },
		{ "restart_count", FIELD_INT },
		{ "online", FIELD_BOOL, .help = "it runs" },
		{ "app_name", FIELD_TEXT },
		{ "app_id", FIELD_INT },
		{ "last_heart_time", FIELD_TIME, .help = "it was reported last" },
		{ 0 },
	} };

static const struct shape cluster_request = { "ExperimentClusterQueryRequest",
	(const struct field[]){
		{ "cluster_id", FIELD_TEXT },
		{ "node_configuration_id", FIELD_TEXT, .help = "a node's name" },
		{ "kub_namespace", FIELD_TEXTS },
		{ "key", FIELD_TEXT, .help = "part of an address or a name" },
		{ "page", FIELD_INT },
		{ "size", FIELD_INT },
		{ 0 },
	} };

static const struct shape namespaces_request = { "ApplicationTagsSearchRequest",
	(const struct field[]){
		{ "key", FIELD_TEXT, .help = "part of the name" },
		{ "appId", FIELD_INT },
		{ "groupNames", FIELD_TEXTS },
		{ 0 },
	} };

static const struct shape overview_part = { "OverviewAgentInfo",
	(const struct field[]){
		{ "totalCount", FIELD_INT },
		{ "onlineCount", FIELD_INT },
		{ "normalCount", FIELD_INT },
		{ "errorCount", FIELD_INT },
		{ 0 },
	} };

static const struct shape overview_shape = { "OverviewAgent",
	(const struct field[]){
		{ "host", FIELD_OBJECT, .shape = &overview_part },
		{ "cluster", FIELD_OBJECT, .shape = &overview_part },
		{ 0 },
	} };

static int add_cluster(const struct cluster *cluster, void *rows, struct err *e)
{
	json_t *out = json_object();

	(void)e;
	json_put_str(out, "clusterId", cluster->id);
	json_put_str(out, "clusterName", cluster->name);
	json_put_int(out, "nodeCount", cluster->agents);
	json_put_int(out, "onlineCount", cluster->online);
	json_put_int(out, "podCount", cluster->pods);
	json_put_int(out, "onlinePodCount", cluster->pods_online);
	json_put_bool(out, "agentConsistency", cluster->agents == cluster->online);
	json_put_str(out, "version", cluster->version);
	json_put_str(out, "installMode", cluster->install_mode);
	json_array_append_new(rows, out);
	return 0;
}

static int list_clusters(struct call *c, struct err *e)
{
	c->result = json_array();
	return store_cluster_each(c->db, c->user.id, c->namespace, add_cluster, c->result, e);
}

static json_t *pod_json(const struct device *d)
{
	json_t *out = json_object();

	json_put_str(out, "configuration_id", d->configuration_id);
	json_put_str(out, "pod_name", d->hostname);
	json_put_str(out, "pod_ip", d->private_ip);
	json_put_str(out, "kub_namespace", d->kub_namespace);
	json_put_str(out, "node_name", str_empty(d->node_name) ? NULL : d->node_name);
	json_put_str(out, "cluster_id", d->cluster_id);
	json_put_str(out, "cluster_name", d->cluster_name);
	json_put_str(out, "state", d->state);
	json_put_int(out, "restart_count", d->restarts);
	json_put_bool(out, "online", d->status == DEVICE_ONLINE);
	if (d->app_id) {
		json_put_str(out, "app_name", d->app_name);
		json_put_int(out, "app_id", d->app_id);
	}
	json_put_int(out, "last_heart_time", d->last_ping_ms);
	return out;
}

static int page_pods(struct call *c, const char *node, struct err *e)
{
	struct device_filter filter = DEVICE_FILTER_ALL;
	const char *cluster = call_text(c, "cluster_id");
	autojson json_t *ids = json_pack("[s]", cluster);
	autofree char *clusters = json_line(ids);
	autofree char *spaces = json_line(json_object_get(c->body, "kub_namespace"));

	filter.kind = DEVICE_POD;
	filter.namespace = c->namespace;
	filter.clusters = str_empty(cluster) ? NULL : clusters;
	filter.spaces = spaces;
	filter.node = node;
	filter.key = call_text(c, "key");
	return scope_page(c, &filter, pod_json, e);
}

static int pods_of_cluster(struct call *c, struct err *e)
{
	return page_pods(c, NULL, e);
}

static int pods_of_node(struct call *c, struct err *e)
{
	const char *node = call_text(c, "node_configuration_id");

	return str_empty(node) ? err_missing(e, "node_configuration_id") : page_pods(c, node, e);
}

static int add_node(const struct node *n, void *rows, struct err *e)
{
	json_t *out = json_object();

	(void)e;
	json_put_str(out, "configurationId", n->name);
	json_put_str(out, "deviceName", n->name);
	json_put_str(out, "hostName", n->name);
	json_put_str(out, "clusterId", n->cluster_id);
	json_put_str(out, "clusterName", n->cluster_name);
	json_put_int(out, "podCount", n->pods);
	json_array_append_new(rows, out);
	return 0;
}

static int list_nodes(struct call *c, struct err *e)
{
	struct page page = call_page(c);
	const struct device_filter filter = { .user = c->user.id,
		.namespace = c->namespace,
		.offset = page_offset(&page),
		.limit = page.size };
	autojson json_t *rows = json_array();
	int r = store_node_each(
		c->db, &filter, call_text(c, "cluster_id"), add_node, rows, &page.total, e);

	if (r == 0)
		c->result = page_result(&page, json_incref(rows));
	return r;
}

static int add_namespace(const char *name, void *names, struct err *e)
{
	(void)e;
	json_array_append_new(names, json_string(name));
	return 0;
}

static int search_namespaces(struct call *c, struct err *e)
{
	const json_t *names = json_object_get(c->body, "groupNames");
	autofree char *groups = json_array_size(names) ? json_line(names) : NULL;

	c->result = json_array();
	return store_pod_namespace_each(c->db, c->user.id, c->namespace, call_int(c, "appId", 0),
		groups, call_text(c, "key"), add_namespace, c->result, e);
}

/* Agents of hosts, or of clusters. */
static int count_agents(struct call *c, int scope, json_t **ret, struct err *e)
{
	struct device_filter filter = DEVICE_FILTER_ALL;
	long long total, online;
	int r;

	filter.kind = DEVICE_AGENT;
	filter.user = c->user.id;
	filter.namespace = c->namespace;
	filter.scope = scope;
	r = store_device_count(c->db, &filter, &total, e);
	filter.status = DEVICE_ONLINE;
	if (r == 0)
		r = store_device_count(c->db, &filter, &online, e);
	if (r < 0)
		return r;
	*ret = json_object();
	json_put_int(*ret, "totalCount", total);
	json_put_int(*ret, "onlineCount", online);
	json_put_int(*ret, "normalCount", online);
	json_put_int(*ret, "errorCount", total - online);
	return 0;
}

static int overview(struct call *c, struct err *e)
{
	json_t *hosts, *clusters;
	int r = count_agents(c, SCOPE_HOST, &hosts, e);

	if (r < 0)
		return r;
	c->result = json_object();
	json_object_set_new(c->result, "host", hosts);
	r = count_agents(c, SCOPE_K8S, &clusters, e);
	if (r == 0)
		json_object_set_new(c->result, "cluster", clusters);
	return r;
}

const struct route cluster_routes[] = {
	{ "/chaos/ListExperimentClusters", ROUTE_SESSION, list_clusters, &cluster_request,
		ANSWER_LIST, &cluster_shape, "The user's clusters in a namespace" },
	{ "/chaos/ListExperimentNodesByCluster", ROUTE_SESSION, list_nodes, &cluster_request,
		ANSWER_PAGE, &scope_shape, "The nodes that pods run on" },
	{ "/chaos/SearchExperimentPodsByCluster", ROUTE_SESSION, pods_of_cluster, &cluster_request,
		ANSWER_PAGE, &pod_shape, "The pods of a cluster" },
	{ "/chaos/SearchExperimentPodsByNode", ROUTE_SESSION, pods_of_node, &cluster_request,
		ANSWER_PAGE, &pod_shape, "The pods of a node" },
	{ "/chaos/SearchClusterNamespace", ROUTE_SESSION, search_namespaces, &namespaces_request,
		ANSWER_TEXTS, NULL, "The namespaces of Kubernetes that pods are in" },
	{ "/chaos/UserAgentOverviewInfo", ROUTE_SESSION, overview, NULL, ANSWER_OBJECT,
		&overview_shape, "How many agents of hosts and of clusters there are" },
	{ 0 },
};
