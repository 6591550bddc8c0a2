/* How an agent of a host or of a cluster is started, and ended for good: lines for a shell. */
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "box/api/box.h"
#include "box/api/call.h"
#include "box/store/fleet.h"

static const struct shape install_request = { "SettingQueryInstallRequest",
	(const struct field[]){
		{ "mode", FIELD_TEXT, .max = 16,
			.help = "host; of a cluster k8s_helm (by Helm) or k8s (by kubectl)" },
		{ "clusterName", FIELD_TEXT, .max = 63, .help = "its id and name: main" },
		{ "osType", FIELD_INT },
		{ "helmVersion", FIELD_TEXT },
		{ "configurationId", FIELD_TEXT },
		{ 0 },
	} };

static const struct shape uninstall_request = { "SettingQueryUninstallRequest",
	(const struct field[]){
		{ "configurationId", FIELD_TEXT, FIELD_REQUIRED },
		{ 0 },
	} };

/* One that a shell, sed and Helm's lists take as it is. */
static bool is_plain(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789._-")] == '\0';
}

/* Of deploy/helm: also where the rest of Gale is there already. */
static void by_helm(const struct call *c, const char *url, const char *cluster)
{
	json_object_set_new(c->result, "install",
		json_sprintf("helm upgrade gale gale-" GALE_VERSION
			     ".tgz --install --reuse-values --namespace gale --create-namespace "
			     "--set license=%s,env.name=%s,transport.endpoint=%s,"
			     "controller.cluster_id=%s,controller.cluster_name=%s",
			c->user.license, c->namespace, url, cluster, cluster));
}

static void by_kubectl(const struct call *c, const char *url, const char *cluster)
{
	json_object_set_new(c->result, "secret",
		json_sprintf("kubectl create secret generic gale-cluster-agent -n gale "
			     "--from-literal=license=%s",
			c->user.license));
	json_object_set_new(c->result, "install",
		json_sprintf("sed 's,gale-box:7001,%s,; s,namespace=default,namespace=%s,; "
			     "s,=main,=%s,' deploy/kubernetes/cluster-agent.yaml | "
			     "kubectl apply -f -",
			url, c->namespace, cluster));
}

static int of_cluster(struct call *c, const char *url, bool helm, struct err *e)
{
	const char *cluster = call_text(c, "clusterName");

	if (str_empty(cluster))
		cluster = "main";
	if (!is_plain(cluster))
		return err_illegal(e, "clusterName", cluster, "letters, digits, dots, _ and -");
	if (!is_plain(c->namespace))
		return err_illegal(e, "namespace", c->namespace, "letters, digits, dots, _ and -");
	c->result = json_object();
	(helm ? by_helm : by_kubectl)(c, url, cluster);
	return 0;
}

static int install_command(struct call *c, struct err *e)
{
	const char *mode = call_text(c, "mode"), *url = c->box->url;
	bool helm = str_eq(mode, "k8s_helm") || str_eq(mode, "cs_k8s_helm");

	if (str_empty(url))
		url = str_empty(c->host) ? "CONSOLE:7001" : c->host;
	if (helm || str_eq(mode, "k8s") || str_eq(mode, "cs_k8s"))
		return of_cluster(c, url, helm, e);
	if (!str_empty(mode) && !str_eq(mode, "host"))
		return err_illegal(e, "mode", mode, "host, k8s, k8s_helm");
	c->result = json_object();
	json_object_set_new(c->result, "install",
		json_sprintf("gale-agent --license %s --namespace %s --transport.endpoint %s",
			c->user.license, c->namespace, url));
	return 0;
}

/* One that is not there (any more) is taken for a host's. */
static int uninstall_command(struct call *c, struct err *e)
{
	struct device d = { 0 };
	int r = store_device_find(c->db, c->user.id, call_text(c, "configurationId"), &d, e);

	if (r < 0 && r != -ERR_NOTFOUND)
		return r;
	c->result = json_object();
	json_put_str(c->result, "uninstall",
		str_empty(d.cluster_id)
			? "systemctl disable --now gale-agent"
			: "kubectl delete deployment gale-cluster-agent --namespace gale");
	return 0;
}

const struct route install_routes[] = {
	{ "/chaos/QueryInstallCommand", ROUTE_SESSION, install_command, &install_request,
		ANSWER_MAP, NULL, "How an agent of this user is started" },
	{ "/chaos/QueryUninstallCommand", ROUTE_SESSION, uninstall_command, &uninstall_request,
		ANSWER_MAP, NULL, "How an agent is ended for good" },
	{ 0 },
};
