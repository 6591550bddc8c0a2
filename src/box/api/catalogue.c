/* The catalogue of faults: functions, their parameters, categories. */
#include "box/catalogue/catalogue.h"

#include <string.h>

#include "base/str.h"
#include "box/api/box.h"
#include "box/api/call.h"

static const struct shape option_shape = { "KVPair",
	(const struct field[]){ { "key", FIELD_TEXT }, { "value", FIELD_TEXT }, { 0 } } };

static const struct shape constraint_shape = { "SceneFunctionParameterConstraint",
	(const struct field[]){ { "range", FIELD_TEXTS, .help = "least and most" }, { 0 } } };

static const struct shape component_shape = { "SceneFunctionParameterComponent",
	(const struct field[]){
		{ "type", FIELD_TEXT, .help = "input, number, radio, select, select_remote" },
		{ "required", FIELD_BOOL },
		{ "defaultValue", FIELD_TEXT },
		{ "unit", FIELD_TEXT },
		{ "options", FIELD_LIST, .shape = &option_shape },
		{ "requestUrl", FIELD_TEXT, .help = "select_remote: what may stand there" },
		{ "constraint", FIELD_OBJECT, .shape = &constraint_shape },
		{ 0 },
	} };

static const struct shape parameter_shape = { "SceneFunctionParameterVO",
	(const struct field[]){
		{ "parameterId", FIELD_TEXT },
		{ "functionId", FIELD_TEXT },
		{ "alias", FIELD_TEXT, .help = "the flag" },
		{ "name", FIELD_TEXT },
		{ "description", FIELD_TEXT },
		{ "type", FIELD_INT, .help = "0 selects what is hit, 1 says how" },
		{ "grade", FIELD_INT, .help = "0: not shown" },
		{ "sequence", FIELD_INT },
		{ "component", FIELD_OBJECT, .shape = &component_shape },
		{ 0 },
	} };

static const struct shape function_shape = { "SceneFunctionVO",
	(const struct field[]){
		{ "functionId", FIELD_TEXT },
		{ "code", FIELD_TEXT, .help = "chaos.<target>.<action>, .stop behind a recovery" },
		{ "name", FIELD_TEXT },
		{ "description", FIELD_TEXT },
		{ "scope", FIELD_TEXT, .help = "host; or of a cluster: node, pod, container" },
		{ "agentRequired", FIELD_BOOL },
		{ "phaseFlag", FIELD_INT, .help = "1 prepare, 2 attack, 8 recover" },
		{ "enabled", FIELD_INT },
		{ "source", FIELD_INT },
		{ "categoryIds", FIELD_TEXTS },
		{ "supportScopeTypes", FIELD_INTS },
		{ "supportOsTypes", FIELD_INTS },
		{ "isPublic", FIELD_BOOL },
		{ "parameters", FIELD_LIST, .shape = &parameter_shape },
		{ 0 },
	} };

static const struct shape category_shape;
static const struct shape category_shape = { "SceneFunctionCategoryVO",
	(const struct field[]){
		{ "categoryId", FIELD_TEXT },
		{ "parentId", FIELD_TEXT },
		{ "name", FIELD_TEXT },
		{ "phase", FIELD_INT },
		{ "level", FIELD_INT },
		{ "type", FIELD_INT },
		{ "supportScopeTypes", FIELD_INTS },
		{ "children", FIELD_LIST, .shape = &category_shape },
		{ 0 },
	} };

static const struct shape functions_request = { "PageableSceneQueryRequest",
	(const struct field[]){
		{ "categoryId", FIELD_TEXT },
		{ "functionId", FIELD_TEXT },
		{ "phase", FIELD_INT },
		{ "scopeType", FIELD_INT },
		{ "osType", FIELD_INT },
		{ "codes", FIELD_TEXTS },
		{ "page", FIELD_INT },
		{ "size", FIELD_INT },
		{ 0 },
	} };

static const struct shape parameters_request = { "SceneQueryRequest",
	(const struct field[]){
		{ "functionId", FIELD_TEXT, .help = "an id or a code" },
		{ "codes", FIELD_TEXTS, .help = "the first one counts" },
		{ 0 },
	} };

static const struct shape categories_request = { "SceneFunctionCategoryQueryRequest",
	(const struct field[]){
		{ "categoryId", FIELD_TEXT },
		{ "parentId", FIELD_TEXT },
		{ "phase", FIELD_INT },
		{ "type", FIELD_INT },
		{ "scopeType", FIELD_INT },
		{ "recursive", FIELD_BOOL },
		{ "osType", FIELD_INT },
		{ 0 },
	} };

static bool in_list(const json_t *list, const char *text)
{
	return json_array_size(list) == 0 || json_has_text(list, text);
}

/* "system" holds all of "system_cpu", "system_mem" ... */
static bool in_category(const struct function *f, const char *id)
{
	return str_empty(id) || str_eq(f->category, id) ||
	       (!str_starts(id, f->category) && str_starts(f->category, id) &&
		       f->category[strlen(id)] == '_');
}

static bool wanted(const struct call *c, const struct function *f)
{
	long long phase = call_int(c, "phase", 0), scope = call_int(c, "scopeType", SCOPE_HOST);
	const char *id = call_text(c, "functionId");

	return (phase == 0 || phase == (long long)f->phase) &&
	       scope == (function_on_hosts(f) ? SCOPE_HOST : SCOPE_K8S) &&
	       call_int(c, "osType", 0) == 0 && in_category(f, call_text(c, "categoryId")) &&
	       (str_empty(id) || str_eq(f->code, id)) &&
	       in_list(json_object_get(c->body, "codes"), f->code);
}

static int query_functions(struct call *c, struct err *e)
{
	struct page page = call_page(c);
	json_t *rows = json_array();
	const struct function *f;

	(void)e;
	for (size_t i = 0; (f = catalogue_at(c->box->catalogue, i)); i++) {
		if (!wanted(c, f))
			continue;
		if (page.total >= page_offset(&page) && page.total < page_offset(&page) + page.size)
			json_array_append_new(rows, function_json(f, c->english, true));
		page.total++;
	}
	c->result = page_result(&page, rows);
	return 0;
}

static int query_parameters(struct call *c, struct err *e)
{
	const json_t *codes = json_object_get(c->body, "codes");
	const char *id = call_text(c, "functionId");
	const struct function *f;

	if (str_empty(id) && json_array_size(codes))
		id = json_string_value(json_array_get(codes, 0));
	if (str_empty(id))
		return err_missing(e, "functionId");
	f = catalogue_find(c->box->catalogue, id);
	if (!f)
		return call_fail(c, e, API_B_MINIAPP_NOT_EXIST, "%s", id);
	c->result = function_parameters(f, c->english);
	return 0;
}

static int query_categories(struct call *c, struct err *e)
{
	(void)e;
	c->result = catalogue_categories(c->box->catalogue, (int)call_int(c, "phase", 0),
		call_int(c, "scopeType", SCOPE_HOST) == SCOPE_HOST, c->english);
	return 0;
}

/* Observation and guards by metrics: none yet. */
static int query_no_categories(struct call *c, struct err *e)
{
	(void)e;
	c->result = json_array();
	return 0;
}

const struct route catalogue_routes[] = {
	{ "/chaos/QuerySceneFunctionByCategoryId", ROUTE_SESSION, query_functions,
		&functions_request, ANSWER_PAGE, &function_shape,
		"Faults and recoveries, of a category or all" },
	{ "/chaos/QueryUserSceneFunctions", ROUTE_SESSION, query_functions, &functions_request,
		ANSWER_PAGE, &function_shape, "The same, without a category" },
	{ "/chaos/QuerySceneFunctionParameters", ROUTE_SESSION, query_parameters,
		&parameters_request, ANSWER_LIST, &parameter_shape, "The parameters of a fault" },
	{ "/chaos/QuerySceneFunctionCategories", ROUTE_SESSION, query_categories,
		&categories_request, ANSWER_LIST, &category_shape, "The tree of categories" },
	{ "/chaos/QueryGlobalMonitorSceneFunctionCategories", ROUTE_SESSION, query_no_categories,
		NULL, ANSWER_LIST, &category_shape, "Categories of observation: none" },
	{ "/chaos/QueryGlobalGuardSceneFunctionCategories", ROUTE_SESSION, query_no_categories,
		NULL, ANSWER_LIST, &category_shape, "Categories of guards: none" },
	{ 0 },
};
