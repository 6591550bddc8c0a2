/* gale create TARGET ACTION: one experiment, seen to bite before the reply. */
#include <signal.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/cli.h"
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

static json_t *outcome_reply(const struct outcome *o)
{
	json_t *reply = reply_new(json_string(o->uid));
	char deadline[40];

	json_object_set_new(reply, "effect", effect_json(&o->effect));
	if (o->deadline_wall_ms) {
		clock_rfc3339_at(o->deadline_wall_ms, deadline);
		json_put_str(reply, "deadline", deadline);
	}
	return reply;
}

static int create_dry(const struct order *o, struct err *e)
{
	json_t *plan;
	int r = engine_plan(o, &plan, e);

	return r < 0 ? r : reply_print(reply_new(plan), e);
}

/* An experiment whose uid nobody was told is nobody's: without engine_keep it goes with us. */
static int create_now(const struct cli *c, const struct order *o, struct err *e)
{
	struct outcome out = { 0 };
	int r = engine_create(c->state, o, &out, e);

	if (r < 0)
		return r;
	signal(SIGPIPE, SIG_IGN);
	r = reply_print(outcome_reply(&out), e);
	if (r == 0)
		engine_keep(&out);
	return r;
}

static int create_order(struct cli *c, const struct create_args *a, struct err *e)
{
	const struct fault *fault;
	struct order o;
	int r = cli_fault(c, &fault, e);

	if (r == 0)
		r = order_make("host", fault->target, fault->action, c->flags, &o, e);
	if (r < 0)
		return r;
	r = a->dry_run ? create_dry(&o, e) : create_now(c, &o, e);
	order_done(&o);
	return r;
}

static int create_run(struct cli *c, struct err *e)
{
	struct create_args a;
	int r = cli_take(c, create_params, &a, e);

	if (r < 0)
		return r;
	r = create_order(c, &a, e);
	params_free(create_params, &a);
	return r;
}

const struct verb verb_create = {
	.name = "create",
	.alias = "c",
	.words = "TARGET ACTION [FLAG]...",
	.summary = "Start an experiment",
	.detail = "Returns when its effect was measured, and prints the uid that `destroy` takes.\n"
		  "Every experiment has a deadline: 24 hours unless --timeout says otherwise.",
	.example = "create cpu load --cpu-percent 60 --timeout 30\n"
		   "create network delay --interface eth0 --time 100 --dry-run",
	.params = create_params,
	.most = 2,
	.fault_flags = true,
	.run = create_run,
};
