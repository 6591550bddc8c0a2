/* Events, pods, and the bodies that they come in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "kube/chunk.h"
#include "kube/pod.h"
#include "kube/watch.h"

static int parse(const char *line, struct kube_event *ret)
{
	return kube_event_parse(line, strlen(line), ret, NULL);
}

static void test_events(void **state)
{
	static const char *const bad[] = { "", "x", "[]", "{}", "{\"type\":\"ADDED\"}",
		"{\"type\":\"ADDED\",\"object\":[]}", "{\"type\":\"NOSUCH\",\"object\":{}}",
		"{\"type\":\"ERROR\",\"object\":{\"code\":500}}" };
	struct kube_event event;

	(void)state;
	assert_int_equal(parse("{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{"
			       "\"resourceVersion\":\"7\",\"name\":\"x\"}}}",
				 &event),
		0);
	assert_int_equal(event.line, KUBE_LINE_CHANGE);
	assert_int_equal(event.change, KUBE_MODIFIED);
	assert_string_equal(event.version, "7");
	json_decref(event.root);
	assert_int_equal(parse("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{"
			       "\"resourceVersion\":\"9\"}}}",
				 &event),
		0);
	assert_int_equal(event.line, KUBE_LINE_BOOKMARK);
	json_decref(event.root);
	assert_int_equal(
		parse("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410}}", &event),
		0);
	assert_int_equal(event.line, KUBE_LINE_GONE);
	json_decref(event.root);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (parse(bad[i], &event) >= 0)
			fail_msg("`%s` was taken", bad[i]);
}

static size_t addresses(const char *text, struct kube_pod *pod)
{
	json_t *object;

	assert_int_equal(json_parse(text, strlen(text), &object, NULL), 0);
	assert_true(kube_pod_read(object, pod));
	json_decref(object);
	return pod->n_addresses;
}

#define META "\"metadata\":{\"namespace\":\"n\",\"name\":\"p\"}"
#define IPS  "\"podIP\":\"10.0.0.1\",\"podIPs\":[{\"ip\":\"10.0.0.1\"},{\"ip\":\"fd00::1\"}]"

static void test_pods(void **state)
{
	struct kube_pod pod;
	json_t *none = json_object();

	(void)state;
	assert_int_equal(addresses("{" META ",\"status\":{" IPS "}}", &pod), 2);
	assert_string_equal(pod.name, "n/p");
	assert_int_equal(addresses("{" META "}", &pod), 0);
	assert_int_equal(
		addresses("{" META ",\"status\":{\"phase\":\"Succeeded\"," IPS "}}", &pod), 0);
	assert_int_equal(
		addresses("{" META ",\"spec\":{\"hostNetwork\":true},\"status\":{" IPS "}}", &pod),
		0);
	assert_true(pod.host_network);
	assert_false(kube_pod_read(none, &pod));
	json_decref(none);
}

/* The body of an answer that comes so many octets at a time; -1: malformed, or cut off. */
static int body(const char *head, const char *octets, size_t step, char ret[static 256])
{
	size_t len = strlen(octets), n = 0;
	struct chunk c;
	int status;

	if (!chunk_begin(&c, head, &status))
		return -1;
	for (size_t at = 0; at < len && !c.over; at += step) {
		char piece[256];
		size_t own, some = len - at < step ? len - at : step;

		memcpy(piece, octets + at, some);
		if (!chunk_take(&c, piece, some, &own))
			return -1;
		memcpy(ret + n, piece, own);
		n += own;
	}
	ret[n] = '\0';
	return chunk_may_end(&c) ? (int)n : -1;
}

#define CHUNKED "HTTP/1.1 200 OK\r\nX: y\r\ntransfer-encoding: chunked"

static void test_bodies(void **state)
{
	char text[256];

	(void)state;
	for (size_t step = 1; step < 40; step++) {
		assert_int_equal(
			body(CHUNKED, "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", step, text),
			13);
		assert_string_equal(text, "abc0123456789");
		assert_int_equal(body(CHUNKED, "1\r\na\r\n0\r\nTrailer: x\r\n\r\n", step, text), 1);
		assert_int_equal(body(CHUNKED, "3\r\nab", step, text), -1);
		assert_int_equal(body(CHUNKED, "x\r\n", step, text), -1);
		assert_int_equal(body(CHUNKED, "1\r\nab\r\n", step, text), -1);
		assert_int_equal(body(CHUNKED, "1111111111111111\r\n", step, text), -1);
		assert_int_equal(
			body("HTTP/1.1 200 OK\r\nContent-Length: 3", "abcd", step, text), 3);
		assert_int_equal(body("HTTP/1.0 200 OK", "abcd", step, text), 4);
	}
	assert_int_equal(body("HTTP/1.1 200 OK\r\nContent-Length: -3", "", 1, text), -1);
	assert_int_equal(body("HTTP/2 200", "", 1, text), -1);
	assert_int_equal(body("HTTP/1.1 20", "", 1, text), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_pods),
		cmocka_unit_test(test_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
