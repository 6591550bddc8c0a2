/* Parsing of parameters by their rows. */
#include "fault/param.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

typedef int param_parse_f(const struct param *p, const char *text, void *member, struct err *e);

static bool param_limited(const struct param *p)
{
	return p->min != 0 || p->max != 0;
}

/* The limit as a whole number: a double beyond long long may not be cast. */
static long long param_limit(double limit)
{
	if (limit >= 9.2e18)
		return LLONG_MAX;
	return limit <= -9.2e18 ? PARAM_UNSET + 1 : (long long)limit;
}

static long long param_least(const struct param *p)
{
	return param_limited(p) ? param_limit(p->min) : PARAM_UNSET + 1;
}

static long long param_most(const struct param *p)
{
	return param_limited(p) ? param_limit(p->max) : LLONG_MAX;
}

static int parse_bool(const struct param *p, const char *text, void *member, struct err *e)
{
	(void)p;
	if (!str_eq(text, "true") && !str_eq(text, "false"))
		return err_set(e, ERR_INVALID, 0, "neither true nor false");
	*(bool *)member = str_eq(text, "true");
	return 0;
}

static int parse_int(const struct param *p, const char *text, void *member, struct err *e)
{
	return str_to_int(text, param_least(p), param_most(p), member, e);
}

static int parse_real(const struct param *p, const char *text, void *member, struct err *e)
{
	double least = param_limited(p) ? p->min : -HUGE_VAL;
	double most = param_limited(p) ? p->max : HUGE_VAL;

	return str_to_real(text, least, most, member, e);
}

static int parse_str(const struct param *p, const char *text, void *member, struct err *e)
{
	char *copy = strdup(text);

	if (!copy)
		return err_set(e, ERR_NOMEM, ENOMEM, "copy %s", p->name);
	*(char **)member = copy;
	return 0;
}

static bool has_word(const char *list, char separator, const char *word)
{
	autowords struct words words = { 0 };

	if (words_split(list, separator, &words, NULL) < 0)
		return false;
	for (size_t i = 0; i < words.n; i++)
		if (str_eq(words.v[i], word))
			return true;
	return false;
}

static int parse_choice(const struct param *p, const char *text, void *member, struct err *e)
{
	return has_word(p->choices, ' ', text) ? parse_str(p, text, member, e)
					       : err_set(e, ERR_INVALID, 0, "not a choice");
}

static int parse_choices(const struct param *p, const char *text, void *member, struct err *e)
{
	autowords struct words words = { 0 };
	int r = words_split(text, ',', &words, e);

	for (size_t i = 0; i < words.n && r == 0; i++)
		if (!has_word(p->choices, ' ', words.v[i]))
			r = err_set(e, ERR_INVALID, 0, "not a choice");
	if (r == 0 && words.n == 0)
		r = err_set(e, ERR_INVALID, 0, "no choice");
	return r < 0 ? r : parse_str(p, text, member, e);
}

bool param_has_choice(const char *chosen, const char *word)
{
	return chosen != NULL && has_word(chosen, ',', word);
}

static int parse_ranges(const struct param *p, const char *text, void *member, struct err *e)
{
	unsigned most = param_limited(p) ? (unsigned)p->max : UINT_MAX;

	return ranges_parse(text, (unsigned)p->min, most, member, e);
}

static int parse_nets(const struct param *p, const char *text, void *member, struct err *e)
{
	(void)p;
	return nets_parse(text, member, e);
}

static int parse_hosts(const struct param *p, const char *text, void *member, struct err *e)
{
	(void)p;
	return hosts_parse(text, member, e);
}

static int parse_duration(const struct param *p, const char *text, void *member, struct err *e)
{
	long long ms;
	int r = str_to_duration(text, &ms, e);

	if (r < 0)
		return r;
	if (ms < param_least(p) || ms > param_most(p))
		return err_set(e, ERR_INVALID, 0, "out of range");
	*(long long *)member = ms;
	return 0;
}

static int parse_rate(const struct param *p, const char *text, void *member, struct err *e)
{
	return str_to_rate(text, param_least(p), param_most(p), member, e);
}

static param_parse_f *const parsers[] = {
	[PARAM_BOOL] = parse_bool,
	[PARAM_INT] = parse_int,
	[PARAM_REAL] = parse_real,
	[PARAM_STR] = parse_str,
	[PARAM_CHOICE] = parse_choice,
	[PARAM_RANGES] = parse_ranges,
	[PARAM_CHOICES] = parse_choices,
	[PARAM_NETS] = parse_nets,
	[PARAM_HOSTS] = parse_hosts,
	[PARAM_DURATION] = parse_duration,
	[PARAM_RATE] = parse_rate,
};

const char *param_type_name(enum param_type type)
{
	static const char *const names[] = {
		[PARAM_BOOL] = "bool",
		[PARAM_INT] = "int",
		[PARAM_REAL] = "real",
		[PARAM_STR] = "string",
		[PARAM_CHOICE] = "choice",
		[PARAM_RANGES] = "ranges",
		[PARAM_CHOICES] = "choices",
		[PARAM_NETS] = "nets",
		[PARAM_HOSTS] = "hosts",
		[PARAM_DURATION] = "duration",
		[PARAM_RATE] = "rate",
	};

	return names[type];
}

static void allowed_numbers(const struct param *p, const char *what, struct buf *ret)
{
	buf_str(ret, what);
	if (!param_limited(p))
		return;
	if (param_limit(p->max) == LLONG_MAX)
		buf_fmt(ret, ", %.16g or more", p->min);
	else
		buf_fmt(ret, " from %.16g to %.16g", p->min, p->max);
}

static void allowed_duration(const struct param *p, struct buf *ret)
{
	buf_str(ret, "a length of time (whole seconds, or a duration like 1h30m or 500ms)");
	if (param_limited(p))
		buf_fmt(ret, " from %.16gms to %.16gs", p->min, p->max / 1000);
}

void param_allowed(const struct param *p, struct buf *ret)
{
	switch (p->type) {
	case PARAM_BOOL:
		buf_str(ret, "true or false");
		break;
	case PARAM_INT:
		allowed_numbers(p, "a whole number", ret);
		break;
	case PARAM_REAL:
		allowed_numbers(p, "a number", ret);
		break;
	case PARAM_STR:
		buf_str(ret, "a text that is not empty");
		break;
	case PARAM_CHOICE:
		buf_fmt(ret, "one of: %s", p->choices);
		break;
	case PARAM_CHOICES:
		buf_fmt(ret, "some of: %s, separated by commas", p->choices);
		break;
	case PARAM_RANGES:
		allowed_numbers(p, "numbers or ranges like 1,3-5, each", ret);
		break;
	case PARAM_NETS:
		buf_str(ret, "addresses or CIDR blocks, IPv4 or IPv6, separated by commas");
		break;
	case PARAM_HOSTS:
		buf_str(ret, "addresses, CIDR blocks or host names, separated by commas");
		break;
	case PARAM_DURATION:
		allowed_duration(p, ret);
		break;
	case PARAM_RATE:
		buf_str(ret, "a rate like 500kbit, 10mbit, 1gbit, or of bytes 500kbps, 10mbps");
		break;
	}
}

int param_illegal(const struct param *p, const char *value, struct err *e)
{
	autobuf struct buf allowed = BUF_INIT(400);

	buf_str(&allowed, "allowed is ");
	param_allowed(p, &allowed);
	return err_illegal(e, p->name, value, buf_text(&allowed));
}

static int param_parse(const struct param *p, const char *text, void *member, struct err *e)
{
	int r = *text ? parsers[p->type](p, text, member, e) : -ERR_INVALID;

	return r == -ERR_INVALID ? param_illegal(p, text, e) : r;
}

static void *param_member(const struct param *p, void *args)
{
	return (char *)args + p->offset;
}

static void param_unset(const struct param *p, void *member)
{
	switch (p->type) {
	case PARAM_BOOL:
		*(bool *)member = false;
		break;
	case PARAM_INT:
	case PARAM_DURATION:
	case PARAM_RATE:
		*(long long *)member = PARAM_UNSET;
		break;
	case PARAM_REAL:
		*(double *)member = NAN;
		break;
	case PARAM_STR:
	case PARAM_CHOICE:
	case PARAM_CHOICES:
		*(char **)member = NULL;
		break;
	case PARAM_RANGES:
		*(struct ranges *)member = (struct ranges){ 0 };
		break;
	case PARAM_NETS:
	case PARAM_HOSTS:
		*(struct nets *)member = (struct nets){ 0 };
		break;
	}
}

static void param_clear(const struct param *p, void *member)
{
	if (p->type == PARAM_STR || p->type == PARAM_CHOICE || p->type == PARAM_CHOICES)
		free(*(char **)member);
	else if (p->type == PARAM_RANGES)
		ranges_free(member);
	else if (p->type == PARAM_NETS || p->type == PARAM_HOSTS)
		nets_free(member);
	param_unset(p, member);
}

static bool param_called(const struct param *p, const char *name)
{
	return str_eq(p->name, name) || (p->also && has_word(p->also, ' ', name));
}

static int params_known(const struct param *rows, const json_t *values, struct err *e)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)values, name, value)
	{
		if (!params_find(rows, name))
			return err_set(e, ERR_INVALID, 0, "unknown flag: --%.100s", name);
		if (!json_is_string(value))
			return err_set(e, ERR_INVALID, 0, "`%s` must be given as text", name);
	}
	return 0;
}

/* Its value, by whichever of its names; NULL: it is not given. */
static const char *param_given(const struct param *p, const json_t *values)
{
	const char *name, *text = json_string_value(json_object_get(values, p->name));
	json_t *value;

	if (text)
		return text;
	json_object_foreach((json_t *)values, name, value)
	{
		if (param_called(p, name))
			return json_string_value(value);
	}
	return NULL;
}

int params_parse(const struct param *rows, const json_t *values, void *args, struct err *e)
{
	int r = params_known(rows, values, e);

	if (r < 0)
		return r;
	for (const struct param *p = rows; p->name; p++)
		param_unset(p, param_member(p, args));
	for (const struct param *p = rows; p->name; p++) {
		const char *text = param_given(p, values);

		if (!text && p->flags & PARAM_REQUIRED)
			r = err_missing(e, p->name);
		else if (text || p->fallback)
			r = param_parse(p, text ? text : p->fallback, param_member(p, args), e);
		if (r < 0) {
			params_free(rows, args);
			return r;
		}
	}
	return 0;
}

void params_free(const struct param *rows, void *args)
{
	for (const struct param *p = rows; p->name; p++)
		param_clear(p, param_member(p, args));
}

const struct param *params_find(const struct param *rows, const char *name)
{
	for (const struct param *p = rows; p->name; p++)
		if (param_called(p, name))
			return p;
	return NULL;
}
