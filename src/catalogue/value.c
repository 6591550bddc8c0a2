/* Values of parameters. */
#include "catalogue/value.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/nets.h"
#include "base/ranges.h"
#include "base/str.h"

/* A limit as a whole number: the highest of the engine's are rounded beyond long long. */
static long long whole(const json_t *limit, long long fallback)
{
	double number = json_number_value(limit);

	if (!json_is_number(limit))
		return fallback;
	if (number >= 9.2e18)
		return LLONG_MAX;
	return number <= -9.2e18 ? LLONG_MIN : (long long)number;
}

static long long least(const json_t *row)
{
	return whole(json_object_get(row, "min"), LLONG_MIN);
}

static long long most(const json_t *row)
{
	return whole(json_object_get(row, "max"), LLONG_MAX);
}

static int bool_check(const json_t *row, const char *value)
{
	(void)row;
	return str_eq(value, "true") || str_eq(value, "false") ? 0 : -ERR_INVALID;
}

static int int_check(const json_t *row, const char *value)
{
	long long number;

	return str_to_int(value, least(row), most(row), &number, NULL);
}

static int real_check(const json_t *row, const char *value)
{
	const json_t *min = json_object_get(row, "min"), *max = json_object_get(row, "max");
	double number;

	return str_to_real(value, min ? json_number_value(min) : -HUGE_VAL,
		max ? json_number_value(max) : HUGE_VAL, &number, NULL);
}

static int choice_check(const json_t *row, const char *value)
{
	return json_has_text(json_object_get(row, "choices"), value) ? 0 : -ERR_INVALID;
}

static int choices_check(const json_t *row, const char *value)
{
	autowords struct words words = { 0 };
	int r = words_split(value, ',', &words, NULL);

	for (size_t i = 0; i < words.n && r == 0; i++)
		r = choice_check(row, words.v[i]);
	return r == 0 && words.n == 0 ? -ERR_INVALID : r;
}

static int ranges_check(const json_t *row, const char *value)
{
	long long min = least(row), max = most(row);
	struct ranges ranges = { 0 };
	int r = ranges_parse(value, min > 0 ? (unsigned)min : 0,
		max < UINT_MAX ? (unsigned)max : UINT_MAX, &ranges, NULL);

	ranges_free(&ranges);
	return r;
}

static int nets_check(const json_t *row, const char *value)
{
	struct nets nets = { 0 };
	int r = nets_parse(value, &nets, NULL);

	(void)row;
	nets_free(&nets);
	return r;
}

static int hosts_check(const json_t *row, const char *value)
{
	struct nets nets = { 0 };
	int r = hosts_parse(value, &nets, NULL);

	(void)row;
	nets_free(&nets);
	return r;
}

static int duration_check(const json_t *row, const char *value)
{
	long long ms;
	int r = str_to_duration(value, &ms, NULL);

	if (r < 0)
		return r;
	return ms < least(row) || ms > most(row) ? -ERR_INVALID : 0;
}

static int rate_check(const json_t *row, const char *value)
{
	long long bps;

	return str_to_rate(value, least(row), most(row), &bps, NULL);
}

static const struct {
	const char *type;
	int (*check)(const json_t *row, const char *value);
} checks[] = {
	{ "bool", bool_check },
	{ "int", int_check },
	{ "real", real_check },
	{ "choice", choice_check },
	{ "choices", choices_check },
	{ "ranges", ranges_check },
	{ "nets", nets_check },
	{ "hosts", hosts_check },
	{ "duration", duration_check },
	{ "rate", rate_check },
};

int value_check(const json_t *row, const char *name, const char *value, struct err *e)
{
	const char *type = json_text(row, "type");
	char allowed[256];
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (str_eq(checks[i].type, type))
			r = checks[i].check(row, value);
	if (r != -ERR_INVALID)
		return r < 0 ? err_set(e, (enum err_kind) - r, 0, "%.100s", name) : 0;
	snprintf(allowed, sizeof(allowed), "allowed is %s", json_text(row, "allowed"));
	return err_illegal(e, name, value, allowed);
}
