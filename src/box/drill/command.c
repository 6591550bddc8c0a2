#include "box/drill/command.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"

#define COMMAND_MAX	(64 * 1024)
#define TIMEOUT_MAX_S	260000
#define TIMEOUT_EXTRA_S 5
#define CODE_NO_JSON	500

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

/* "chaos.cpu.fullload" -> "cpu fullload " */
static void add_target(struct buf *b, const char *app_code)
{
	const char *target = str_starts(app_code, "chaos.") ? app_code + 6 : app_code;
	const char *dot = strrchr(target, '.');

	if (dot == NULL)
		buf_fmt(b, "%s ", target);
	else
		buf_fmt(b, "%.*s %s ", (int)(dot - target), target, dot + 1);
}

char *command_create(
	const char *app_code, const json_t *arguments, int64_t timeout_s, const char *uid)
{
	struct buf b = BUF_INIT(COMMAND_MAX);
	char seconds[24];
	const char *name;
	json_t *value;

	buf_str(&b, "create ");
	add_target(&b, app_code);
	json_object_foreach((json_t *)arguments, name, value)
	{
		const char *text = json_string_value(value);

		if (str_empty(text) || str_eq(text, "false") || str_eq(name, "timeout") ||
			str_eq(name, "uid"))
			continue;
		add_flag(&b, name, text);
	}
	snprintf(seconds, sizeof(seconds), "%lld", (long long)timeout_s);
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

char *command_destroy(const char *uid)
{
	return command_of("destroy", uid);
}

char *command_status(const char *uid)
{
	return command_of("status", uid);
}

int64_t command_timeout(int64_t duration_s)
{
	return (duration_s < TIMEOUT_MAX_S ? duration_s : TIMEOUT_MAX_S) + TIMEOUT_EXTRA_S;
}

/* ---- answers ---- */

static json_t *member(const json_t *object, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach(
		(json_t *)object, key, value) if (strcasecmp(key, name) == 0) return value;
	return NULL;
}

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

/* What a command itself answered, when it is more than a uid. */
static void read_result(const json_t *result, struct reply *ret, json_t **effect)
{
	if (!json_is_object(result))
		return;
	copy_text(ret->status, sizeof(ret->status), member(result, "status"));
	if (ret->error[0] == '\0')
		copy_text(ret->error, sizeof(ret->error), member(result, "error"));
	if (*effect == NULL)
		*effect = member(result, "effect");
	if (ret->deadline_ms == 0)
		ret->deadline_ms = parse_time(json_string_value(member(result, "deadline")));
}

void reply_parse(const char *body, size_t len, struct reply *ret, json_t **ret_effect)
{
	autojson json_t *answer = json_loadb(body, len, 0, NULL);
	json_t *effect = member(answer, "effect");

	*ret = (struct reply){ .kind = REPLY_ANSWER, .code = CODE_NO_JSON };
	*ret_effect = NULL;
	if (!json_is_object(answer)) {
		snprintf(ret->error, sizeof(ret->error), "the agent answered: %.*s",
			(int)(len < 200 ? len : 200), body);
		return;
	}
	ret->code = (int)json_integer_value(member(answer, "code"));
	ret->success = json_is_true(member(answer, "success"));
	copy_text(ret->error, sizeof(ret->error), member(answer, "error"));
	ret->deadline_ms = parse_time(json_string_value(member(answer, "deadline")));
	read_result(member(answer, "result"), ret, &effect);
	if (!ret->success && ret->error[0] == '\0')
		snprintf(ret->error, sizeof(ret->error), "the agent answered code %d", ret->code);
	if (json_is_object(effect))
		*ret_effect = json_incref(effect);
}
