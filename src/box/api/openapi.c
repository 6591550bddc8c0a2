/* Shapes become schemas, routes become paths. */
#include "box/api/openapi.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "box/api/code.h"
#include "box/api/route.h"

static json_t *typed(const char *type)
{
	json_t *schema = json_object();

	json_put_str(schema, "type", type);
	return schema;
}

static json_t *list_of(json_t *items)
{
	json_t *schema = typed("array");

	json_object_set_new(schema, "items", items);
	return schema;
}

static json_t *map_of(json_t *values)
{
	json_t *schema = typed("object");

	json_object_set_new(schema, "additionalProperties", values);
	return schema;
}

static json_t *shape_schema(json_t *schemas, const struct shape *shape);

static json_t *shape_ref(json_t *schemas, const struct shape *shape)
{
	json_t *ref;

	if (!shape)
		return map_of(json_object());
	if (!json_object_get(schemas, shape->name)) {
		/* Set before its fields are walked: a shape may contain itself. */
		json_object_set_new(schemas, shape->name, json_null());
		json_object_set_new(schemas, shape->name, shape_schema(schemas, shape));
	}
	ref = json_object();
	json_object_set_new(ref, "$ref", json_sprintf("#/components/schemas/%s", shape->name));
	return ref;
}

static json_t *field_schema(json_t *schemas, const struct field *f)
{
	switch (f->type) {
	case FIELD_TEXT:
		return typed("string");
	case FIELD_INT:
	case FIELD_TIME:
		return typed("integer");
	case FIELD_REAL:
		return typed("number");
	case FIELD_BOOL:
		return typed("boolean");
	case FIELD_TEXTS:
		return list_of(typed("string"));
	case FIELD_INTS:
		return list_of(typed("integer"));
	case FIELD_OBJECT:
		return shape_ref(schemas, f->shape);
	case FIELD_LIST:
		return list_of(shape_ref(schemas, f->shape));
	case FIELD_MAP:
		return map_of(f->shape ? shape_ref(schemas, f->shape) : typed("string"));
	case FIELD_ANY:
		break;
	}
	return json_object();
}

static json_t *shape_schema(json_t *schemas, const struct shape *shape)
{
	json_t *schema = typed("object"), *properties = json_object(), *required = json_array();

	for (const struct field *f = shape->fields; f->name; f++) {
		json_t *property = field_schema(schemas, f);

		if (f->type == FIELD_TIME && !f->help)
			json_put_str(property, "description", "ms since 1970");
		json_put_str(property, "description", f->help);
		if (f->type == FIELD_TEXT && f->max)
			json_put_int(property, "maxLength", f->max);
		json_object_set_new(properties, f->name, property);
		if (f->flags & FIELD_REQUIRED)
			json_array_append_new(required, json_string(f->name));
	}
	json_object_set_new(schema, "properties", properties);
	if (json_array_size(required))
		json_object_set(schema, "required", required);
	json_decref(required);
	return schema;
}

static json_t *page_schema(const char *rows, const char *const *numbers, json_t *items)
{
	json_t *schema = typed("object"), *properties = json_object();

	for (; *numbers; numbers++)
		json_object_set_new(properties, *numbers, typed("integer"));
	json_object_set_new(properties, rows, list_of(items));
	json_object_set_new(schema, "properties", properties);
	return schema;
}

static json_t *result_schema(json_t *schemas, const struct route *route)
{
	static const char *const page[] = { "page", "pageSize", "pages", "total", NULL };
	static const char *const query[] = { "currentPage", "pageSize", "pages", "total", NULL };
	json_t *schema;

	switch (route->answer) {
	case ANSWER_NONE:
		return NULL;
	case ANSWER_TEXT:
		return typed("string");
	case ANSWER_INT:
		return typed("integer");
	case ANSWER_BOOL:
		return typed("boolean");
	case ANSWER_TEXTS:
		return list_of(typed("string"));
	case ANSWER_LIST:
		return list_of(shape_ref(schemas, route->shape));
	case ANSWER_MAP:
		return map_of(route->shape ? shape_ref(schemas, route->shape) : typed("string"));
	case ANSWER_PAGE:
		schema = page_schema("data", page, shape_ref(schemas, route->shape));
		json_object_set_new(
			json_object_get(schema, "properties"), "hasMore", typed("boolean"));
		return schema;
	case ANSWER_QUERY_PAGE:
		return page_schema("content", query, shape_ref(schemas, route->shape));
	case ANSWER_OBJECT:
	case ANSWER_EVENTS:
		break;
	}
	return shape_ref(schemas, route->shape);
}

static json_t *envelope_schema(json_t *schemas, const struct route *route)
{
	json_t *schema = typed("object"), *properties = json_object();
	json_t *result = result_schema(schemas, route);
	bool agent = route->flags & ROUTE_AGENT_ENVELOPE;

	json_object_set_new(properties, "success", typed("boolean"));
	json_object_set_new(properties, "code", typed(agent ? "integer" : "string"));
	json_object_set_new(properties, agent ? "error" : "message", typed("string"));
	if (!agent) {
		json_object_set_new(properties, "statusCode", typed("integer"));
		json_object_set_new(properties, "requestId", typed("string"));
	}
	if (result)
		json_object_set_new(properties, "result", result);
	json_object_set_new(schema, "properties", properties);
	json_object_set_new(schema, "required", json_pack("[ss]", "success", "code"));
	return schema;
}

static json_t *content(const char *type, json_t *schema)
{
	return json_pack("{s:{s:o}}", type, "schema", schema);
}

/* ":id" in a path is "{id}" here, and a parameter. */
static char *path_template(const char *path, json_t *parameters)
{
	char *out = malloc(strlen(path) * 2 + 1), *end = out;

	if (!out)
		return NULL;
	while (*path) {
		size_t len = strcspn(path + 1, "/") + 1;

		if (*path != ':') {
			*end++ = *path++;
			continue;
		}
		json_array_append_new(
			parameters, json_pack("{s:s%,s:s,s:b,s:o}", "name", path + 1, len - 1, "in",
					    "path", "required", 1, "schema", typed("string")));
		*end++ = '{';
		memcpy(end, path + 1, len - 1);
		end += len - 1;
		*end++ = '}';
		path += len;
	}
	*end = '\0';
	return out;
}

static void add_route(json_t *paths, json_t *schemas, const struct route *route)
{
	static const char *const access[] = { "public", "session", "license", "agent" };
	const char *slash = strrchr(route->path, '/');
	json_t *operation = json_object(), *parameters = json_array(), *answer, *path;
	char *template = path_template(route->path, parameters);
	const char *method = route->flags & ROUTE_GET ? "get" : "post";

	if (template && !strchr(route->path, ':'))
		json_put_str(operation, "operationId", slash + 1);
	json_put_str(operation, "summary", route->summary);
	json_put_str(operation, "x-access", access[route->access]);
	if (json_array_size(parameters))
		json_object_set(operation, "parameters", parameters);
	json_decref(parameters);
	if (route->request)
		json_object_set_new(operation, "requestBody",
			json_pack("{s:o}", "content",
				content("application/json", shape_ref(schemas, route->request))));
	if (route->answer == ANSWER_EVENTS)
		answer = content("text/event-stream", result_schema(schemas, route));
	else
		answer = content("application/json", envelope_schema(schemas, route));
	json_object_set_new(operation, "responses",
		json_pack("{s:{s:s,s:o}}", "200", "description", "outcome", "content", answer));
	path = json_object();
	json_object_set_new(path, method, operation);
	if (template)
		json_object_set_new(paths, template, path);
	else
		json_decref(path);
	free(template);
}

static json_t *code_list(void)
{
	json_t *list = json_object();

#define CODE_ROW(name, number, en, zh) json_put_int(list, #name, number);
	API_CODES(CODE_ROW)
#undef CODE_ROW
	return list;
}

int openapi_print(FILE *out, struct err *e)
{
	autojson json_t *document = json_object();
	json_t *paths = json_object(), *schemas = json_object();

	json_put_str(document, "openapi", "3.1.0");
	json_object_set_new(document, "info",
		json_pack("{s:s,s:s}", "title", "Gale console", "version", GALE_VERSION));
	json_object_set_new(document, "paths", paths);
	json_object_set_new(document, "components", json_pack("{s:o}", "schemas", schemas));
	json_object_set_new(document, "x-codes", code_list());
	for (const struct route *const *table = route_tables; *table; table++)
		for (const struct route *route = *table; route->path; route++)
			add_route(paths, schemas, route);
	if (json_dumpf(document, out, JSON_INDENT(2)) < 0 || fputc('\n', out) == EOF)
		return err_set(e, ERR_SYSTEM, errno, "print the document");
	return 0;
}
