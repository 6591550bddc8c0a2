/* Functions by their codes, and their names. */
#include "box/catalogue/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "base/json.h"
#include "base/str.h"
#include "box/catalogue/code.h"

extern const struct embedded catalogue_files[];

struct catalogue {
	json_t *document;
	struct function *functions;
	size_t n;
};

/* A scope with the rows that select in it. */
struct scope {
	const char *name;
	const json_t *selection;
};

static int add_function(struct catalogue *c, const struct scope *scope, const json_t *fault,
	enum function_phase phase, struct err *e)
{
	struct function *f = &c->functions[c->n];
	char code[CODE_MAX], recovery[CODE_MAX];

	*f = (struct function){
		.phase = phase,
		.target = json_text(fault, "target"),
		.action = json_text(fault, "action"),
		.category = json_text(fault, "category"),
		.once = json_is_true(json_object_get(fault, "once")),
		.scope = scope->name,
		.fault = fault,
		.selection = scope->selection,
	};
	if (str_empty(f->target) || str_empty(f->action))
		return err_set(e, ERR_INVALID, 0, "catalogue: a fault without target or action");
	if (function_on_hosts(f))
		snprintf(code, sizeof(code), "chaos.%s.%s", f->target, f->action);
	else
		snprintf(code, sizeof(code), "chaos.%s-%s.%s", f->scope, f->target, f->action);
	code_recovery(code, recovery);
	f->code = strdup(phase == FUNCTION_RECOVER ? recovery : code);
	if (!f->code)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	c->n++;
	return 0;
}

/* Each row of the list that is for this scope, followed by the way back. */
static int add_functions(struct catalogue *c, const struct scope *scope, const json_t *rows,
	enum function_phase phase, struct err *e)
{
	struct function *more = reallocarray(
		c->functions, c->n + json_array_size(rows) * 2 + 1, sizeof(*more));
	json_t *row;
	size_t i;
	int r = 0;

	if (!more)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	c->functions = more;
	json_array_foreach(rows, i, row)
	{
		if (r < 0 || !json_has_text(json_object_get(row, "scopes"), scope->name))
			continue;
		r = add_function(c, scope, row, phase, e);
		if (r == 0)
			r = add_function(c, scope, row, FUNCTION_RECOVER, e);
	}
	return r;
}

/* What all scopes of a cluster have, and what one of them has alone. */
static int add_clusters(struct catalogue *c, const json_t *faults, struct err *e)
{
	json_t *row;
	size_t i;
	int r = 0;

	json_array_foreach(json_object_get(c->document, "kubernetes"), i, row)
	{
		const struct scope scope = { json_text(row, "scope"),
			json_object_get(row, "params") };

		if (r == 0)
			r = add_functions(c, &scope, faults, FUNCTION_ATTACK, e);
		if (r == 0)
			r = add_functions(
				c, &scope, json_object_get(row, "faults"), FUNCTION_ATTACK, e);
	}
	return r;
}

int catalogue_read(const char *text, size_t len, struct catalogue **ret, struct err *e)
{
	struct catalogue *c = calloc(1, sizeof(*c));
	static const struct scope hosts = { "host", NULL };
	const json_t *faults;
	int r;

	if (!c)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	r = json_parse(text, len, &c->document, e);
	if (r == 0) {
		faults = json_object_get(c->document, "faults");
		r = add_functions(c, &hosts, faults, FUNCTION_ATTACK, e);
		if (r == 0)
			r = add_functions(c, &hosts, json_object_get(c->document, "prepare"),
				FUNCTION_PREPARE, e);
		if (r == 0)
			r = add_clusters(c, faults, e);
	}
	if (r < 0) {
		catalogue_free(c);
		return err_wrap(e, "catalogue");
	}
	*ret = c;
	return 0;
}

bool function_on_hosts(const struct function *f)
{
	return str_eq(f->scope, "host");
}

int catalogue_load(struct catalogue **ret, struct err *e)
{
	const struct embedded *f = catalogue_files;

	return catalogue_read(f->data, (size_t)(f->end - f->data), ret, e);
}

void catalogue_free(struct catalogue *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		free(c->functions[i].code);
	free(c->functions);
	json_decref(c->document);
	free(c);
}

const struct function *catalogue_find(const struct catalogue *c, const char *code)
{
	for (size_t i = 0; i < c->n; i++)
		if (str_eq(c->functions[i].code, code))
			return &c->functions[i];
	return NULL;
}

const struct function *catalogue_at(const struct catalogue *c, size_t i)
{
	return i < c->n ? &c->functions[i] : NULL;
}

void function_name(const struct function *f, bool english, char *ret, size_t size)
{
	const char *summary = json_text(
		json_object_get(f->fault, "summary"), english ? "en" : "zh");

	if (f->phase != FUNCTION_RECOVER)
		snprintf(ret, size, "%s", summary);
	else
		snprintf(ret, size, english ? "recovery (%s)" : "恢复（%s）", summary);
}
