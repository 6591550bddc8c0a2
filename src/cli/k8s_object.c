/* ChaosBlade objects. */
#include "cli/k8s_object.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"

/* --- the object that an order becomes --------------------------------------------------------- */

static json_t *matcher(const char *name, const char *value)
{
	json_t *values = json_array();
	size_t len;

	for (;; value += len + 1) {
		len = strcspn(value, ",");
		json_array_append_new(values, json_stringn(value, len));
		if (value[len] == '\0')
			return json_pack("{s:s,s:o}", "name", name, "value", values);
	}
}

json_t *k8s_object_new(const char *uid, const struct k8s_scope *s, const struct fault *f,
	const json_t *flags, int64_t timeout_ms)
{
	json_t *matchers = json_array(), *value;
	const char *name;
	char seconds[32];

	json_object_foreach((json_t *)flags, name, value)
	{
		if (!str_eq(name, "uid") && (timeout_ms || !str_eq(name, "timeout")))
			json_array_append_new(matchers, matcher(name, json_string_value(value)));
	}
	snprintf(seconds, sizeof(seconds), "%lld", (long long)(timeout_ms / 1000));
	if (timeout_ms && !json_object_get(flags, "timeout"))
		json_array_append_new(matchers, matcher("timeout", seconds));
	return json_pack("{s:s,s:s,s:{s:s},s:{s:[{s:s,s:s,s:s,s:s,s:o}]}}", "apiVersion",
		"chaosblade.io/v1alpha1", "kind", "ChaosBlade", "metadata", "name", uid, "spec",
		"experiments", "scope", s->name, "target", f->target, "action", f->action, "desc",
		"created by blade command", "matchers", matchers);
}

/* --- what an object says ---------------------------------------------------------------------- */

static const json_t *status_of(const json_t *object)
{
	return json_object_get(object, "status");
}

const char *k8s_object_phase(const json_t *object)
{
	return json_text(status_of(object), "phase");
}

enum k8s_came_to k8s_object_came_to(const json_t *object)
{
	const char *phase = k8s_object_phase(object);

	if (json_object_get(json_object_get(object, "metadata"), "deletionTimestamp") ||
		str_eq(phase, "Destroying") || str_eq(phase, "Destroyed"))
		return K8S_ENDED;
	if (str_eq(phase, "Running"))
		return K8S_RUNS;
	return str_eq(phase, "Error") ? K8S_FAILED : K8S_WAITING;
}

/* Calls each for all resources of all experiments until it returns true. */
typedef bool resource_f(const json_t *resource, void *ctx);

static void resources(const json_t *object, resource_f *each, void *ctx)
{
	const json_t *experiment, *resource;
	size_t i, j;

	json_array_foreach(json_object_get(status_of(object), "expStatuses"), i, experiment)
	{
		json_array_foreach(json_object_get(experiment, "resStatuses"), j, resource)
		{
			if (each(resource, ctx))
				return;
		}
	}
}

static bool add_result(const json_t *resource, void *ctx)
{
	static const char *const keys[] = { "id", "state", "code", "error", "success", "kind",
		"identifier" };
	json_t *row = json_object();

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_t *value = json_object_get(resource, keys[i]);
		bool empty = (json_is_string(value) && !*json_string_value(value)) ||
			     (json_is_integer(value) && json_integer_value(value) == 0);

		if (value && !empty)
			json_object_set(row, keys[i], value);
	}
	json_array_append_new(ctx, row);
	return false;
}

/* That of the first experiment that has one. */
static const char *experiments_error(const json_t *object)
{
	const json_t *experiment;
	size_t i;

	json_array_foreach(json_object_get(status_of(object), "expStatuses"), i, experiment)
	{
		if (*json_text(experiment, "error"))
			return json_text(experiment, "error");
	}
	return "";
}

static bool all_successful(const json_t *object)
{
	const json_t *list = json_object_get(status_of(object), "expStatuses"), *experiment;
	size_t i;

	json_array_foreach(list, i, experiment)
	{
		if (!json_is_true(json_object_get(experiment, "success")))
			return false;
	}
	return json_array_size(list) > 0;
}

json_t *k8s_object_result(const json_t *object)
{
	json_t *result = json_object(), *rows = json_array();

	resources(object, add_result, rows);
	json_put_str(result, "uid", json_text(json_object_get(object, "metadata"), "name"));
	json_put_bool(result, "success", all_successful(object));
	json_put_str(result, "error", experiments_error(object));
	json_object_set_new(result, "statuses", rows);
	return result;
}

json_t *k8s_result_destroyed(const char *uid)
{
	return json_pack("{s:s,s:b,s:s,s:[{s:s,s:b,s:s}]}", "uid", uid, "success", true, "error",
		"", "statuses", "state", "Destroyed", "success", true, "kind", "");
}

static bool take_code(const json_t *resource, void *ctx)
{
	int *code = ctx;

	if (!json_is_true(json_object_get(resource, "success")))
		*code = (int)json_integer_value(json_object_get(resource, "code"));
	return *code != 0;
}

int k8s_object_code(const json_t *object)
{
	int code = 0;

	resources(object, take_code, &code);
	return code && code != 200 ? code : err_code(ERR_KUBE);
}

static bool take_error(const json_t *resource, void *ctx)
{
	const char *error = json_text(resource, "error"), *who = json_text(resource, "identifier");

	if (*error)
		buf_fmt(ctx, "%s%s%s", who, *who ? ": " : "", error);
	return *error;
}

/* The first condition that does not hold, and says why. */
static void condition_reason(const json_t *object, struct buf *ret)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(status_of(object), "conditions"), i, one)
	{
		if (ret->len == 0 && str_eq(json_text(one, "status"), "False"))
			buf_str(ret, json_text(one, "reason"));
	}
}

/* The newest warning; without any, the newest at all. */
static const json_t *event_worst(const json_t *events)
{
	const json_t *event, *worst = NULL;
	bool warning = false;
	size_t i;

	json_array_foreach(events, i, event)
	{
		bool bad = str_eq(json_text(event, "type"), "Warning");

		if (bad || !warning)
			worst = event;
		warning |= bad;
	}
	return worst;
}

void k8s_object_reason(const json_t *object, const json_t *events, struct buf *ret)
{
	const json_t *event = event_worst(events);
	const char *error = experiments_error(object);

	if (*error)
		buf_str(ret, error);
	else
		resources(object, take_error, ret);
	if (ret->len == 0)
		condition_reason(object, ret);
	if (ret->len == 0 && event)
		buf_fmt(ret, "%s: %s", json_text(event, "reason"), json_text(event, "message"));
	if (ret->len == 0 && !*k8s_object_phase(object))
		buf_str(ret, "no operator has seen it: is gale-operator running?");
}
