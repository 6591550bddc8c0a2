/* What a fault's parameter may be on a machine, asked of its agent: interfaces, JVMs. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "box/api/box.h"
#include "box/api/call.h"
#include "box/catalogue/catalogue.h"

#define ORDER_MS 10000

static const struct shape values_request = { "ParameterValuesRequest",
	(const struct field[]){
		{ "configurationId", FIELD_TEXT, FIELD_REQUIRED, .help = "the machine" },
		{ "functionId", FIELD_TEXT, FIELD_REQUIRED, .help = "chaos.network.delay" },
		{ "parameter", FIELD_TEXT, FIELD_REQUIRED, .help = "interface" },
		{ 0 },
	} };

static const struct shape value_shape = { "ParameterValue",
	(const struct field[]){
		{ "key", FIELD_TEXT, .help = "the value" },
		{ "value", FIELD_TEXT, .help = "what a person is shown" },
		{ 0 },
	} };

/* What the agent answered, on its way from the main thread to the call's own. */
struct answer {
	json_t *values;
	struct err err;
};

/* A text stands for itself; of an object, the member that is called as the parameter. */
static void add_value(json_t *values, const json_t *item, const char *parameter)
{
	const json_t *member = json_is_object(item) ? json_object_get(item, parameter) : item;
	const char *label = json_text(item, "label");
	char text[512];
	json_t *row;

	if (json_is_integer(member))
		snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(member));
	else if (json_is_string(member))
		snprintf(text, sizeof(text), "%s", json_string_value(member));
	else
		return;
	row = json_object();
	json_put_str(row, "key", text);
	json_put_str(row, "value", str_empty(label) ? text : label);
	json_array_append_new(values, row);
}

static int values_read(struct call *c, struct err *e)
{
	struct answer *answer = c->state;

	c->result = answer->values;
	if (c->result)
		return 0;
	*e = answer->err;
	return -(int)e->kind;
}

static void values_answered(const struct agent_reply *reply, const struct err *e, void *arg)
{
	struct call *c = arg;
	struct answer *answer = c->state;
	json_t *item;
	size_t i;

	if (!reply) {
		answer->err = *e;
	} else if (!reply->success) {
		err_set(&answer->err, ERR_UNSUPPORTED, 0, "the agent answered: %s", reply->error);
	} else {
		answer->values = json_array();
		json_array_foreach(reply->result, i, item)
			add_value(answer->values, item, call_text(c, "parameter"));
	}
	call_resume(c, values_read);
}

static int query_values(struct call *c, struct err *e)
{
	const char *parameter = call_text(c, "parameter");
	const struct function *f = catalogue_find(c->box->catalogue, call_text(c, "functionId"));
	const char *query = f ? function_query(f, parameter) : NULL;
	autojson json_t *params = json_object();
	struct device host;
	int r;

	if (!f)
		return call_fail(c, e, API_B_MINIAPP_NOT_EXIST, "%s", call_text(c, "functionId"));
	if (!query)
		return err_illegal(e, "parameter", parameter, "one that agents can list");
	r = store_device_find(c->db, c->user.id, call_text(c, "configurationId"), &host, e);
	if (r == -ERR_NOTFOUND)
		return call_fail(c, e, API_B_HOST_NOT_FOUND, "%s", "");
	if (r < 0)
		return r;
	c->state = calloc(1, sizeof(struct answer));
	if (!c->state)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	json_object_set_new(params, "cmd", json_sprintf("query %s", query));
	r = fleet_order(
		c->box->fleet, &host, "/chaosblade", params, ORDER_MS, values_answered, c, e);
	return r < 0 ? r : CALL_LATER;
}

const struct route value_routes[] = {
	{ "/chaos/QueryParameterValues", ROUTE_SESSION, query_values, &values_request, ANSWER_LIST,
		&value_shape, "What a parameter may be on a machine, as its agent sees it now" },
	{ 0 },
};
