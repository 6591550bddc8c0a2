#include "box/drill/definition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "box/drill/chain.h"

static int fault(void *arg, const char *app_code, bool pods, bool recovery, const char **ret_name,
	struct err *e)
{
	(void)arg;
	(void)pods;
	if (recovery != (strstr(app_code, ".stop") != NULL))
		return err_set(e, ERR_INVALID, 0, "`app_code`: wrong phase");
	if (!str_starts(app_code, "chaos."))
		return err_set(e, ERR_NOTFOUND, 0, "`app_code`: there is no %s", app_code);
	*ret_name = "a fault";
	return 0;
}

static int arguments(void *arg, const char *app_code, const json_t *values, struct err *e)
{
	(void)arg;
	(void)app_code;
	if (json_object_get(values, "bad"))
		return err_illegal(e, "bad", json_text(values, "bad"), "nothing");
	return 0;
}

static int host(void *arg, const json_t *given, bool pods, json_t **ret, struct err *e)
{
	const char *id = json_text(given, "deviceConfigurationId");

	(void)arg;
	(void)pods;
	if (str_empty(id))
		return err_missing(e, "deviceConfigurationId");
	*ret = json_pack("{s:s}", "deviceConfigurationId", id);
	return 0;
}

static int application(void *arg, const char *id, char ret_name[static 128], struct err *e)
{
	(void)arg;
	(void)id;
	(void)e;
	snprintf(ret_name, 128, "shop");
	return 0;
}

static const struct definition_world world = {
	.fault = fault, .arguments = arguments, .host = host, .application = application
};

static int check(const char *text, bool *ret_draft, struct err *e)
{
	autojson json_t *definition = json_loads(text, 0, NULL);

	assert_non_null(definition);
	return definition_check(definition, &world, ret_draft, e);
}

#define FLOW(code) "{'attack':[{'app_code':'" code "'}],'recover':[{'app_code':'" code ".stop'}]}"

/* JSON with single quotes. */
static char *json(const char *text)
{
	char *copy = strdup(text);

	for (char *p = copy; p && *p; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

static void errors_name_their_place(void **unused)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "{'runMode':'X'}", "runMode" },
		{ "{'duration':0}", "`duration`" },
		{ "{'duration':'x'}", "duration" },
		{ "{'flowGroups':{}}", "`flowGroups`: a list" },
		{ "{'flowGroups':[1]}", "`flowGroups[0]`: an object" },
		{ "{'flowGroups':[{'hosts':[{}]}]}", "flowGroups[0]: hosts[0]: " },
		{ "{'flowGroups':[{'hosts':[{'deviceConfigurationId':'a'},"
		  "{'deviceConfigurationId':'b'},{'deviceConfigurationId':'a'}]}]}",
			"`hosts[2]`: the same machine as hosts[0]" },
		{ "{'flowGroups':[{'hosts':[{'deviceConfigurationId':'a'}],'flows':[{'attack':[{"
		  "'app_code':'chaos.a.b','scope':[{'deviceConfigurationId':'a'},"
		  "{'deviceConfigurationId':'b'}]}]}]}]}",
			"flows[0]: attack[0]: `scope[1]`: not one of" },
		{ "{'flowGroups':[{'selectType':3}]}", "flowGroups[0]: `selectType`" },
		{ "{'flowGroups':[{'selectType':2,'hostPercent':0}]}", "`hostPercent`" },
		{ "{'flowGroups':[{'flows':[{}]}]}", "flowGroups[0]: flows[0]: `attack`" },
		{ "{'flowGroups':[{'flows':[{'attack':[{}]}]}]}", "flows[0]: attack[0]: " },
		{ "{'flowGroups':[{'flows':[{'attack':[{'app_code':'nope'}]}]}]}",
			"attack[0]: `app_code`: there is no nope" },
		{ "{'flowGroups':[{'flows':[{'attack':[{'app_code':'chaos.a.b','arguments':[{"
		  "'argumentList':[{'alias':'bad','value':'1'}]}]}]}]}]}",
			"attack[0]: illegal `bad`" },
		{ "{'flowGroups':[{'flows':[{'attack':[{'app_code':'chaos.a.b','arguments':[{"
		  "'argumentList':[{'alias':'x','value':1}]}]}]}]}]}",
			"`arguments[0].argumentList[0].value`" },
		{ "{'flowGroups':[{'flows':[{'attack':[{'app_code':'chaos.a.b','pauses':"
		  "{'after':-1}}]}]}]}",
			"pauses: `after`" },
		{ "{'flowGroups':[{'flows':[{'attack':[{'app_code':'chaos.a.b'}],'recover':"
		  "[{'app_code':'chaos.a.c.stop'}]}]}]}",
			"recover[0]: `app_code`" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autofree char *text = json(rows[i].text);
		struct err e = { 0 };
		bool draft;

		assert_int_not_equal(check(text, &draft, &e), 0);
		if (strstr(e.msg, rows[i].wanted) == NULL)
			fail_msg("'%s' does not hold '%s'", e.msg, rows[i].wanted);
	}
}

static void what_is_missing_makes_a_draft(void **unused)
{
	static const struct {
		const char *text;
		bool draft;
	} rows[] = {
		{ "{}", true },
		{ "{'flowGroups':[{}]}", true },
		{ "{'flowGroups':[{'hosts':[{'deviceConfigurationId':'a'}]}]}", true },
		{ "{'flowGroups':[{'flows':[" FLOW("chaos.a.b") "]}]}", true },
		{ "{'flowGroups':[{'hosts':[{'deviceConfigurationId':'a'}],'flows':[" FLOW(
			  "chaos.a.b") "]}]}",
			false },
		{ "{'flowGroups':[{'selectType':2,'hostPercent':50,'flows':[" FLOW(
			  "chaos.a.b") "]}]}",
			true },
		{ "{'flowGroups':[{'selectType':2,'hostPercent':50,'appId':'1','appGroups':['g'],"
		  "'flows':[" FLOW("chaos.a.b") "]}]}",
			false },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autofree char *text = json(rows[i].text);
		struct err e = { 0 };
		bool draft = !rows[i].draft;

		if (check(text, &draft, &e) != 0)
			fail_msg("%s", e.msg);
		assert_int_equal(draft, rows[i].draft);
	}
}

/* The chain of a definition as the letters of its codes, recoveries as capitals. */
static void chain_is(const char *mode, const char *wanted)
{
	autofree char *text = json("{'flowGroups':[{'order':2,'flows':[" FLOW(
		"chaos.x.a") "]},"
			     "{'order':1,'flows':[{'order':9,'attack':[{'app_code':'chaos.x.b'}],"
			     "'prepare':[{'app_code':'chaos.x.d'}],'recover':[{'app_code':"
			     "'chaos.x.b.stop'},{'app_code':'chaos.x.d.stop'}]}," FLOW(
				     "chaos.x.c") "]}]}");
	autojson json_t *definition = json_loads(text, 0, NULL);
	autochain struct chain chain = { 0 };
	struct err e = { 0 };
	char got[32] = "";
	bool draft;

	json_put_str(definition, "runMode", mode);
	if (definition_check(definition, &world, &draft, &e) != 0)
		fail_msg("%s", e.msg);
	assert_int_equal(chain_make(definition, &chain, &e), 0);
	for (size_t i = 0; i < chain.n; i++) {
		const struct link *l = &chain.links[i];
		char letter = json_text(l->activity, "app_code")[8];

		got[i] = l->phase == PHASE_RECOVER ? (char)(letter - 'a' + 'A') : letter;
		if (l->phase != PHASE_RECOVER)
			assert_int_equal(l->attack, -1);
		else
			assert_int_equal(
				json_text(chain.links[l->attack].activity, "app_code")[8], letter);
	}
	assert_string_equal(got, wanted);
}

static void modes_order_the_chain(void **unused)
{
	(void)unused;
	chain_is("SEQUENCE", "cCdbBDaA"); /* group 1 first, in it the flow of order 1 */
	chain_is("PHASE", "dcbaCBAD");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_name_their_place),
		cmocka_unit_test(what_is_missing_makes_a_draft),
		cmocka_unit_test(modes_order_the_chain),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
