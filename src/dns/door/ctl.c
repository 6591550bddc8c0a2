/* gale-dns VERB ...: the client's side of the control socket. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "dns/door/control.h"
#include "dns/door/door.h"

struct ctl {
	const char *run, *clients, *patterns, *types, *answers, *percent, *seed, *ttl, *door,
		*owner;
	long long delay_ms, timeout_ms, priority;
	bool forever, json;
	struct words words;
};

/* --- the socket ------------------------------------------------------------------------------- */

static int ask(const struct ctl *c, const json_t *question, json_t **ret, struct err *e)
{
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	autobuf struct buf reply = BUF_INIT(CONTROL_MOST);
	autofree char *line = json_line(question);
	int r;

	if ((size_t)snprintf(to.sun_path, sizeof(to.sun_path), "%s/" CONTROL_SOCKET, c->run) >=
		sizeof(to.sun_path))
		return err_set(e, ERR_INVALID, 0, "%s: too long for a socket's path", c->run);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return err_set(e, ERR_NOTFOUND, errno, "no gale-dns answers (it has --run %s?): %s",
			c->run, to.sun_path);
	if (!line)
		return err_set(e, ERR_NOMEM, 0, "no memory for the question");
	r = fd_write_all(fd, line, strlen(line), e);
	if (r == 0)
		r = fd_write_all(fd, "\n", 1, e);
	if (r == 0 && shutdown(fd, SHUT_WR) < 0)
		r = err_set(e, ERR_SYSTEM, errno, "%s", to.sun_path);
	if (r == 0)
		r = fd_read_all(fd, &reply, e);
	if (r == 0)
		r = json_parse(buf_text(&reply), reply.len, ret, e);
	return r;
}

/* Asks, and makes an error of a refusal. */
static int tell(const struct ctl *c, const json_t *question, json_t **ret, struct err *e)
{
	int r = ask(c, question, ret, e);

	if (r < 0 || json_is_true(json_object_get(*ret, "ok")))
		return r;
	return err_set(e, ERR_INVALID, 0, "%s", json_text(*ret, "error"));
}

static int tell_only(const struct ctl *c, const json_t *question, struct err *e)
{
	autojson json_t *reply = NULL;

	return tell(c, question, &reply, e);
}

/* --- set -------------------------------------------------------------------------------------- */

static int list_put(json_t *object, const char *key, const char *text, struct err *e)
{
	autowords struct words words = { 0 };
	json_t *list = json_array();
	int r = words_split(text, ',', &words, e);

	for (size_t i = 0; i < words.n; i++)
		json_array_append_new(list, json_str(words.v[i]));
	json_object_set_new(object, key, list);
	return r;
}

/* NAME=ANSWER: a name that comes again gets one more answer. */
static int answer_put(json_t *maps, const char *text, struct err *e)
{
	const char *equals = strchr(text, '=');
	json_t *item, *found = NULL;
	size_t i;

	if (!equals || equals == text || !equals[1])
		return err_illegal(e, "answers", text, "NAME=ADDRESS and NAME=NAME");
	json_array_foreach(maps, i, item)
	{
		const char *pattern = json_text(item, "pattern");

		if (strlen(pattern) == (size_t)(equals - text) &&
			strncasecmp(pattern, text, (size_t)(equals - text)) == 0)
			found = item;
	}
	if (!found) {
		found = json_pack(
			"{s:s%, s:[]}", "pattern", text, (size_t)(equals - text), "answers");
		json_array_append_new(maps, found);
	}
	json_array_append_new(json_object_get(found, "answers"), json_str(equals + 1));
	return 0;
}

static int answers_put(json_t *x, const char *text, struct err *e)
{
	autowords struct words words = { 0 };
	json_t *maps = json_array();
	int r = words_split(text, ',', &words, e);

	json_object_set_new(x, "maps", maps);
	for (size_t i = 0; i < words.n && r == 0; i++)
		r = answer_put(maps, words.v[i], e);
	return r;
}

/* A number that is left out when it was not given. */
static int number_put(json_t *x, const char *key, const char *text, double max, struct err *e)
{
	double number;
	int r;

	if (str_empty(text))
		return 0;
	r = str_to_real(text, 0, max, &number, e);
	if (r < 0)
		return err_wrap(e, "%s", key);
	if (number == (double)(json_int_t)number)
		json_put_int(x, key, (json_int_t)number);
	else
		json_put_real(x, key, number);
	return 0;
}

static int experiment_put(const struct ctl *c, json_t *x, struct err *e)
{
	int r = list_put(x, "clients", c->clients, e);

	json_put_str(x, "uid", c->words.v[0]);
	json_put_str(x, "action", c->words.v[1]);
	if (r == 0)
		r = list_put(x, "patterns", c->patterns, e);
	if (r == 0)
		r = list_put(x, "types", c->types, e);
	if (r == 0)
		r = answers_put(x, c->answers, e);
	if (r == 0)
		r = number_put(x, "percent", c->percent, 100, e);
	if (r == 0)
		r = number_put(x, "ttl", c->ttl, INT32_MAX, e);
	json_put_str(x, "seed", str_empty(c->seed) ? NULL : c->seed);
	json_put_int(x, "delay_ms", c->delay_ms);
	json_put_int(x, "priority", c->priority);
	json_put_bool(x, "forever", c->forever);
	json_put_int(x, "deadline_ms", c->forever ? 0 : clock_wall_ms() + c->timeout_ms);
	return r;
}

static int ctl_set(const struct ctl *c, struct err *e)
{
	autojson json_t *question = json_object();
	json_t *x = json_object();
	int r;

	json_put_str(question, "verb", "set");
	json_object_set_new(question, "experiment", x);
	r = experiment_put(c, x, e);
	return r < 0 ? r : tell_only(c, question, e);
}

/* --- cancel, pod ------------------------------------------------------------------------------ */

static int ctl_cancel(const struct ctl *c, struct err *e)
{
	autojson json_t *question = json_object();

	json_put_str(question, "verb", "cancel");
	json_put_str(question, "uid", c->words.v[0]);
	json_put_str(question, "door", c->door);
	json_put_str(question, "owner", c->owner);
	return tell_only(c, question, e);
}

static int ctl_pod(const struct ctl *c, struct err *e)
{
	autojson json_t *question = json_object();
	const char *slash = strchr(c->words.v[0], '/');
	json_t *pod = json_object(), *addresses = json_array();

	json_put_str(question, "verb", "pod");
	json_object_set_new(question, "pod", pod);
	json_object_set_new(pod, "addresses", addresses);
	if (!slash)
		return err_illegal(e, "POD", c->words.v[0], "NAMESPACE/NAME");
	json_object_set_new(
		pod, "namespace", json_stringn(c->words.v[0], (size_t)(slash - c->words.v[0])));
	json_put_str(pod, "name", slash + 1);
	for (size_t i = 1; i < c->words.n; i++)
		json_array_append_new(addresses, json_str(c->words.v[i]));
	return tell_only(c, question, e);
}

/* --- list, metrics ---------------------------------------------------------------------------- */

static void until_text(const json_t *x, char ret[static 40])
{
	long long deadline = json_integer_value(json_object_get(x, "deadline_ms"));

	if (deadline == 0)
		snprintf(ret, 40, "for ever");
	else
		clock_rfc3339_at(deadline, ret);
}

static void list_print(const json_t *experiments)
{
	char until[40];
	json_t *s;
	size_t i;

	printf("%-8s %-24s %-9s %7s %10s %10s  %s\n", "DOOR", "NAME", "ACTION", "PERCENT", "ASKED",
		"APPLIED", "UNTIL");
	json_array_foreach(experiments, i, s)
	{
		const json_t *x = json_object_get(s, "experiment");
		const char *more = *json_text(s, "owner") ? json_text(s, "owner")
							  : json_text(s, "part");
		char name[128];

		until_text(x, until);
		snprintf(name, sizeof(name), "%s%s%s", json_text(x, "uid"), *more ? " " : "", more);
		printf("%-8s %-24s %-9s %7g %10lld %10lld  %s\n", json_text(s, "door"), name,
			json_text(x, "action"), json_number_value(json_object_get(x, "percent")),
			json_integer_value(json_object_get(s, "asked")),
			json_integer_value(json_object_get(s, "applied")), until);
	}
}

static int ctl_list(const struct ctl *c, struct err *e)
{
	autojson json_t *question = json_object();
	autojson json_t *reply = NULL;
	autofree char *line = NULL;
	json_t *query = json_object(), *state;
	int r;

	json_put_str(question, "verb", "list");
	json_object_set_new(question, "query", query);
	json_put_str(query, "uid", c->words.n > 0 ? c->words.v[0] : "");
	json_put_bool(query, "brief", !c->json);
	r = tell(c, question, &reply, e);
	if (r < 0)
		return r;
	state = json_object_get(reply, "state");
	if (c->json) {
		line = json_line(state);
		puts(line ? line : "");
	} else {
		list_print(json_object_get(state, "experiments"));
	}
	return 0;
}

static int ctl_metrics(const struct ctl *c, struct err *e)
{
	autojson json_t *question = json_object();
	autojson json_t *reply = NULL;
	int r;

	json_put_str(question, "verb", "metrics");
	r = tell(c, question, &reply, e);
	if (r == 0)
		fputs(json_text(reply, "metrics"), stdout);
	return r;
}

/* --- the table -------------------------------------------------------------------------------- */

#define AT(member) offsetof(struct ctl, member)
#define RUN                                                                                        \
	{                                                                                          \
		"run", CONFIG_TEXT, AT(run), "/run/gale", "directory of the server's socket"       \
	}

static const struct config_row set_rows[] = {
	RUN,
	{ "clients", CONFIG_TEXT, AT(clients), NULL,
		"who is touched: addresses, CIDR blocks, NAMESPACE/POD, or any", .list = true },
	{ "patterns", CONFIG_TEXT, AT(patterns), NULL,
		"names: example.com, .example.com, *.example.com, example.*, a?b*, or *",
		.list = true },
	{ "types", CONFIG_TEXT, AT(types), NULL, "types of records, A,AAAA,TYPE65 (default: all)",
		.list = true },
	{ "answers", CONFIG_TEXT, AT(answers), NULL,
		"of static: NAME=ADDRESS,NAME=ADDRESS or NAME=OTHER.NAME", .list = true },
	{ "delay", CONFIG_DURATION, AT(delay_ms), NULL, "of delay: 200ms" },
	{ "ttl", CONFIG_TEXT, AT(ttl), NULL,
		"seconds: of ttl, or of random's and static's answers" },
	{ "percent", CONFIG_TEXT, AT(percent), NULL, "of the queries that fit (default: all)" },
	{ "seed", CONFIG_TEXT, AT(seed), NULL, "of chance, to have the same again" },
	{ "priority", CONFIG_INT, AT(priority), "0", "the highest decides", .min = INT32_MIN,
		.max = INT32_MAX },
	{ "timeout", CONFIG_DURATION, AT(timeout_ms), "10m", "then it ends by itself" },
	{ "forever", CONFIG_BOOL, AT(forever), NULL, "it does not end by itself" },
	{ 0 },
};

static const struct config_row cancel_rows[] = {
	RUN,
	{ "door", CONFIG_TEXT, AT(door), CONTROL_DOOR, "that it came through",
		.allowed = "control|mesh|sync" },
	{ "owner", CONFIG_TEXT, AT(owner), NULL, "of the door sync: whose list" },
	{ 0 },
};

static const struct config_row list_rows[] = {
	RUN,
	{ "json", CONFIG_BOOL, AT(json), NULL, "whole, as one line of JSON" },
	{ 0 },
};

static const struct config_row run_rows[] = { RUN, { 0 } };

static const struct verb {
	const char *name, *words, *summary;
	const struct config_row *rows;
	size_t least, most; /* words */
	int (*run)(const struct ctl *c, struct err *e);
} verbs[] = {
	{ "set", "NAME ACTION", "sets an experiment, or sets it anew", set_rows, 2, 2, ctl_set },
	{ "cancel", "NAME", "takes an experiment off", cancel_rows, 1, 1, ctl_cancel },
	{ "list", "[NAME]", "shows what stands, and how often it was met", list_rows, 0, 1,
		ctl_list },
	{ "pod", "NAMESPACE/NAME [ADDRESS ...]", "tells the addresses of a pod", run_rows, 1, 64,
		ctl_pod },
	{ "metrics", "", "prints the server's figures", run_rows, 0, 0, ctl_metrics },
};

static int verb_load(const struct verb *v, int argc, char *const *argv, struct ctl *ret,
	struct config *config, struct err *e)
{
	char name[32];
	const struct config_program program = {
		.name = name,
		.summary = v->summary,
		.words = v->words,
		.rows = v->rows,
	};
	int r;

	snprintf(name, sizeof(name), "gale-dns %s", v->name);
	r = config_load(&program, argc, argv, ret, config, e);
	if (r == 0 && (config->words.n < v->least || config->words.n > v->most))
		return err_set(
			e, ERR_INVALID, 0, "usage: gale-dns %s %s [flags]", v->name, v->words);
	ret->words = config->words;
	return r;
}

static int verb_run(const struct verb *v, int argc, char *const *argv)
{
	autoconfig struct config config = { 0 };
	struct ctl c = { 0 };
	struct err e;
	int r = verb_load(v, argc, argv, &c, &config, &e);

	if (r == 0)
		r = v->run(&c, &e);
	if (r < 0)
		fprintf(stderr, "gale-dns %s: %s\n", v->name, e.msg);
	return r < 0;
}

int control_main(int argc, char *const *argv)
{
	signal(SIGPIPE, SIG_IGN); /* a server that ends is an error like others */
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (str_eq(verbs[i].name, argv[0]))
			return verb_run(&verbs[i], argc, argv);
	fprintf(stderr, "gale-dns: no verb `%s`; the verbs are:\n", argv[0]);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		fprintf(stderr, "  %-8s %-29s %s\n", verbs[i].name, verbs[i].words,
			verbs[i].summary);
	return 1;
}
