#include "box/drill/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "box/fleet/fleet.h"

static char *create(const char *arguments)
{
	autojson json_t *values = json_loads(arguments, 0, NULL);

	assert_non_null(values);
	return command_create("chaos.cpu.fullload", values, 125, "0123456789abcdef");
}

static void builds_what_agents_know(void **unused)
{
	autofree char *line = create(
		"{\"cpu-percent\":\"60\",\"cpu-list\":\"\",\"debug\":\"false\","
		"\"timeout\":\"1\",\"uid\":\"x\"}");
	autofree char *gone = command_destroy("chaos.cpu.fullload", "abc");
	autofree char *status = command_status("abc");

	(void)unused;
	assert_string_equal(line,
		"create cpu fullload --cpu-percent '60' --timeout '125' --uid '0123456789abcdef' ");
	assert_string_equal(gone, "destroy abc");
	assert_string_equal(status, "status abc");
	assert_int_equal(command_timeout(120), 125);
	assert_int_equal(command_timeout(1000000), 260005);
}

/* Whatever stands in a value comes out of a shell's splitting as that value. */
static void quotes_survive(void **unused)
{
	static const char nasty[] = "a'b; rm -rf /\n$(id) `id` \"c\" \\ '' &|<>";
	autojson json_t *values = json_object();
	autofree char *line = NULL;
	autowords struct words words = { 0 };

	(void)unused;
	json_put_str(values, "path", nasty);
	line = command_create("chaos.disk.fill", values, 5, "u");
	assert_int_equal(words_parse(line, &words, NULL), 0);
	assert_int_equal(words.n, 9);
	assert_string_equal(words.v[3], "--path");
	assert_string_equal(words.v[4], nasty);
}

static void scripts_go_in_base64(void **unused)
{
	autofree char *line = create("{\"script-content\":\"echo 'hi'\"}");

	(void)unused;
	assert_string_equal(line, "create cpu fullload --script-content 'ZWNobyAnaGkn' "
				  "--timeout '125' --uid '0123456789abcdef' ");
}

static void prepares_and_revokes(void **unused)
{
	autojson json_t *values = json_pack("{s:s}", "process", "shop");
	autofree char *line = command_create("chaos.jvm.install", values, 125, "u");
	autofree char *back = command_destroy("chaos.jvm.install", "u");

	(void)unused;
	assert_string_equal(line, "prepare jvm --process 'shop' --uid 'u' ");
	assert_string_equal(back, "revoke u");
}

static void reads_answers(void **unused)
{
	autojson json_t *effect = json_pack("{s:s}", "verdict", "effective");
	autojson json_t *row = json_pack("{s:s,s:s,s:{s:s}}", "Status", "Error", "error", "no disk",
		"effect", "verdict", "partial");
	struct agent_reply answer = { .code = 200,
		.success = true,
		.error = "",
		.effect = effect,
		.deadline = "2026-11-22T10:00:00.123456789+08:00" };
	struct reply reply = reply_of(&answer);
	autofree char *kept = reply_effect(&answer), *other = NULL, *text = NULL;

	(void)unused;
	assert_true(reply.success);
	assert_int_equal(reply.kind, REPLY_ANSWER);
	assert_int_equal(reply.deadline_ms, 1795312800000);
	assert_string_equal(kept, "{\"verdict\":\"effective\"}");

	answer = (struct agent_reply){ .code = 200, .success = true, .error = "", .deadline = "" };
	answer.result = row;
	reply = reply_of(&answer);
	other = reply_effect(&answer);
	assert_string_equal(reply.status, "Error");
	assert_string_equal(reply.error, "no disk");
	assert_string_equal(other, "{\"verdict\":\"partial\"}");

	answer = (struct agent_reply){ .code = 500, .error = "", .deadline = "soon" };
	reply = reply_of(&answer);
	text = agent_reply_text(&answer);
	assert_false(reply.success);
	assert_int_equal(reply.deadline_ms, 0);
	assert_string_equal(reply.error, "the agent answered code 500");
	assert_string_equal(text, "{\"code\":500,\"success\":false}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_what_agents_know),
		cmocka_unit_test(quotes_survive),
		cmocka_unit_test(scripts_go_in_base64),
		cmocka_unit_test(prepares_and_revokes),
		cmocka_unit_test(reads_answers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
