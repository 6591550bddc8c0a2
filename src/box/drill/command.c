/* Command lines for agents, quoted for those that hand them to a shell; their answers. */
#include "box/drill/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "box/catalogue/code.h"
#include "box/fleet/fleet.h"

#define COMMAND_MAX	(128 * 1024)
#define TIMEOUT_MAX_S	260000
#define TIMEOUT_EXTRA_S 5
#define WAITING_TIME	"0.5s"

static void add_quoted(struct buf *b, const char *text)
{
	buf_str(b, "'");
	for (const char *p = text; *p; p++) {
		if (*p == '\'')
			buf_str(b, "'\\''");
		else
			buf_add(b, p, 1);
	}
	buf_str(b, "' ");
}

static void add_flag(struct buf *b, const char *name, const char *value)
{
	buf_fmt(b, "--%s ", name);
	add_quoted(b, value);
}

/* Scripts go in base64, as ChaosBlade's console sends them. */
static void add_script(struct buf *b, const char *name, const char *text)
{
	autofree char *coded = base64_encode(text);

	if (!coded) {
		b->failed = true;
		return;
	}
	add_flag(b, name, coded);
}

/* "chaos.cpu.fullload" -> "create cpu fullload ", "chaos.jvm.install" -> "prepare jvm " */
static void add_target(struct buf *b, const char *app_code, bool pods)
{
	const char *verb = pods ? "create k8s" : "create";
	const char *target = str_starts(app_code, "chaos.") ? app_code + 6 : app_code;
	const char *dot = strrchr(target, '.');

	if (code_is_prepare(app_code))
		buf_fmt(b, "prepare %.*s ", (int)(dot - target), target);
	else if (dot == NULL)
		buf_fmt(b, "%s %s ", verb, target);
	else
		buf_fmt(b, "%s %.*s %s ", verb, (int)(dot - target), target, dot + 1);
}

static void add_pods(struct buf *b, const struct command_pods *pods)
{
	if (!str_empty(pods->space))
		add_flag(b, "namespace", pods->space);
	add_flag(b, "names", pods->names);
	add_flag(b, "waiting-time", WAITING_TIME);
}

char *command_create(const char *app_code, const json_t *arguments, int64_t timeout_s,
	const char *uid, const struct command_pods *pods)
{
	struct buf b = BUF_INIT(COMMAND_MAX);
	char seconds[24];
	const char *name;
	json_t *value;

	add_target(&b, app_code, pods != NULL);
	json_object_foreach((json_t *)arguments, name, value)
	{
		const char *text = json_string_value(value);

		if (str_empty(text) || str_eq(text, "false") || str_eq(name, "timeout") ||
			str_eq(name, "uid"))
			continue;
		if (str_eq(name, "script-content") || str_eq(name, "filter-script-content"))
			add_script(&b, name, text);
		else
			add_flag(&b, name, text);
	}
	if (pods)
		add_pods(&b, pods);
	snprintf(seconds, sizeof(seconds), "%lld", (long long)timeout_s);
	if (!code_is_prepare(app_code))
		add_flag(&b, "timeout", seconds);
	add_flag(&b, "uid", uid);
	return buf_take(&b);
}

static char *command_of(const char *verb, const char *uid)
{
	struct buf b = BUF_INIT(COMMAND_MAX);

	buf_fmt(&b, "%s %s", verb, uid);
	return buf_take(&b);
}

char *command_destroy(const char *app_code, const char *uid)
{
	return command_of(code_is_prepare(app_code) ? "revoke" : "destroy", uid);
}

char *command_status(const char *uid)
{
	return command_of("status", uid);
}

char *command_pods_status(const char *uid)
{
	return command_of("query k8s create", uid);
}

char *command_pods_destroy(const struct injection *in)
{
	struct buf b = BUF_INIT(COMMAND_MAX);

	if (in->step == DESTROY_ASK || in->step == DESTROY_LOST)
		return command_of("query k8s destroy", in->uid);
	/* For an agent that has lost its records, as one that runs in a pod may. */
	buf_fmt(&b, "destroy %s%s", in->uid, in->step == DESTROY_OBJECT ? " --target k8s" : "");
	return buf_take(&b);
}

int64_t command_timeout(int64_t duration_s)
{
	return (duration_s < TIMEOUT_MAX_S ? duration_s : TIMEOUT_MAX_S) + TIMEOUT_EXTRA_S;
}

/* ---- answers ---- */

static void copy_text(char *ret, size_t size, const json_t *value)
{
	const char *text = json_string_value(value);

	snprintf(ret, size, "%s", text ? text : "");
}

/* "2026-11-22T10:00:00.123+08:00" in ms since 1970, 0 when it is none. */
static int64_t parse_time(const char *text)
{
	int year, month, day, hour, minute, second, away_hour = 0, away_minute = 0, used = 0;
	struct tm tm = { 0 };
	char sign = 'Z';

	if (text == NULL || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour,
				    &minute, &second, &used) != 6)
		return 0;
	text += used;
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	if (*text != 'Z' && sscanf(text, "%c%2d:%2d", &sign, &away_hour, &away_minute) != 3)
		return 0;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = second;
	return ((int64_t)timegm(&tm) -
		       (int64_t)(sign == '-' ? -1 : 1) * (away_hour * 3600 + away_minute * 60)) *
	       1000;
}

/* "ns/node/pod/container/id/runtime" names a pod or, of the kind node, a node. */
static void copy_place(const json_t *status, char *ret, size_t size)
{
	const char *place = json_text(status, "identifier"), *name = json_text(status, "name");
	size_t skip = str_eq(json_text(status, "kind"), "node") ? 1 : 2;

	if (str_empty(place) || !str_empty(name)) {
		snprintf(ret, size, "%s", name);
		return;
	}
	for (; skip > 0 && strchr(place, '/'); skip--)
		place = strchr(place, '/') + 1;
	snprintf(ret, size, "%.*s", (int)strcspn(place, "/"), place);
}

static void read_status(const json_t *status, struct pod_reply *ret)
{
	const char *error = json_text(status, "error"), *id = json_text(status, "id");

	copy_place(status, ret->name, sizeof(ret->name));
	snprintf(ret->sub_uid, sizeof(ret->sub_uid), "%s",
		str_empty(id) ? json_text(status, "uid") : id);
	ret->success = json_is_true(json_object_get(status, "success"));
	ret->destroyed = str_eq(json_text(status, "state"), "Destroyed");
	if (!ret->success)
		snprintf(ret->error, sizeof(ret->error), "%s",
			str_empty(error) ? "the agent tells no reason" : error);
}

/* {"uid":,"success":,"error":,"statuses":[...]}: what an object in the cluster says. */
static int read_object(const json_t *result, struct reply *ret, struct err *e)
{
	const json_t *list = json_member(result, "statuses");
	json_t *status;
	size_t i;

	ret->decided = !ret->pending && json_member(result, "success");
	ret->success &= !json_is_false(json_member(result, "success"));
	if (json_array_size(list) == 0)
		return 0;
	ret->pods = calloc(json_array_size(list), sizeof(*ret->pods));
	if (!ret->pods)
		return err_set(e, ERR_NOMEM, 0, "no memory for an answer");
	json_array_foreach(list, i, status) read_status(status, &ret->pods[ret->pod_count++]);
	return 0;
}

int reply_of(const struct agent_reply *answer, struct reply *ret, struct err *e)
{
	const json_t *result = answer->result;
	struct reply reply = { .kind = REPLY_ANSWER,
		.success = answer->success,
		.code = answer->code,
		.deadline_ms = parse_time(answer->deadline) };
	int r;

	snprintf(reply.error, sizeof(reply.error), "%s", answer->error);
	reply.pending = !reply.success && strstr(reply.error, "please wait");
	if (json_is_object(result)) {
		copy_text(reply.status, sizeof(reply.status), json_member(result, "status"));
		if (reply.error[0] == '\0')
			copy_text(reply.error, sizeof(reply.error), json_member(result, "error"));
		if (reply.deadline_ms == 0)
			reply.deadline_ms = parse_time(
				json_string_value(json_member(result, "deadline")));
		r = read_object(result, &reply, e);
		if (r < 0)
			return r;
	}
	if (!reply.success && reply.error[0] == '\0')
		snprintf(
			reply.error, sizeof(reply.error), "the agent answered code %d", reply.code);
	*ret = reply;
	return 0;
}

void reply_done(struct reply *reply)
{
	free(reply->pods);
	*reply = (struct reply){ 0 };
}

char *agent_reply_text(const struct agent_reply *answer)
{
	autojson json_t *object = json_object();

	json_put_int(object, "code", answer->code);
	json_put_bool(object, "success", answer->success);
	if (!str_empty(answer->error))
		json_put_str(object, "error", answer->error);
	if (answer->result)
		json_object_set(object, "result", (json_t *)answer->result);
	return json_line(object);
}

char *reply_effect(const struct agent_reply *answer)
{
	const json_t *effect = answer->effect;

	if (!effect && json_is_object(answer->result))
		effect = json_member(answer->result, "effect");
	return json_is_object(effect) ? json_line(effect) : NULL;
}
