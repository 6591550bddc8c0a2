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
	autofree char *gone = command_destroy("abc"), *status = command_status("abc");

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

static struct reply parse(const char *body, json_t **ret_effect)
{
	struct reply reply;

	reply_parse(body, strlen(body), &reply, ret_effect);
	assert_int_equal(reply.kind, REPLY_ANSWER);
	return reply;
}

static void reads_answers(void **unused)
{
	json_t *effect;
	struct reply reply = parse("{\"Code\":200,\"Success\":true,\"Result\":\"abc\","
				   "\"Effect\":{\"verdict\":\"effective\"},"
				   "\"Deadline\":\"2026-11-22T10:00:00.123456789+08:00\"}",
		&effect);

	(void)unused;
	assert_true(reply.success);
	assert_int_equal(reply.code, 200);
	assert_int_equal(reply.deadline_ms, 1795312800000);
	assert_string_equal(json_text(effect, "verdict"), "effective");
	json_decref(effect);

	reply = parse(
		"{\"code\":200,\"success\":true,\"result\":{\"Uid\":\"a\",\"Status\":\"Success\"}}",
		&effect);
	assert_string_equal(reply.status, "Success");
	assert_null(effect);
	reply = parse("{\"code\":47000,\"success\":false,\"error\":\"busy\"}", &effect);
	assert_false(reply.success);
	assert_string_equal(reply.error, "busy");
	reply = parse("{\"code\":500,\"success\":false}", &effect);
	assert_string_equal(reply.error, "the agent answered code 500");
}

static void rubbish_is_a_failure(void **unused)
{
	static const char *const bodies[] = { "", "handle chaosblade request err", "[]", "1",
		"{\"success\":\"true\"}",
		"{\"success\":1,\"deadline\":7,\"result\":[],\"error\":{}}" };

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		json_t *effect;
		struct reply reply = parse(bodies[i], &effect);

		assert_false(reply.success);
		assert_string_not_equal(reply.error, "");
		assert_null(effect);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_what_agents_know),
		cmocka_unit_test(quotes_survive),
		cmocka_unit_test(reads_answers),
		cmocka_unit_test(rubbish_is_a_failure),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
