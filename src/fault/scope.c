/* The scopes, a row each. */
#include "fault/scope.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

static const struct param host_params[] = { { 0 } };

static const struct param cri_params[] = {
	{ "container-id", PARAM_STR, offsetof(struct scope_args, container.id), 0, 0, NULL, NULL,
		NULL, PARAM_MATCHER, "the container's id or the first digits of it",
		"容器 ID 或其开头若干位" },
	{ "container-name", PARAM_STR, offsetof(struct scope_args, container.name), 0, 0, NULL,
		NULL, NULL, PARAM_MATCHER, "the container's name in its pod",
		"容器在 Pod 中的名称" },
	{ "container-label-selector", PARAM_STR, offsetof(struct scope_args, container.labels), 0,
		0, NULL, NULL, NULL, PARAM_MATCHER,
		"labels of the container, all of them: k=v,k2=v2",
		"容器的标签（全部满足）：k=v,k2=v2" },
	{ "pod", PARAM_STR, offsetof(struct scope_args, container.pod), 0, 0, NULL, NULL, NULL,
		PARAM_MATCHER, "the name of its pod", "所在 Pod 的名称" },
	{ "pod-namespace", PARAM_STR, offsetof(struct scope_args, container.space), 0, 0, NULL,
		NULL, NULL, PARAM_MATCHER, "the namespace of its pod", "所在 Pod 的命名空间" },
	{ "pod-uid", PARAM_STR, offsetof(struct scope_args, container.pod_uid), 0, 0, NULL, NULL,
		NULL, PARAM_MATCHER, "the uid of its pod", "所在 Pod 的 UID" },
	{ "cri-endpoint", PARAM_STR, offsetof(struct scope_args, container.endpoint), 0, 0, NULL,
		NULL, NULL, 0,
		"socket of the container runtime, where it usually is when not given",
		"容器运行时的套接字，默认为常用位置" },
	{ "container-runtime", PARAM_CHOICE, offsetof(struct scope_args, runtime), 0, 0, NULL, NULL,
		"containerd cri-o", PARAM_HIDDEN,
		"accepted as blade's; the socket says which it is", "与 blade 兼容；由套接字决定" },
	{ "container-namespace", PARAM_CHOICE, offsetof(struct scope_args, space), 0, 0, NULL, NULL,
		"k8s.io", PARAM_HIDDEN, "accepted as blade's; CRI has this one only",
		"与 blade 兼容；CRI 仅有此命名空间" },
	{ 0 },
};

static const struct param docker_params[] = {
	{ "container-id", PARAM_STR, offsetof(struct scope_args, container.id), 0, 0, NULL, NULL,
		NULL, PARAM_MATCHER, "the container's id or the first digits of it",
		"容器 ID 或其开头若干位" },
	{ "container-name", PARAM_STR, offsetof(struct scope_args, container.name), 0, 0, NULL,
		NULL, NULL, PARAM_MATCHER, "the container's name", "容器名称" },
	{ "container-label-selector", PARAM_STR, offsetof(struct scope_args, container.labels), 0,
		0, NULL, NULL, NULL, PARAM_MATCHER,
		"labels of the container, all of them: k=v,k2=v2",
		"容器的标签（全部满足）：k=v,k2=v2" },
	{ "docker-endpoint", PARAM_STR, offsetof(struct scope_args, container.docker), 0, 0, NULL,
		"/var/run/docker.sock", NULL, 0, "socket of Docker's API", "Docker API 的套接字" },
	{ "container-runtime", PARAM_CHOICE, offsetof(struct scope_args, runtime), 0, 0, NULL, NULL,
		"docker", PARAM_HIDDEN, "accepted as blade's", "与 blade 兼容" },
	{ 0 },
};

static int host_find(const struct scope_args *args, bool pod, struct target *ret, struct err *e)
{
	(void)args;
	(void)pod;
	(void)e;
	*ret = (struct target){ .query = NULL };
	return 0;
}

static int cri_find(const struct scope_args *args, bool pod, struct target *ret, struct err *e)
{
	const struct container_query *q = &args->container;
	struct target t = { .query = q };
	int r = pod && (q->pod || q->pod_uid) && !q->id && !q->name && !q->labels
			? container_find_pod(q, &t.container, e)
			: container_find(q, &t.container, e);

	if (r == 0)
		*ret = t;
	return r;
}

static const struct scope scopes[] = {
	{ "host", host_params, false, host_find },
	{ "cri", cri_params, true, cri_find },
	{ "docker", docker_params, true, cri_find },
};

bool scope_contains(const struct fault *f)
{
	return f->flags & (FAULT_CONTAINER | FAULT_NETNS) || params_find(f->params, "container-id");
}

const struct scope *scope_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(scopes); i++)
		if (str_eq(scopes[i].name, name))
			return &scopes[i];
	return NULL;
}

void scope_words(const struct scope *s, const struct fault *f, struct scope_words *ret)
{
	const char *word = s->container ? s->name : f->target;

	snprintf(ret->command, sizeof(ret->command), "%s", word);
	snprintf(ret->sub_command, sizeof(ret->sub_command), "%s%s%s",
		s->container ? f->target : "", s->container ? " " : "", f->action);
}

int scope_fault(
	const char *command, const char *sub_command, const struct fault **ret, struct err *e)
{
	const char *blank = strchr(sub_command, ' ');
	char target[64];

	if (!scope_find(command) || !blank)
		return fault_find(command, sub_command, ret, e);
	snprintf(target, sizeof(target), "%.*s", (int)(blank - sub_command), sub_command);
	return fault_find(target, blank + 1, ret, e);
}
