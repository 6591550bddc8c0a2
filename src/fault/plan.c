/* The two lists of a dry run. */
#include "fault/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

void plan_init(struct plan *p)
{
	*p = (struct plan){ .targets = json_array(), .operations = json_array() };
}

void plan_done(struct plan *p)
{
	json_decref(p->targets);
	json_decref(p->operations);
	free(p->found);
	*p = (struct plan){ 0 };
}

static void plan_add(json_t *list, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void plan_add(json_t *list, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	json_array_append_new(list, json_str(text));
}

void plan_target(struct plan *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	plan_add(p->targets, fmt, ap);
	va_end(ap);
}

void plan_operation(struct plan *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	plan_add(p->operations, fmt, ap);
	va_end(ap);
}

void plan_keep(struct plan *p, void *found)
{
	free(p->found);
	p->found = found;
}
