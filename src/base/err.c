/* The error struct and the table of kinds. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int http, code;
} kinds[] = { [ERR_NONE] = { "ok", 200, 200 },
#define ERR_ROW(kind, name, http, code) [ERR_##kind] = { name, http, code },
	ERR_KINDS(ERR_ROW)
#undef ERR_ROW
};

int err_set(struct err *e, enum err_kind kind, int sys, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	if (!e)
		return -(int)kind;
	e->kind = kind;
	e->sys = sys;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	if (sys)
		snprintf(e->msg + len, sizeof(e->msg) - len, ": %s", strerror(sys));
	return -(int)kind;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char tail[sizeof(e->msg)];
	va_list ap;
	size_t len;

	if (!e)
		return -ERR_SYSTEM;
	memcpy(tail, e->msg, sizeof(tail));
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	snprintf(e->msg + len, sizeof(e->msg) - len, ": %s", tail);
	return -(int)e->kind;
}

int err_missing(struct err *e, const char *param)
{
	return err_set(e, ERR_MISSING, 0, "less parameter: `%s`", param);
}

int err_illegal(struct err *e, const char *param, const char *value, const char *allowed)
{
	return err_set(e, ERR_INVALID, 0, "illegal `%s` parameter value: `%.150s`. %s", param,
		value, allowed);
}

const char *err_name(enum err_kind kind)
{
	return kinds[kind].name;
}

enum err_kind err_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return (enum err_kind)i;
	return ERR_SYSTEM;
}

int err_http(enum err_kind kind)
{
	return kinds[kind].http;
}

int err_code(enum err_kind kind)
{
	return kinds[kind].code;
}
