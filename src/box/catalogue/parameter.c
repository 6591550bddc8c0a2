/* The parameters of a fault, as forms draw them and as orders are checked. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "box/catalogue/catalogue.h"
#include "catalogue/value.h"

enum { PARAMETER_MATCHER, PARAMETER_ACTION };
enum { GRADE_HIDDEN, GRADE_NORMAL };
enum { SCOPE_TYPE_HOST = 0, SCOPE_TYPE_K8S = 2 };

/* What says which pods: the drill's own choice does. */
static const char *const chosen[] = { "namespace", "names", "labels", "evict-count",
	"evict-percent", "evict-group" };

static const char *in_language(const json_t *row, const char *key, bool english)
{
	return json_text(json_object_get(row, key), english ? "en" : "zh");
}

static json_t *option(const char *key, const char *value)
{
	json_t *out = json_object();

	json_put_str(out, "key", key);
	json_put_str(out, "value", value);
	return out;
}

static json_t *options_of(const json_t *row, bool english)
{
	const json_t *choices = json_object_get(
		row, "choices"); /* with "choices" several of them */
	json_t *options = json_array(), *choice;
	size_t i;

	if (str_eq(json_text(row, "type"), "bool")) {
		json_array_append_new(options, option("true", english ? "yes" : "是"));
		json_array_append_new(options, option("false", english ? "no" : "否"));
	}
	if (!str_eq(json_text(row, "type"), "choice"))
		return options;
	json_array_foreach(choices, i, choice)
	{
		const char *text = json_string_value(choice);

		json_array_append_new(options, option(text, text));
	}
	return options;
}

/* The containers of the chosen pods are known by their reports. */
static bool is_containers(const struct function *f, const json_t *row)
{
	return !function_on_hosts(f) && str_eq(json_text(row, "name"), "container-names");
}

/* A host lists what it has; the agent of a cluster knows nothing of what is in its pods. */
static bool is_listed(const struct function *f, const json_t *row)
{
	return function_on_hosts(f) && !str_empty(json_text(row, "query"));
}

static const char *component_type(const struct function *f, const json_t *row)
{
	const char *type = json_text(row, "type");

	if (str_eq(type, "int") || str_eq(type, "real"))
		return "number";
	if (str_eq(type, "bool"))
		return "radio";
	if (is_listed(f, row))
		return "select_remote";
	if (is_containers(f, row))
		return "select_containers";
	return str_eq(type, "choice") ? "select" : "input";
}

static json_t *limit_text(const json_t *limit)
{
	char text[32] = "";

	if (json_is_number(limit))
		snprintf(text, sizeof(text), "%.15g", json_number_value(limit));
	return json_string(text);
}

static json_t *component_of(const struct function *f, const json_t *row, bool english)
{
	const json_t *min = json_object_get(row, "min"), *max = json_object_get(row, "max");
	json_t *out = json_object(), *options = options_of(row, english), *range, *constraint;

	json_put_str(out, "type", component_type(f, row));
	json_put_bool(out, "required", json_is_true(json_object_get(row, "required")));
	if (json_object_get(row, "default"))
		json_put_str(out, "defaultValue", json_text(row, "default"));
	if (json_object_get(row, "unit"))
		json_put_str(out, "unit", json_text(row, "unit"));
	if (is_listed(f, row))
		json_put_str(out, "requestUrl", "/chaos/QueryParameterValues");
	if (json_array_size(options))
		json_object_set(out, "options", options);
	json_decref(options);
	if (str_eq(component_type(f, row), "number") && (min || max)) {
		range = json_array();
		json_array_append_new(range, limit_text(min));
		json_array_append_new(range, limit_text(max));
		constraint = json_object();
		json_object_set_new(constraint, "range", range);
		json_object_set_new(out, "constraint", constraint);
	}
	return out;
}

/* What the catalogue's and an activity's spelling of a parameter have in common. */
static json_t *parameter_json(
	const struct function *f, const json_t *row, size_t order, bool english)
{
	bool hidden = json_is_true(json_object_get(row, "hidden"));
	json_t *out = json_object();

	json_object_set_new(
		out, "parameterId", json_sprintf("%s.%s", f->code, json_text(row, "name")));
	json_put_str(out, "functionId", f->code);
	json_put_str(out, "alias", json_text(row, "name"));
	json_put_str(out, "name", json_text(row, "name"));
	json_put_str(out, "description", in_language(row, "help", english));
	json_put_int(out, "type",
		json_is_true(json_object_get(row, "matcher")) ? PARAMETER_MATCHER
							      : PARAMETER_ACTION);
	json_put_int(out, "grade", hidden ? GRADE_HIDDEN : GRADE_NORMAL);
	json_put_int(out, "sequence", (long long)order);
	json_put_int(out, "order", (long long)order);
	json_object_set_new(out, "component", component_of(f, row, english));
	return out;
}

/* A row of the scope that a person fills: which containers. */
static bool selects(const json_t *row)
{
	for (size_t i = 0; i < ARRAY_LEN(chosen); i++)
		if (str_eq(json_text(row, "name"), chosen[i]))
			return false;
	return !json_is_true(json_object_get(row, "hidden"));
}

json_t *function_parameters(const struct function *f, bool english)
{
	json_t *out = json_array(), *row;
	size_t i;

	if (f->phase == FUNCTION_RECOVER)
		return out;
	json_array_foreach(json_object_get(f->fault, "params"), i, row)
		json_array_append_new(out, parameter_json(f, row, i, english));
	json_array_foreach(f->selection, i, row)
	{
		if (selects(row))
			json_array_append_new(
				out, parameter_json(f, row, json_array_size(out), english));
	}
	return out;
}

json_t *function_arguments(const struct function *f, bool english)
{
	json_t *out = json_array(), *grade = json_object();
	json_t *list = function_parameters(f, english), *row;
	size_t i;

	json_array_foreach(list, i, row)
	{
		const char *unit = json_text(json_object_get(row, "component"), "unit");

		json_put_bool(row, "enabled", true);
		if (!str_empty(unit))
			json_put_str(row, "unit", unit);
	}
	json_put_str(grade, "gradeName", english ? "Parameters" : "参数");
	json_put_int(grade, "order", GRADE_NORMAL);
	json_put_bool(grade, "open", true);
	json_object_set_new(grade, "argumentList", list);
	json_array_append_new(out, grade);
	return out;
}

static json_t *description(const struct function *f)
{
	const char *example = json_text(f->fault, "example");

	if (function_on_hosts(f))
		return json_sprintf("%s %s %s", f->target, f->action, example);
	return json_sprintf("k8s %s-%s %s %s", f->scope, f->target, f->action, example);
}

json_t *function_json(const struct function *f, bool english, bool parameters)
{
	json_t *out = json_object();
	char name[256];

	function_name(f, english, name, sizeof(name));
	json_put_str(out, "functionId", f->code);
	json_put_str(out, "code", f->code);
	json_put_str(out, "name", name);
	json_object_set_new(out, "description", description(f));
	json_put_str(out, "scope", f->scope);
	json_put_bool(out, "agentRequired", true);
	json_put_int(out, "phaseFlag", f->phase);
	json_put_int(out, "enabled", 2);
	json_put_int(out, "source", 1);
	json_object_set_new(out, "categoryIds", json_pack("[s]", f->category));
	json_object_set_new(out, "supportScopeTypes",
		json_pack("[i]", function_on_hosts(f) ? SCOPE_TYPE_HOST : SCOPE_TYPE_K8S));
	json_object_set_new(out, "supportOsTypes", json_pack("[i]", 0));
	json_put_bool(out, "isPublic", true);
	if (parameters)
		json_object_set_new(out, "parameters", function_parameters(f, english));
	return out;
}

static const json_t *row_of(const struct function *f, const char *name)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(f->fault, "params"), i, row)
	{
		if (str_eq(json_text(row, "name"), name))
			return row;
	}
	json_array_foreach(f->selection, i, row)
	{
		if (str_eq(json_text(row, "name"), name) && selects(row))
			return row;
	}
	return NULL;
}

const char *function_query(const struct function *f, const char *parameter)
{
	const json_t *row = row_of(f, parameter);

	return is_listed(f, row) ? json_text(row, "query") : NULL;
}

int function_check(const struct function *f, const json_t *values, struct err *e)
{
	const json_t *rows = json_object_get(f->fault, "params"), *known;
	const char *name;
	json_t *value, *row;
	size_t i;
	int r = 0;

	if (f->phase == FUNCTION_RECOVER)
		return 0;
	json_object_foreach((json_t *)values, name, value)
	{
		known = row_of(f, name);
		if (!known)
			return err_set(e, ERR_INVALID, 0, "`%s`: %s %s has no such parameter", name,
				f->target, f->action);
		r = value_check(known, name, json_text(values, name), e);
		if (r < 0)
			return r;
	}
	json_array_foreach(rows, i, row)
	{
		name = json_text(row, "name");
		if (json_is_true(json_object_get(row, "required")) &&
			!json_object_get(row, "default") && str_empty(json_text(values, name)))
			return err_missing(e, name);
	}
	return 0;
}
