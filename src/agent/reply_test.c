#include "agent/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/message.h"
#include "base/cleanup.h"
#include "base/json.h"

static void test_orders(void **state)
{
	static const struct {
		unsigned status;
		const char *output, *reply;
	} cases[] = {
		{ ORDER_DONE,
			"{\"code\":200,\"success\":true,\"result\":\"0123456789abcdef\","
			"\"effect\":{\"verdict\":\"effective\"},\"deadline\":\"2026\"}\n",
			"{\"Code\":200,\"Success\":true,\"Error\":\"\","
			"\"Result\":\"0123456789abcdef\","
			"\"Effect\":{\"verdict\":\"effective\"},\"Deadline\":\"2026\"}" },
		{ ORDER_FAILED, "{\"code\":54000,\"success\":false,\"error\":\"no\"}\n",
			"{\"Code\":54000,\"Success\":false,\"Error\":\"no\",\"Result\":null}" },
		{ ORDER_DONE, "Version: 1\n",
			"{\"Code\":200,\"Success\":true,\"Error\":\"\","
			"\"Result\":\"Version: 1\\n\"}" },
		{ ORDER_FAILED, "boom",
			"{\"Code\":601,\"Success\":false,\"Error\":\"boom\",\"Result\":null}" },
		{ ORDER_BROKEN, "late",
			"{\"Code\":500,\"Success\":false,\"Error\":\"late\",\"Result\":null}" },
		{ ORDER_REFUSED + ERR_DENIED, "no",
			"{\"Code\":502,\"Success\":false,\"Error\":\"no\",\"Result\":null}" },
		{ ORDER_REFUSED + ERR_UNSUPPORTED, "no",
			"{\"Code\":506,\"Success\":false,\"Error\":\"no\",\"Result\":null}" },
		{ ORDER_REFUSED + ERR_INVALID, "no",
			"{\"Code\":46000,\"Success\":false,\"Error\":\"no\",\"Result\":null}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autojson json_t *reply = reply_order(cases[i].status, cases[i].output);
		autofree char *text = json_line(reply);

		assert_string_equal(text, cases[i].reply);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_orders) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
