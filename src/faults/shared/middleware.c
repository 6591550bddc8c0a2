#include "faults/shared/middleware.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "faults/shared/jvm.h"
#include "jvm/session.h"

#define MOST_PARAMS 24
#define MOST_NAMED  8 /* of a MATCH_PARAMS */
#define MOST_NAME   200
#define NAMED_ALLOWED                                                                              \
	"allowed is {\"params\":[{\"key\":\"NAME\",\"value\":\"TEXT\"}]}, all of which must hold"

/* The args of all of them. */
struct middleware_args {
	struct jvm_at at;
	struct jvm_often often;
	bool wait;
	long long time, offset, code;
	char *exception, *message, *value;
	char *values[MIDDLEWARE_MATCHERS];
	bool on[MIDDLEWARE_MATCHERS];
};

struct middleware_action {
	const char *name, *aliases, *category;
	const char *summary, *zh, *zh_end; /* what is hit stands behind it, in Chinese between */
	const char *example;
	const char *command;	/* of jvm/protocol.h */
	const char *readers[3]; /* what it reads in a call, beside the matchers */
	const struct param *params;
	void (*put)(const struct middleware_args *a, struct buf *body);
};

/* One target and action: everything that a struct fault of it points to. */
struct middleware_fault {
	struct jvm_kind kind;
	const struct middleware *row;
	const struct middleware_action *action;
	struct middleware_args preset;
	struct param params[MOST_PARAMS];
	size_t params_n;
	char summary[160], zh[200], example[200];
};

/* --- what can be done to a call -------------------------------------------------------------- */

static const struct param delay_params[] = {
	{ "time", PARAM_INT, offsetof(struct middleware_args, time), 1, 86400000, "ms",
		.flags = PARAM_REQUIRED, .help = "how long a call sleeps",
		.zh = "每次调用休眠的时间" },
	{ "offset", PARAM_INT, offsetof(struct middleware_args, offset), 0, 86400000, "ms", "0",
		.help = "the time varies by so much up and down, at random",
		.zh = "休眠时间的随机浮动范围" },
	{ 0 },
};

static void delay_put(const struct middleware_args *a, struct buf *body)
{
	session_put_int(body, "time", a->time);
	session_put_int(body, "offset", a->offset);
}

static const struct param throw_params[] = {
	JVM_EXCEPTION_ROWS(struct middleware_args),
	{ 0 },
};

static void throw_put(const struct middleware_args *a, struct buf *body)
{
	session_put(body, "exception", a->exception);
	session_put(body, "message", a->message);
}

static const struct param code_params[] = {
	{ "code", PARAM_INT, offsetof(struct middleware_args, code), 100, 999,
		.flags = PARAM_REQUIRED, .help = "status of the answer, as 503",
		.zh = "返回的 HTTP 状态码，如 503" },
	{ 0 },
};

/* The second parameter is the response of a servlet. */
static void code_put(const struct middleware_args *a, struct buf *body)
{
	autobuf struct buf line = BUF_INIT(100);

	buf_fmt(&line, "1 setStatus %lld", a->code);
	session_put(body, "value", "null");
	session_put(body, "call", buf_text(&line));
}

static const struct param value_params[] = {
	{ "value", PARAM_STR, offsetof(struct middleware_args, value), .flags = PARAM_REQUIRED,
		.help = "what SET, SETNX and HSET send as the value, in place of theirs",
		.zh = "SET、SETNX 与 HSET 实际写入的值" },
	{ 0 },
};

/* The value of other commands stands elsewhere, if they have one. */
static void value_put(const struct middleware_args *a, struct buf *body)
{
	session_put(body, "value", a->value);
	session_put(body, "match", "cmd * (?i)set|setnx|hset");
}

static const struct middleware_action actions[] = {
	{ "delay", NULL, "java_delay", "Delay", "延迟", "", "--time 100", "delay", { NULL },
		delay_params, delay_put },
	{ "throwCustomException", "tce", "java_custom", "Throw an exception from", "使",
		"抛出自定义异常", "--exception java.io.IOException", "throw", { NULL },
		throw_params, throw_put },
	{ "modifyCode", "mc", "java_data_tamper", "Answer with another status to", "修改",
		"的状态码", "--code 503", "return", { NULL }, code_params, code_put },
	{ "update", NULL, "java_data_tamper", "Change the values in", "篡改", "写入的值",
		"--value other", "replace", { "cmd", "value" }, value_params, value_put },
};

/* --- the lines of a command ------------------------------------------------------------------- */

static bool site_chosen(const struct middleware *row, const struct middleware_args *a,
	const struct middleware_site *s)
{
	bool some = false, this = false;

	for (size_t i = 0; i < MIDDLEWARE_MATCHERS && row->matchers[i].name; i++) {
		some |= a->on[i];
		this |= a->on[i] && str_eq(row->matchers[i].name, s->only);
	}
	return !s->only || !some || this;
}

static const char *site_reader(const struct middleware_site *s, const char *key)
{
	for (size_t i = 0; i < MIDDLEWARE_MATCHERS && s->readers[i]; i++)
		if (str_starts(s->readers[i], key) && s->readers[i][strlen(key)] == ' ')
			return s->readers[i];
	return NULL;
}

/* One that lacks the reader of a matcher that is given can never match. */
static bool site_reads_all(const struct middleware *row, const struct middleware_args *a,
	const struct middleware_site *s)
{
	for (size_t i = 0; i < MIDDLEWARE_MATCHERS && row->matchers[i].name; i++)
		if (a->values[i] && !site_reader(s, row->matchers[i].name))
			return false;
	return true;
}

static bool is_named(const json_t *one)
{
	const char *key = json_text(one, "key");

	return *key && strlen(key) <= MOST_NAME && !strchr(key, '"') &&
	       json_is_string(json_object_get(one, "value")) &&
	       (!json_object_get(one, "mode") || str_eq(json_text(one, "mode"), "rpc"));
}

/* The list of a MATCH_PARAMS, checked; a new reference. */
static int named_parse(
	const struct middleware_matcher *m, const char *text, json_t **ret, struct err *e)
{
	autojson json_t *all = NULL;
	json_t *list, *pattern;
	size_t n, good = 0;

	if (json_parse(text, strlen(text), &all, NULL) < 0)
		return err_illegal(e, m->name, text, NAMED_ALLOWED);
	list = json_object_get(all, "params");
	pattern = json_object_get(all, "pattern");
	n = json_array_size(list);
	while (good < n && is_named(json_array_get(list, good)))
		good++;
	if (n == 0 || n > MOST_NAMED || good < n ||
		(pattern && !str_eq(json_text(all, "pattern"), "and")))
		return err_illegal(e, m->name, text, NAMED_ALLOWED);
	*ret = json_incref(list);
	return 0;
}

/* The one list that is given, or NULL. */
static int named_of(
	const struct middleware *row, const struct middleware_args *a, json_t **ret, struct err *e)
{
	for (size_t i = 0; i < MIDDLEWARE_MATCHERS && row->matchers[i].name; i++)
		if (row->matchers[i].flags & MATCH_PARAMS && a->values[i])
			return named_parse(&row->matchers[i], a->values[i], ret, e);
	return 0;
}

static void named_readers_put(const json_t *named, const char *reader, struct buf *body)
{
	const char *path = strchr(reader, ' '), *mark = strchr(reader, '?');

	for (size_t i = 0; i < json_array_size(named); i++) {
		autobuf struct buf line = BUF_INIT(JVM_BODY_MAX);

		buf_fmt(&line, "%.*s.%zu%.*s%s%s", (int)(path - reader), reader, i,
			(int)(mark - path), path, json_text(json_array_get(named, i), "key"),
			mark + 1);
		session_put(body, "reader", buf_text(&line));
	}
}

static void named_match_put(
	const struct middleware_matcher *m, const json_t *named, struct buf *body)
{
	for (size_t i = 0; i < json_array_size(named); i++) {
		autobuf struct buf line = BUF_INIT(JVM_BODY_MAX);

		buf_fmt(&line, "%s.%zu = %s", m->name, i,
			json_text(json_array_get(named, i), "value"));
		session_put(body, "match", buf_text(&line));
	}
}

static void site_put(const struct middleware_fault *f, const struct middleware_args *a,
	const struct middleware_site *s, const json_t *named, struct buf *body)
{
	const struct middleware *row = f->row;
	const char *args = s->args ? s->args : "";

	session_put(body, "class", s->class);
	session_put(body, "method", s->method);
	if (str_starts(args, "else ")) {
		session_put_int(body, "else", 1);
		args += strlen("else ");
	}
	if (*args)
		buf_fmt(body, "%s\n", args);
	for (size_t i = 0; i < MIDDLEWARE_MATCHERS && row->matchers[i].name; i++)
		if (a->values[i] && row->matchers[i].flags & MATCH_PARAMS)
			named_readers_put(named, site_reader(s, row->matchers[i].name), body);
		else if (a->values[i])
			session_put(body, "reader", site_reader(s, row->matchers[i].name));
	for (size_t i = 0; f->action->readers[i]; i++)
		session_put(body, "reader", site_reader(s, f->action->readers[i]));
}

static void match_put(const struct middleware_matcher *m, const char *value, struct buf *body)
{
	autobuf struct buf line = BUF_INIT(JVM_BODY_MAX);

	buf_fmt(&line, "%s %c %s", m->name, m->flags & MATCH_REGEX ? '*' : '=', value);
	session_put(body, "match", buf_text(&line));
}

static int one_of(const struct middleware *row, const struct middleware_args *a, struct err *e)
{
	const char *first = NULL;
	int given = 0;

	for (size_t i = 0; i < MIDDLEWARE_MATCHERS && row->matchers[i].name; i++) {
		if (!(row->matchers[i].flags & MATCH_ONE))
			continue;
		if (!first)
			first = row->matchers[i].name;
		given += a->on[i];
	}
	if (!first || given == 1)
		return 0;
	if (given == 0)
		return err_missing(e, first);
	return err_illegal(e, first, "true", "allowed is one of these switches only");
}

static int middleware_body(const void *args, struct buf *ret, struct err *e)
{
	const struct middleware_args *a = args;
	const struct middleware_fault *f = (const void *)((const char *)a->at.kind -
							  offsetof(struct middleware_fault, kind));
	const struct middleware *row = f->row;
	autojson json_t *named = NULL;
	size_t sites = 0;
	int r = one_of(row, a, e);

	if (r == 0)
		r = named_of(row, a, &named, e);
	if (r < 0)
		return r;
	jvm_often_put(ret, &a->often);
	f->action->put(a, ret);
	if (a->wait)
		session_put_int(ret, "wait", 1);
	if (row->jdk)
		session_put_int(ret, "system", 1);
	for (const struct middleware_site *s = row->sites; s->class; s++) {
		if (!site_chosen(row, a, s) || !site_reads_all(row, a, s))
			continue;
		site_put(f, a, s, named, ret);
		sites++;
	}
	for (size_t i = 0; i < MIDDLEWARE_MATCHERS && row->matchers[i].name; i++)
		if (a->values[i] && row->matchers[i].flags & MATCH_PARAMS)
			named_match_put(&row->matchers[i], named, ret);
		else if (a->values[i])
			match_put(&row->matchers[i], a->values[i], ret);
	if (!sites)
		return err_set(
			e, ERR_INVALID, 0, "no call of %s is matched by all of these", row->what);
	return 0;
}

/* --- from rows to faults ---------------------------------------------------------------------- */

static const struct param common_params[] = {
	JVM_AT_ROWS(struct middleware_args),
	JVM_OFTEN_ROWS(struct middleware_args),
	{ "wait-class", PARAM_BOOL, offsetof(struct middleware_args, wait),
		.help = "it is no error when the library is not loaded yet: it is caught when it is",
		.zh = "客户端库尚未加载时不报错，加载后生效" },
	{ 0 },
};

static void add_params(struct middleware_fault *f, const struct param *rows)
{
	for (; rows->name; rows++) {
		assert(f->params_n + 1 < MOST_PARAMS);
		f->params[f->params_n++] = *rows;
	}
}

static void add_matchers(struct middleware_fault *f)
{
	for (size_t i = 0; i < MIDDLEWARE_MATCHERS && f->row->matchers[i].name; i++) {
		const struct middleware_matcher *m = &f->row->matchers[i];
		bool on = m->flags & MATCH_SWITCH;
		struct param rows[2] = { {
			.name = m->name,
			.type = on ? PARAM_BOOL : PARAM_STR,
			.offset = on ? offsetof(struct middleware_args, on) + i * sizeof(bool)
				     : offsetof(struct middleware_args, values) +
						  i * sizeof(char *),
			.flags = PARAM_MATCHER | (m->flags & MATCH_REQUIRED ? PARAM_REQUIRED : 0),
			.help = m->help,
			.zh = m->zh,
		} };

		add_params(f, rows);
	}
}

static void make_fault(
	const struct middleware *row, const struct middleware_action *action, struct fault *ret)
{
	struct middleware_fault *f = calloc(1, sizeof(*f));

	assert(f);
	f->row = row;
	f->action = action;
	f->kind = (struct jvm_kind){ ret, "install", action->command, f->summary, middleware_body };
	f->preset.at.kind = &f->kind;
	snprintf(f->summary, sizeof(f->summary), "%s %s", action->summary, row->what);
	snprintf(f->zh, sizeof(f->zh), "%s%s%s%s", action->zh,
		(unsigned char)row->zh[0] < 0x80 ? " " : "", row->zh, action->zh_end);
	snprintf(f->example, sizeof(f->example), "--process java %s %s", row->example,
		action->example);
	add_params(f, common_params);
	add_matchers(f);
	add_params(f, action->params);
	*ret = (struct fault){ .target = row->target,
		.action = action->name,
		.aliases = action->aliases,
		.summary = f->summary,
		.zh = f->zh,
		.example = f->example,
		.category = action->category,
		.params = f->params,
		.args_size = sizeof(struct middleware_args),
		.preset = &f->preset,
		.flags = FAULT_CONTAINER | FAULT_AGAIN,
		JVM_STAGES };
}

static bool has_action(const struct middleware *row, const struct middleware_action *action)
{
	autowords struct words names = { 0 };

	if (words_split(row->actions, ' ', &names, NULL) < 0)
		return false;
	for (size_t i = 0; i < names.n; i++)
		if (str_eq(names.v[i], action->name))
			return true;
	return false;
}

const struct fault *middleware_faults(const struct middleware *rows)
{
	size_t rows_n = 0, n = 0;
	struct fault *faults;

	while (rows[rows_n].target)
		rows_n++;
	faults = calloc(rows_n * ARRAY_LEN(actions) + 1, sizeof(*faults));
	assert(faults);
	for (size_t i = 0; i < rows_n; i++)
		for (size_t j = 0; j < ARRAY_LEN(actions); j++)
			if (has_action(&rows[i], &actions[j]))
				make_fault(&rows[i], &actions[j], &faults[n++]);
	return faults;
}
