#include "agent/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <event2/http.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/sign.h"

#define NOW 1719820800000

static struct replay replay;

static struct request_rules rules_now(void)
{
	return (struct request_rules){ .ak = "lic",
		.sk = "secret",
		.cid = "c1",
		.wall_ms = NOW,
		.boot_ms = 1000,
		.begun_ms = NOW - 30000,
		.replay = &replay };
}

static int read_form(const char *form, const struct request_rules *rules, json_t **ret)
{
	struct err e;

	return request_read(form, strlen(form), rules, ret, &e);
}

/* body=... of a JSON text. */
static char *form_of(const char *json)
{
	autofree char *coded = evhttp_encode_uri(json);
	struct buf form = BUF_INIT(65536);

	buf_fmt(&form, "body=%s", coded);
	return buf_take(&form);
}

/* A form signed with sk over params, other headers as given (",\"ak\":\"lic\""). */
static char *form_signed(const char *params, const char *sk, const char *headers)
{
	autojson json_t *value = NULL;
	autobuf struct buf json = BUF_INIT(65536);
	char sn[SIGN_SIZE];

	assert_int_equal(json_parse(params, strlen(params), &value, NULL), 0);
	assert_int_equal(sign_params(value, sk, sn, NULL), 0);
	buf_fmt(&json, "{\"headers\":{\"FR\":\"S\",\"sn\":\"%s\"%s},\"params\":%s}", sn, headers,
		params);
	return form_of(buf_text(&json));
}

static int setup(void **state)
{
	(void)state;
	replay = (struct replay){ 0 };
	return 0;
}

static void test_signed(void **state)
{
	struct request_rules rules = rules_now();
	autofree char *form = form_signed(
		"{\"cmd\":\"create cpu fullload --x '1 &+%2'\",\"ts\":\"1719820800001\"}", "secret",
		",\"ak\":\"lic\"");
	json_t *params = NULL;

	(void)state;
	assert_int_equal(read_form(form, &rules, &params), AGENT_OK);
	assert_string_equal(json_text(params, "cmd"), "create cpu fullload --x '1 &+%2'");
	json_decref(params);
	/* once more: overheard */
	assert_int_equal(read_form(form, &rules, &params), AGENT_FORBIDDEN);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *params, *sk, *headers;
		int code;
	} cases[] = {
		{ "{\"ts\":\"1719820800002\"}", "wrong", "", AGENT_FORBIDDEN },
		{ "{\"ts\":\"1719820800003\"}", "secret", ",\"ak\":\"7\"", AGENT_FORBIDDEN },
		{ "{\"ts\":\"1719820739999\"}", "secret", "", AGENT_STALE },
		{ "{\"ts\":\"1719820860001\"}", "secret", "", AGENT_STALE },
		{ "{\"ts\":\"1719820769999\"}", "secret", "", AGENT_STALE },
		{ "{\"ts\":\"1\"}", "secret", "", AGENT_STALE },
		{ "{\"cmd\":\"x\"}", "secret", "", AGENT_STALE },
		{ "{\"ts\":\"1719820800004\",\"cid\":\"c2\"}", "secret", "", AGENT_FORBIDDEN },
		{ "{\"ts\":\"1719820800005\",\"cid\":\"c1\"}", "secret", "", AGENT_OK },
		{ "{\"ts\":\"1719820800006\"}", "secret", ",\"ak\":null", AGENT_OK },
	};
	struct request_rules rules = rules_now();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *form = form_signed(cases[i].params, cases[i].sk, cases[i].headers);
		autojson json_t *params = NULL;

		if (read_form(form, &rules, &params) != cases[i].code)
			fail_msg("case %zu: %s", i, cases[i].params);
	}
}

static void test_shapes(void **state)
{
	static const struct {
		const char *form;
		int code;
	} cases[] = {
		{ "", AGENT_EMPTY },
		{ "x=1&y", AGENT_EMPTY },
		{ "nobody=1", AGENT_EMPTY },
		{ "body=", AGENT_SERVER_ERROR },
		{ "body=%7B", AGENT_SERVER_ERROR },
		{ "body=[]", AGENT_SERVER_ERROR },
		{ "body={\"headers\":{},\"params\":1}", AGENT_SERVER_ERROR },
		{ "body={}%00", AGENT_SERVER_ERROR },
		{ "a=b&body={\"headers\":{},\"params\":{\"ts\":\"1719820800000\"}}",
			AGENT_FORBIDDEN },
	};
	struct request_rules rules = rules_now();
	json_t *params = NULL;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (read_form(cases[i].form, &rules, &params) != cases[i].code)
			fail_msg("%s", cases[i].form);
	}
	assert_int_equal(request_read("body={}\0", 8, &rules, &params, &e), AGENT_SERVER_ERROR);
}

static void test_legacy(void **state)
{
	struct request_rules rules = rules_now();
	autofree char *plain = form_of("{\"headers\":{\"ak\":\"7\",\"sk\":\"lic\"},"
				       "\"params\":{\"cmd\":\"status\"}}");
	autofree char *forged = form_signed("{\"ts\":\"1719820800000\"}", "wrong", "");
	json_t *params = NULL;

	(void)state;
	assert_int_equal(read_form(plain, &rules, &params), AGENT_STALE);
	rules.unsigned_allowed = true;
	assert_int_equal(read_form(plain, &rules, &params), AGENT_OK);
	json_decref(params);
	/* a signature that is there must be right */
	assert_int_equal(read_form(forged, &rules, &params), AGENT_FORBIDDEN);
}

static void test_unregistered(void **state)
{
	struct request_rules rules = rules_now();
	autofree char *form = form_signed("{\"ts\":\"1719820800000\"}", "", "");
	json_t *params = NULL;

	(void)state;
	rules.sk = "";
	assert_int_equal(read_form(form, &rules, &params), AGENT_NO_TOKEN);
}

static void test_replay_ring(void **state)
{
	char sn[REPLAY_MARK + 1];
	struct err e;

	(void)state;
	for (int i = 0; i < REPLAY_MOST; i++) {
		snprintf(sn, sizeof(sn), "%024d", i);
		assert_int_equal(replay_note(&replay, sn, 5000 + i, &e), 0);
	}
	assert_int_equal(replay_note(&replay, "new.....................", 9000, &e), -ERR_BUSY);
	assert_int_equal(replay_note(&replay, sn, 9000, &e), -ERR_CONFLICT);
	/* the oldest is forgotten when its timestamp can no longer be fresh */
	assert_int_equal(
		replay_note(&replay, "new.....................", 5001 + 2 * SIGN_WINDOW_MS, &e), 0);
	assert_int_equal(replay_note(&replay, sn, 5001 + 2 * SIGN_WINDOW_MS, &e), -ERR_CONFLICT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_signed, setup),
		cmocka_unit_test_setup(test_refusals, setup),
		cmocka_unit_test_setup(test_shapes, setup),
		cmocka_unit_test_setup(test_legacy, setup),
		cmocka_unit_test_setup(test_unregistered, setup),
		cmocka_unit_test_setup(test_replay_ring, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
