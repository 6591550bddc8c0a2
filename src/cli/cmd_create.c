/* gale create TARGET ACTION: one experiment, seen to bite before the reply. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/k8s.h"
#include "cli/post.h"
#include "cli/record_json.h"
#include "cli/reply.h"
#include "fault/engine.h"

struct create_args {
	bool async, dry_run, nohup;
	char *endpoint;
};

static const struct param create_params[] = {
	{ "async", PARAM_BOOL, offsetof(struct create_args, async),
		.help = "answer at once; `status` tells what came of it" },
	{ "endpoint", PARAM_STR, offsetof(struct create_args, endpoint),
		.help = "http URL to which the record is posted as JSON when the create has ended" },
	{ "dry-run", PARAM_BOOL, offsetof(struct create_args, dry_run),
		.help = "print the targets and the kernel operations, do nothing" },
	{ "nohup", PARAM_BOOL, offsetof(struct create_args, nohup), .flags = PARAM_HIDDEN,
		.help = "accepted as blade's; means nothing here" },
	{ 0 },
};

static void put_notes(json_t *reply, const char *notes)
{
	json_t *list;

	if (*notes == '\0')
		return;
	list = json_array();
	for (const char *at = notes; *at; at += *at == '\n') {
		size_t len = strcspn(at, "\n");

		json_array_append_new(list, json_stringn(at, len));
		at += len;
	}
	json_object_set_new(reply, "notes", list);
}

static json_t *outcome_reply(const struct outcome *o)
{
	json_t *reply = reply_new(json_string(o->uid));
	char text[64];

	json_object_set_new(reply, "effect", effect_json(&o->effect));
	put_notes(reply, o->notes);
	if (o->deadline_wall_ms) {
		clock_rfc3339_at(o->deadline_wall_ms, text);
		json_put_str(reply, "deadline", text);
		duration_text(o->deadline_wall_ms - clock_wall_ms(), text);
		json_put_str(reply, "timeLeft", text);
	}
	return reply;
}

static int create_dry(const struct order *o, struct err *e)
{
	json_t *plan;
	int r = engine_plan(o, &plan, e);

	return r < 0 ? r : reply_print(reply_new(plan), e);
}

/* What came of it, to whom wants to know: the record as `status` shows it. */
static void create_post(const struct cli *c, const char *uid, const char *endpoint)
{
	autojson json_t *row = NULL;
	autofree char *line = NULL;
	struct err e = { 0 };

	if (!endpoint)
		return;
	if (record_row(c->state, uid, &row, &e) == 0) {
		line = json_line(row);
		if (line && post_json(endpoint, line, &e) == 0)
			return;
	}
	log_write(LOG_WARN, "endpoint.failed", "uid", uid, "error", e.msg, NULL);
}

/* An experiment whose uid nobody was told is nobody's: without engine_keep it goes with us. */
static int create_now(const struct cli *c, struct order *o, const char *endpoint, struct err *e)
{
	struct outcome out = { 0 };
	int r = engine_create(c->state, o, &out, e);

	signal(SIGPIPE, SIG_IGN);
	if (r == 0)
		r = reply_print(outcome_reply(&out), e);
	if (r == 0)
		engine_keep(&out);
	if (*out.uid)
		create_post(c, out.uid, endpoint);
	return r;
}

/* In a session of its own, without the caller's terminal and pipes. */
static void create_detached(const struct cli *c, struct order *o, const char *endpoint)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct outcome out;

	setsid();
	signal(SIGPIPE, SIG_IGN);
	for (int fd = 0; fd <= STDERR_FILENO && null >= 0; fd++)
		dup2(null, fd);
	if (engine_inject(c->state, o, &out, NULL) == 0)
		engine_keep(&out);
	create_post(c, o->uid, endpoint);
}

/* The record is there when the uid is printed. The caller of it all is who called us. */
static int create_async(const struct cli *c, struct order *o, const char *endpoint, struct err *e)
{
	pid_t child;
	int r = engine_accept(c->state, o, e);

	if (r < 0)
		return r;
	o->caller = getppid();
	child = fork();
	if (child < 0)
		return err_set(e, ERR_SYSTEM, errno, "fork");
	if (child == 0) {
		create_detached(c, o, endpoint);
		_exit(0);
	}
	return reply_print(reply_new(json_string(o->uid)), e);
}

/* Not here: see the clusters' own. */
static int create_k8s(struct cli *c, const struct create_args *a, struct err *e)
{
	struct k8s_create how = { .async = a->async, .dry_run = a->dry_run };
	int r = a->endpoint ? post_check(a->endpoint, e) : 0;

	if (r < 0)
		return r;
	r = k8s_create(c, &how, e);
	if (*how.uid)
		create_post(c, how.uid, a->endpoint);
	return r;
}

static int create_order(struct cli *c, const struct create_args *a, struct err *e)
{
	const struct fault *fault;
	struct order o;
	int r = cli_fault(c, &fault, e);

	if (r == 0 && a->endpoint)
		r = post_check(a->endpoint, e);
	if (r == 0)
		r = order_make(c->scope->name, fault->target, fault->action, c->flags, &o, e);
	if (r < 0)
		return r;
	if (a->dry_run)
		r = create_dry(&o, e);
	else if (a->async)
		r = create_async(c, &o, a->endpoint, e);
	else
		r = create_now(c, &o, a->endpoint, e);
	order_done(&o);
	return r;
}

static int create_run(struct cli *c, struct err *e)
{
	struct create_args a;
	int r = cli_take(c, create_params, &a, e);

	if (r < 0)
		return r;
	r = c->in_k8s ? create_k8s(c, &a, e) : create_order(c, &a, e);
	params_free(create_params, &a);
	return r;
}

const struct verb verb_create = {
	.name = "create",
	.alias = "c",
	.words = "[cri|docker|k8s] TARGET ACTION [FLAG]...",
	.summary = "Start an experiment",
	.detail =
		"Returns when its effect was measured, and prints the uid that `destroy` takes.\n"
		"Every experiment has a deadline: 24 hours unless --timeout says otherwise.\n"
		"With `cri` it is done in a container that the container runtime of this node knows,\n"
		"with `docker` in one that Docker knows.\n"
		"With `k8s` TARGET is node-cpu, pod-cpu, container-cpu ...: gale-operator of a cluster does\n"
		"it to those that --names, --labels and --evict-* select.",
	.example =
		"create cpu load --cpu-percent 60 --timeout 30\n"
		"create network delay --interface eth0 --time 100 --dry-run\n"
		"create cri cpu load --pod web-0 --container-name app --cpu-percent 80 --timeout 30\n"
		"create k8s pod-cpu load --labels app=web --cpu-percent 80 --kubeconfig ~/.kube/config",
	.params = create_params,
	.most = 2,
	.k8s_flags = true,
	.fault_flags = true,
	.uses_state = true,
	.run = create_run,
};
