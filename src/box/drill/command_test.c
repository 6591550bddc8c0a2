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
	return command_create("chaos.cpu.fullload", values, 125, "0123456789abcdef", NULL);
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
	line = command_create("chaos.disk.fill", values, 5, "u", NULL);
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
	autofree char *line = command_create("chaos.jvm.install", values, 125, "u", NULL);
	autofree char *back = command_destroy("chaos.jvm.install", "u");

	(void)unused;
	assert_string_equal(line, "prepare jvm --process 'shop' --uid 'u' ");
	assert_string_equal(back, "revoke u");
}

static void pods_make_one_order(void **unused)
{
	autojson json_t *values = json_pack("{s:s}", "cpu-percent", "60");
	const struct command_pods pods = { "shop", "web-0,web-1" }, nodes = { "", "n'1" };
	autofree char *line = command_create("chaos.pod-cpu.fullload", values, 125, "u", &pods);
	autofree char *node = command_create("chaos.node-cpu.fullload", values, 125, "u", &nodes);
	autofree char *status = command_pods_status("u");
	static const char *const steps[] = { [DESTROY_UID] = "destroy u",
		[DESTROY_ASK] = "query k8s destroy u",
		[DESTROY_LOST] = "query k8s destroy u",
		[DESTROY_OBJECT] = "destroy u --target k8s" };

	(void)unused;
	assert_string_equal(line,
		"create k8s pod-cpu fullload --cpu-percent '60' --namespace 'shop' "
		"--names 'web-0,web-1' --waiting-time '0.5s' --timeout '125' --uid 'u' ");
	assert_string_equal(node,
		"create k8s node-cpu fullload --cpu-percent '60' --names 'n'\\''1' "
		"--waiting-time '0.5s' --timeout '125' --uid 'u' ");
	assert_string_equal(status, "query k8s create u");
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		const struct injection in = { .uid = "u", .step = (enum destroy_step)i };
		autofree char *destroy = command_pods_destroy(&in);

		assert_string_equal(destroy, steps[i]);
	}
}

static struct reply read_reply(const struct agent_reply *answer)
{
	struct reply reply = { 0 };

	assert_int_equal(reply_of(answer, &reply, NULL), 0);
	return reply;
}

static void reads_what_clusters_say(void **unused)
{
	static const struct {
		bool success;
		const char *error, *result;
		bool wanted, pending, decided;
		size_t pods;
		const char *name, *said;
	} rows[] = {
		{ true, "", "\"uid\"", true, false, false, 0, "", "" },
		{ false, "unexpected status, the real status: Initialized, please wait!",
			"{\"uid\":\"u\",\"success\":false,\"statuses\":[]}", false, true, false, 0,
			"", "" },
		{ true, "",
			"{\"success\":true,\"statuses\":[{\"name\":\"web-0\",\"success\":true}]}",
			true, false, true, 1, "web-0", "" },
		{ true, "",
			"{\"success\":false,\"statuses\":[{\"identifier\":\"shop/n1/web-0/c/i/r\","
			"\"kind\":\"pod\",\"success\":false,\"error\":\"no\"}]}",
			false, false, true, 1, "web-0", "no" },
		{ false, "it failed",
			"{\"success\":false,\"statuses\":[{\"identifier\":\"/n1/\",\"kind\":\"node\","
			"\"success\":false}]}",
			false, false, true, 1, "n1", "the agent tells no reason" },
		{ false, "not found", "null", false, false, false, 0, "", "" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *result = json_loads(rows[i].result, JSON_DECODE_ANY, NULL);
		const struct agent_reply answer = { .code = 200,
			.success = rows[i].success,
			.error = rows[i].error,
			.result = result,
			.deadline = "" };
		struct reply reply = read_reply(&answer);

		assert_int_equal(reply.success, rows[i].wanted);
		assert_int_equal(reply.pending, rows[i].pending);
		assert_int_equal(reply.decided, rows[i].decided);
		assert_int_equal(reply.pod_count, rows[i].pods);
		if (reply.pod_count > 0) {
			assert_string_equal(reply.pods[0].name, rows[i].name);
			assert_string_equal(reply.pods[0].error, rows[i].said);
		}
		reply_done(&reply);
	}
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
	struct reply reply = read_reply(&answer);
	autofree char *kept = reply_effect(&answer), *other = NULL, *text = NULL;

	(void)unused;
	assert_true(reply.success);
	assert_int_equal(reply.kind, REPLY_ANSWER);
	assert_int_equal(reply.deadline_ms, 1795312800000);
	assert_string_equal(kept, "{\"verdict\":\"effective\"}");

	answer = (struct agent_reply){ .code = 200, .success = true, .error = "", .deadline = "" };
	answer.result = row;
	reply = read_reply(&answer);
	other = reply_effect(&answer);
	assert_string_equal(reply.status, "Error");
	assert_string_equal(reply.error, "no disk");
	assert_string_equal(other, "{\"verdict\":\"partial\"}");

	answer = (struct agent_reply){ .code = 500, .error = "", .deadline = "soon" };
	reply = read_reply(&answer);
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
		cmocka_unit_test(pods_make_one_order),
		cmocka_unit_test(reads_what_clusters_say),
		cmocka_unit_test(reads_answers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
