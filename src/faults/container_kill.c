/*
 * container kill: ends the first process of a container, and with it the container. Who keeps it
 * (the kubelet, a restart policy of Docker) starts another.
 */
#include <signal.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/plan.h"
#include "fault/run.h"
#include "sys/pidfd.h"
#include "target/target.h"

struct container_kill_args {
	char *container;
};

static const struct param container_kill_params[] = {
	{ "container-id", PARAM_STR, offsetof(struct container_kill_args, container),
		.flags = PARAM_MATCHER, .help = "the container's id or the first digits of it",
		.zh = "容器 ID 或其开头若干位" },
	{ 0 },
};

/* The first process as it was found: another that has its pid by now is not meant. */
static int container_kill_open(const struct target *t, const struct container_kill_args *a,
	struct container *ret, int *ret_fd, struct err *e)
{
	const struct container_query q = { .id = a->container };
	int r = 0;

	if (t->query)
		*ret = t->container;
	else
		r = container_find(&q, ret, e);
	if (r == 0 && ret->main.pid <= 1)
		r = err_set(e, ERR_DENIED, 0, "container %.12s is this system itself", ret->id);
	return r == 0 ? pidfd_open_process(&ret->main, ret_fd, e) : r;
}

static int container_kill_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	autoclose int fd = -1;
	struct container c;
	int r = container_kill_open(t, args, &c, &fd, e);

	if (r < 0)
		return r;
	plan_target(ret, "container %.12s %s (process %d)", c.id, c.name, (int)c.main.pid);
	plan_operation(ret, "pidfd_send_signal: SIGKILL");
	return 0;
}

/* For verify, which runs behind it in the same process. */
static struct {
	struct container container;
	int fd;
} container_kill_hit;

static int container_kill_apply(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	int r = container_kill_open(
		t, args, &container_kill_hit.container, &container_kill_hit.fd, e);

	(void)run;
	return r == 0 ? pidfd_signal(container_kill_hit.fd, SIGKILL, e) : r;
}

static int container_kill_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	enum { END_WAIT_MS = 5000 };
	const struct container *c = &container_kill_hit.container;

	(void)run;
	(void)t;
	(void)args;
	(void)e;
	effect_judge(ret, "containers", 1, pidfd_ended(container_kill_hit.fd, END_WAIT_MS), 0,
		"container %.12s %.60s ended after SIGKILL", c->id, c->name);
	return 0;
}

const struct fault fault_container_kill = {
	.target = "container",
	.action = "kill",
	.summary = "Kill a container; whoever keeps it starts another",
	.zh = "杀死容器；由其管理者重新启动",
	.example = "--container-id 0123456789ab",
	.category = "container_container",
	.params = container_kill_params,
	.args_size = sizeof(struct container_kill_args),
	.flags = FAULT_ONCE | FAULT_CONTAINER,
	.plan = container_kill_plan,
	.apply = container_kill_apply,
	.verify = container_kill_verify,
};
