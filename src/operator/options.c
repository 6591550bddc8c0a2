/* The settings of gale-operator. */
#include "operator/options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "kube/text.h"

#include "base/cleanup.h"

#define AT(member) offsetof(struct options, member)

static const struct config_row rows[] = {
	{ "kubeconfig", CONFIG_TEXT, AT(kubeconfig), "in-cluster",
		"file (its current context), or `in-cluster`: where the Kubernetes API is" },
	{ "workers", CONFIG_INT, AT(workers), "8", "experiments that are worked on at once",
		.min = 1, .max = 64 },
	{ "target-namespace", CONFIG_TEXT, AT(scope.namespace), NULL,
		"of experiments and their targets; the rights of a Role are enough then (default: "
		"the whole cluster)" },
	{ "enable-filter-namespace", CONFIG_BOOL, AT(scope.consent), "false",
		"targets only in namespaces with the annotation chaos-mesh.org/inject=enabled" },
	{ "lease", CONFIG_TEXT, AT(lease), NULL,
		"NAMESPACE/NAME of the lease that one of several operators holds, the others "
		"standing by (default: there is but one)" },
	{ "lease-duration", CONFIG_DURATION, AT(lease_ms), "15s",
		"a holder that was silent for so long has lost it" },
	{ "secrets", CONFIG_TEXT, AT(secrets), NULL,
		"namespace in which the operator makes, and renews, the certificates and keys of "
		"itself, the agents and the DNS servers; its own go to RUN/keys" },
	{ "run", CONFIG_TEXT, AT(run), "/run/gale", "directory of those, best in memory" },
	{ "node-cert", CONFIG_TEXT, AT(nodes.files.cert), NULL,
		"PEM file of the operator's certificate, for orders to the agents of nodes "
		"(default: none are given)" },
	{ "node-key", CONFIG_TEXT, AT(nodes.files.key), NULL, "PEM file of its key" },
	{ "node-ca", CONFIG_TEXT, AT(nodes.files.ca), NULL,
		"PEM file of the authority of the agents' certificates" },
	{ "node-names", CONFIG_TEXT, AT(nodes.files.names), "gale-agent",
		"names, one of which an agent's certificate must have" },
	{ "node-sign-key", CONFIG_TEXT, AT(nodes.sign_key), NULL,
		"PEM file of the private key (Ed25519) that orders are signed with" },
	{ "node-port", CONFIG_INT, AT(nodes.port), "19528",
		"of the agents, at their nodes' addresses", .min = 1, .max = 65535 },
	{ "dns-service", CONFIG_TEXT, AT(dns_service), NULL,
		"NAMESPACE/NAME of the Service of gale-dns, whose servers answer what a DNSChaos "
		"says, with the operator's certificate of above (default: the nodes answer)" },
	{ "dns-names", CONFIG_TEXT, AT(dns_names), "gale-dns",
		"names, one of which a DNS server's certificate must have" },
	{ "renew", CONFIG_DURATION, AT(renew_ms), "30s",
		"how often the nodes are asked whether what is injected stands, which is done "
		"again where it does not (0s: never)" },
	{ "pause-image", CONFIG_TEXT, AT(pause_image), "pause",
		"image that does nothing, which containers get by pod-failure" },
	{ "admin", CONFIG_TEXT, AT(admin), NULL,
		"ADDR:PORT where /metrics, /healthz and /readyz are answered (default: nowhere)" },
	{ "webhook-listen", CONFIG_TEXT, AT(webhook.listen), NULL,
		"ADDR:PORT where the API server asks about new objects, by HTTPS (default: nowhere)" },
	{ "webhook-names", CONFIG_TEXT, AT(webhook.names), "gale-operator.gale.svc",
		"host names and addresses that the webhook's certificate is for", .list = true },
	{ "webhook-secret", CONFIG_TEXT, AT(webhook.secret), "gale/gale-operator-webhook",
		"NAMESPACE/NAME of the Secret that keeps the webhook's certificates; it must exist" },
	{ "webhook-configurations", CONFIG_TEXT, AT(webhook.configurations), "gale-operator",
		"name of the webhook configurations whose caBundle is kept" },
	{ "webhook-cert-life", CONFIG_DURATION, AT(webhook.life_ms), "2160h",
		"how long the webhook's certificate is good for; it is renewed after two thirds" },
	{ "security-mode", CONFIG_BOOL, AT(webhook.rights), "true",
		"who makes an experiment must have the right to make it in every namespace that "
		"it reaches" },
	{ "uninstall", CONFIG_DURATION, AT(uninstall_ms), "0s",
		"delete all experiments, wait so long until they are recovered, let go of what is "
		"left, delete webhook configurations, the operators and their Secrets in the "
		"namespace of --lease, and end" },
	{ "user", CONFIG_TEXT, AT(user), "gale-operator",
		"to become, when started as root (or nobody)" },
	{ "log.level", CONFIG_TEXT, AT(log_level), "info", "the least that is logged, to stderr",
		.allowed = "debug|info|warn|error" },
	{ 0 },
};

static const struct config_program program = {
	.name = "gale-operator",
	.summary = "makes objects of a Kubernetes cluster faults in its pods, and takes them back",
	.about = "Watches the objects of chaos-mesh.org/v1alpha1 (PodChaos, NetworkChaos, "
		 "StressChaos and DNSChaos) and of chaosblade.io/v1alpha1 (ChaosBlade). It "
		 "selects their targets, does what they say, writes "
		 "what came of each target into the object's status, and recovers when the "
		 "duration is over, the object is paused or deleted. What it cannot do it refuses, "
		 "with the reason in the status.\n\n"
		 "All state is in the objects: it may be ended and started at any time.",
	.file = "/etc/gale/gale-operator.yaml",
	.rows = rows,
};

/* What is not given is what the operator makes. */
static void own_files(struct options *o)
{
	const struct {
		const char **option, *name;
	} files[] = { { &o->nodes.files.cert, "tls.crt" }, { &o->nodes.files.key, "tls.key" },
		{ &o->nodes.files.ca, "ca.crt" }, { &o->nodes.sign_key, "orders.key" } };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(o->own_files[i], sizeof(o->own_files[i]), "%s/keys/%s", o->run,
			files[i].name);
		if (!**files[i].option)
			*files[i].option = o->own_files[i];
	}
}

/* "NAMESPACE/NAME", or nothing. */
static bool is_name(const char *text)
{
	const char *slash = strchr(text, '/');

	return !*text || (slash && slash > text && slash[1] && !strchr(slash + 1, '/'));
}

int options_load(int argc, char *const *argv, struct options *ret, struct config *c, struct err *e)
{
	int r;

	*ret = (struct options){ 0 };
	r = config_load(&program, argc, argv, ret, c, e);
	if (r != 0)
		return r;
	if (!is_name(ret->lease))
		return err_illegal(e, "lease", ret->lease, "NAMESPACE/NAME");
	if (!is_name(ret->dns_service))
		return err_illegal(e, "dns-service", ret->dns_service, "NAMESPACE/NAME");
	if (*ret->scope.namespace && !kube_name_good(ret->scope.namespace))
		return err_illegal(e, "target-namespace", ret->scope.namespace, "a namespace");
	if (ret->lease_ms < 1000)
		return err_set(e, ERR_INVALID, 0, "lease-duration must be 1s or more");
	if (!*ret->webhook.secret || !is_name(ret->webhook.secret))
		return err_illegal(e, "webhook-secret", ret->webhook.secret, "NAMESPACE/NAME");
	if (ret->webhook.life_ms < 10000)
		return err_set(e, ERR_INVALID, 0, "webhook-cert-life must be 10s or more");
	if (ret->uninstall_ms > 0 && !*ret->lease)
		return err_missing(e, "lease");
	if (*ret->secrets)
		own_files(ret);
	if (*ret->dns_service && !*ret->nodes.files.cert)
		return err_set(e, ERR_MISSING, 0, "node-cert: is missing, dns-service needs it");
	log_level_parse(ret->log_level, &ret->least_log);
	return 0;
}
