/* The scopes of a cluster, a row each. */
#include "cli/k8s_scope.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "fault/engine.h"

/* What all of the rows below are parsed into, to be checked. */
struct selection {
	char *namespace, *names, *labels, *evict_group, *container_names, *container_ids;
	char *blade_path, *blade_mode, *blade_url;
	long long evict_count, evict_percent, container_index;
	bool override, docker_network, sidecar_network;
};

#define AT(member) offsetof(struct selection, member)

#define SELECTS	   0, 0, NULL, NULL, NULL, PARAM_MATCHER
#define ONLY_TAKEN .flags = PARAM_HIDDEN, .help = "accepted as blade's"

/* One table: each scope takes it from its own first row to the end. */
static const struct param rows[] = {
	/* container */
	{ "container-names", PARAM_STR, AT(container_names), SELECTS,
		"names of containers in the pods, with commas; the first running one when none is named",
		"Pod 内容器的名称，以逗号分隔；不指定时为首个运行中的容器" },
	{ "container-ids", PARAM_STR, AT(container_ids), SELECTS, "ids of containers, with commas",
		"容器 ID，以逗号分隔" },
	{ "container-index", PARAM_INT, AT(container_index), 0, 1000, NULL, NULL, NULL,
		PARAM_MATCHER, "which container of the pod, counted from 0",
		"Pod 内第几个容器，从 0 起" },
#define FIRST_OF_PODS 3
	{ "namespace", PARAM_STR, AT(namespace), 0, 0, NULL, "default", NULL, PARAM_MATCHER,
		"namespace of the pods, one", "Pod 所在的命名空间，仅一个" },
	/* how blade gets its programs into a container, and to its network: there are none */
	{ "chaosblade-path", PARAM_STR, AT(blade_path), ONLY_TAKEN },
	{ "chaosblade-override", PARAM_BOOL, AT(override), ONLY_TAKEN },
	{ "chaosblade-deploy-mode", PARAM_CHOICE, AT(blade_mode), .choices = "copy download",
		ONLY_TAKEN },
	{ "chaosblade-download-url", PARAM_STR, AT(blade_url), ONLY_TAKEN },
	{ "is-docker-network", PARAM_BOOL, AT(docker_network), ONLY_TAKEN },
	{ "use-sidecar-container-network", PARAM_BOOL, AT(sidecar_network), ONLY_TAKEN },
#define FIRST_OF_ALL 10
	{ "names", PARAM_STR, AT(names), SELECTS, "names of pods (of nodes), with commas",
		"Pod（节点）的名称，以逗号分隔" },
	{ "labels", PARAM_STR, AT(labels), SELECTS,
		"their labels, k=v,k2=v2: one key twice is either value, different keys are all of them",
		"标签 k=v,k2=v2：同一键为任一值，不同键须全部满足" },
	{ "evict-count", PARAM_INT, AT(evict_count), 1, 1000000, NULL, NULL, NULL, PARAM_MATCHER,
		"at most so many of those that match", "在匹配者中最多选取的个数" },
	{ "evict-percent", PARAM_INT, AT(evict_percent), 1, 100, "percent", NULL, NULL,
		PARAM_MATCHER, "at most this share of those that match",
		"在匹配者中最多选取的百分比" },
	{ "evict-group", PARAM_STR, AT(evict_group), SELECTS,
		"label whose values form groups, of each of which so many are taken",
		"按该标签的值分组，每组分别选取" },
	{ 0 },
};

/* --- the faults that only a cluster has ------------------------------------------------------- */

struct own_args {
	bool random, force;
};

static const struct param no_params[] = { { 0 } };
static const struct param delete_params[] = {
	{ "random", PARAM_BOOL, offsetof(struct own_args, random), 0, 0, NULL, NULL, NULL, 0,
		"any of those that match, not the first ones", "在匹配的 Pod 中随机选取" },
	{ 0 },
};
static const struct param remove_params[] = {
	{ "force", PARAM_BOOL, offsetof(struct own_args, force), 0, 0, NULL, NULL, NULL, 0,
		"at once, without the time that it may take to end", "立即终止，不等待优雅退出" },
	{ 0 },
};

static const struct fault pod_delete = {
	.target = "pod",
	.action = "delete",
	.category = "system_container",
	.summary = "Delete pods",
	.zh = "删除 Pod",
	.example = "--namespace default --names web-0",
	.params = delete_params,
	.args_size = sizeof(struct own_args),
	.flags = FAULT_ONCE,
};
static const struct fault pod_fail = {
	.target = "pod",
	.action = "fail",
	.category = "system_container",
	.summary = "Make the containers of pods fail, until it is taken back",
	.zh = "使 Pod 的容器失败，直至恢复",
	.example = "--namespace default --names web-0 --timeout 60",
	.params = no_params,
	.args_size = sizeof(struct own_args),
};
static const struct fault container_remove = {
	.target = "container",
	.action = "remove",
	.category = "system_container",
	.summary = "End containers, which the kubelet starts again",
	.zh = "终止容器，kubelet 会重新启动它",
	.example = "--namespace default --names web-0 --container-names app",
	.params = remove_params,
	.args_size = sizeof(struct own_args),
	.flags = FAULT_ONCE,
};

static const struct fault *const none[] = { NULL };
static const struct fault *const of_pods[] = { &pod_delete, &pod_fail, NULL };
static const struct fault *const of_containers[] = { &container_remove, NULL };

static const struct k8s_scope scopes[] = {
	{ "node", rows + FIRST_OF_ALL, none },
	{ "pod", rows + FIRST_OF_PODS, of_pods },
	{ "container", rows, of_containers },
	{ 0 },
};

const struct k8s_scope *k8s_scopes(void)
{
	return scopes;
}

const struct k8s_scope *k8s_scopes_widest(void)
{
	return &scopes[ARRAY_LEN(scopes) - 2];
}

const struct k8s_scope *k8s_scope_find(const char *word, const char **ret_target)
{
	for (const struct k8s_scope *s = scopes; s->name; s++) {
		size_t len = strlen(s->name);

		if (strncmp(word, s->name, len) == 0 && word[len] == '-') {
			*ret_target = word + len + 1;
			return s;
		}
	}
	return NULL;
}

int k8s_fault_find(const struct k8s_scope *s, const char *target, const char *action,
	const struct fault **ret, struct err *e)
{
	autobuf struct buf names = BUF_INIT(200);
	const struct fault *f;
	int r;

	for (const struct fault *const *own = s->own; *own; own++) {
		if (!str_eq((*own)->target, target))
			continue;
		if (str_eq((*own)->action, action)) {
			*ret = *own;
			return 0;
		}
		buf_fmt(&names, "%s%s", names.len ? ", " : "", (*own)->action);
	}
	r = fault_find(target, action, &f, e);
	if (r < 0 && names.len)
		return err_set(e, ERR_UNSUPPORTED, 0, "unknown action `%.60s` of %s-%s; it has: %s",
			action, s->name, target, buf_text(&names));
	if (r == 0 && !str_eq(s->name, "node") && !scope_contains(f))
		r = err_set(e, ERR_UNSUPPORTED, 0,
			"`%s-%s %s`: action not supported: it is one for nodes only", s->name,
			f->target, f->action);
	if (r == 0)
		*ret = f;
	return r;
}

/* Everybody in a cluster is never meant by what was left out. */
static int selection_check(const struct k8s_scope *s, const struct selection *given, struct err *e)
{
	bool some = given->names || given->labels || given->container_ids ||
		    given->evict_count != PARAM_UNSET || given->evict_percent != PARAM_UNSET;

	if (given->namespace && strchr(given->namespace, ','))
		return err_set(e, ERR_NAMESPACES, 0,
			"invalid parameter `namespace`, only one value is allowed: `%.200s`",
			given->namespace);
	if (!some && str_eq(s->name, "container"))
		return err_missing(e, "names|labels|container-ids|evict-count|evict-percent");
	return some ? 0 : err_missing(e, "names|labels|evict-count|evict-percent");
}

int k8s_flags_check(const struct k8s_scope *s, const struct fault *f, const json_t *flags,
	int64_t *ret_timeout_ms, struct err *e)
{
	autojson json_t *where = json_object(), *rest = json_object();
	struct selection given = { .evict_count = PARAM_UNSET,
		.evict_percent = PARAM_UNSET,
		.container_index = PARAM_UNSET };
	const char *name;
	json_t *value;
	int r;

	json_object_foreach((json_t *)flags, name, value)
	{
		if (json_object_set(params_find(s->params, name) ? where : rest, name, value) < 0)
			return err_set(e, ERR_NOMEM, ENOMEM, "flags");
	}
	r = params_parse(s->params, where, &given, e);
	if (r < 0)
		return r;
	r = selection_check(s, &given, e);
	params_free(s->params, &given);
	return r < 0 ? r : order_flags_check(f, rest, ret_timeout_ms, e);
}
