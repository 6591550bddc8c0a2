/* gale prepare jvm: puts the agent library into a JVM ahead of the experiments. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/post.h"
#include "cli/record_json.h"
#include "cli/reply.h"
#include "faults/shared/jvm_prepare.h"
#include "jvm/jvms.h"

struct prepare_args {
	char *process, *java_home, *endpoint, *uid;
	long long pid, port;
	bool async, nohup;
};

#define MEMBER(name) offsetof(struct prepare_args, name)

static const struct param prepare_params[] = {
	{ "process", PARAM_STR, MEMBER(process),
		.help = "part of the command line, or of main class and arguments",
		.zh = "Java 进程命令行（或主类与参数）中包含的文本", .query = "jvm" },
	{ "pid", PARAM_INT, MEMBER(pid), 1, 4194304, .help = "process id of the JVM",
		.zh = "Java 进程号", .query = "jvm" },
	{ "javaHome", PARAM_STR, MEMBER(java_home), .flags = PARAM_HIDDEN,
		.help = "accepted as blade's; no Java is needed" },
	{ "port", PARAM_INT, MEMBER(port), 0, 65535, .fallback = "0", .flags = PARAM_HIDDEN,
		.help = "accepted as blade's and recorded; nothing listens" },
	{ "async", PARAM_BOOL, MEMBER(async), .flags = PARAM_HIDDEN,
		.help = "answer at once; `status` tells what came of it" },
	{ "endpoint", PARAM_STR, MEMBER(endpoint), .flags = PARAM_HIDDEN,
		.help = "with --async: http URL to which the record is posted" },
	{ "uid", PARAM_STR, MEMBER(uid), .flags = PARAM_HIDDEN, .help = "name of the preparation" },
	{ "nohup", PARAM_BOOL, MEMBER(nohup), .flags = PARAM_HIDDEN,
		.help = "accepted as blade's; means nothing here" },
	{ 0 },
};

/* {"data":record,"type":"JAVA_AGENT_PREPARE"}, as blade tells it. */
static void prepare_post(const struct preparation *p, const char *endpoint)
{
	autojson json_t *body = json_object();
	autofree char *line = NULL;
	struct err e = { 0 };

	json_object_set_new(body, "data", preparation_json(p));
	json_put_str(body, "type", "JAVA_AGENT_PREPARE");
	line = json_line(body);
	if (!line || post_json(endpoint, line, &e) < 0)
		log_write(LOG_WARN, "endpoint.failed", "uid", p->uid, "error", e.msg, NULL);
}

static void prepare_detached(
	const struct cli *c, const struct jvm *jvm, struct preparation *p, const char *endpoint)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	signal(SIGPIPE, SIG_IGN);
	for (int fd = 0; fd <= STDERR_FILENO && null >= 0; fd++)
		dup2(null, fd);
	jvm_prepare(c->state, jvm, p, NULL);
	if (endpoint)
		prepare_post(p, endpoint);
}

/* The record is there when the uid is printed. */
static int prepare_load(const struct cli *c, const struct prepare_args *a, const struct jvm *jvm,
	struct preparation *p, struct err *e)
{
	int r = preparation_insert(c->state, p, e);
	pid_t child;

	if (r == 0 && !a->async)
		r = jvm_prepare(c->state, jvm, p, e);
	if (r < 0 || !a->async)
		return r;
	child = fork();
	if (child < 0)
		return err_set(e, ERR_SYSTEM, errno, "fork");
	if (child == 0) {
		prepare_detached(c, jvm, p, a->endpoint);
		_exit(0);
	}
	return 0;
}

static int prepare_jvm(const struct cli *c, const struct prepare_args *a, struct err *e)
{
	autofree struct jvm *jvm = malloc(sizeof(*jvm));
	struct preparation p = { .type = "jvm", .status = "Created" };
	int r = jvm ? 0 : err_set(e, ERR_NOMEM, ENOMEM, "prepare");

	if (r == 0 && a->endpoint)
		r = post_check(a->endpoint, e);
	if (r == 0)
		r = jvms_select(a->process, a->pid == PARAM_UNSET ? 0 : (pid_t)a->pid, jvm, e);
	if (r == 0)
		r = jvm_attachable(jvm, e);
	if (r < 0)
		return r;
	if (preparation_of(c->state, &jvm->process, &p, NULL) < 0) {
		snprintf(p.uid, sizeof(p.uid), "%s", a->uid ? a->uid : "");
		snprintf(p.process, sizeof(p.process), "%s", a->process ? a->process : "");
		snprintf(p.port, sizeof(p.port), "%lld", a->port);
		p.which = jvm->process;
		r = prepare_load(c, a, jvm, &p, e);
	}
	return r < 0 ? r : reply_print(reply_new(json_string(p.uid)), e);
}

static int prepare_run(struct cli *c, struct err *e)
{
	struct prepare_args a;
	int r;

	if (!str_eq(c->words.v[0], "jvm"))
		return err_set(e, ERR_UNSUPPORTED, 0, "`prepare %.60s`: action not supported",
			c->words.v[0]);
	r = cli_take(c, prepare_params, &a, e);
	if (r < 0)
		return r;
	r = prepare_jvm(c, &a, e);
	params_free(prepare_params, &a);
	return r;
}

const struct verb verb_prepare = {
	.name = "prepare",
	.alias = "p",
	.words = "jvm",
	.summary = "Put the agent library into a JVM",
	.detail =
		"Prints the uid that `revoke` takes. A create in a JVM does it by itself when it was\n"
		"not done before. A JVM that is prepared already keeps its uid.",
	.example = "prepare jvm --process tomcat\nprepare jvm --pid 4711",
	.params = prepare_params,
	.least = 1,
	.most = 1,
	.uses_state = true,
	.run = prepare_run,
};
