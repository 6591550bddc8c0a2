/* The DNS servers behind a Service. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "operator/dns_endpoints.h"

#define SLICE(type, service, ports, endpoints)                                                     \
	"{\"metadata\":{\"labels\":{\"kubernetes.io/service-name\":\"" service                     \
	"\"}},\"addressType\":\"" type "\",\"ports\":[" ports "],\"endpoints\":[" endpoints "]}"
#define PORTS		   "{\"name\":\"dns\",\"port\":5353},{\"name\":\"grpc\",\"port\":9288}"
#define AT(address, ready) "{\"addresses\":[\"" address "\"],\"conditions\":{\"ready\":" ready "}}"

static void test_read(void **state)
{
	static const struct {
		const char *slices, *wanted; /* "ADDR:PORT" and a +, when it is ready */
	} rows[] = {
		{ "", "" },
		{ "\"a\":" SLICE("IPv4", "gale-dns", PORTS,
			  AT("10.0.0.7", "true") "," AT("10.0.0.8", "false")),
			"10.0.0.7:9288+ 10.0.0.8:9288 " },
		{ "\"a\":" SLICE("IPv4", "other", PORTS, AT("10.0.0.7", "true")), "" },
		{ "\"a\":" SLICE("IPv4", "gale-dns", "{\"name\":\"dns\",\"port\":53}",
			  AT("10.0.0.7", "true")),
			"" },
		{ "\"a\":" SLICE("IPv6", "gale-dns", PORTS, AT("fd00::7", "true")),
			"[fd00::7]:9288+ " },
		{ "\"a\":" SLICE("IPv6", "gale-dns", PORTS, AT("fd00::7", "true")) ",\"b\":" SLICE(
			  "IPv4", "gale-dns", PORTS, AT("10.0.0.7", "null")),
			"10.0.0.7:9288+ " },
		{ "\"a\":" SLICE("IPv4", "gale-dns", PORTS,
			  AT("10.0.0.7", "false")) ",\"b\":" SLICE("IPv4", "gale-dns", PORTS,
			  AT("10.0.0.7", "true")),
			"10.0.0.7:9288+ " },
		{ "\"a\":7,\"b\":" SLICE("IPv4", "gale-dns", PORTS, "{},7,{\"addresses\":[7]}"),
			"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dns_endpoint v[DNS_ENDPOINTS_MOST];
		autobuf struct buf text = BUF_INIT(4000), got = BUF_INIT(4000);
		autojson json_t *slices = NULL;
		size_t n;

		buf_fmt(&text, "{%s}", rows[i].slices);
		assert_int_equal(json_parse(buf_text(&text), text.len, &slices, NULL), 0);
		n = dns_endpoints_read(slices, "gale-dns", v);
		for (size_t k = 0; k < n; k++)
			buf_fmt(&got, "%s%s ", v[k].address, v[k].ready ? "+" : "");
		assert_string_equal(buf_text(&got), rows[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_read) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
