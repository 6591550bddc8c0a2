/* What a spec becomes at the node. */
#include "operator/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"

struct row {
	orders_f *orders;
	const char *spec, *peers;
	const char *wanted; /* "target action {flags}; ...", or what the error says after "!" */
};

#define ETH0 "\"direction\":\"egress\",\"interface\":\"eth0\""

static const struct row rows[] = {
	{ network_chaos_orders,
		"{\"action\":\"delay\",\"delay\":{\"latency\":\"1s\",\"jitter\":\"5ms\"}}", "",
		"network delay {" ETH0 ",\"offset\":\"5\",\"time\":\"1000\"}" },
	{ network_chaos_orders,
		"{\"action\":\"loss\",\"loss\":{\"loss\":\"25\",\"correlation\":\"0\"},\"direction\":\"from\","
		"\"device\":\"eth1\",\"externalTargets\":[\"10.1.0.0/16\"]}",
		"10.0.0.1,10.0.0.2",
		"network loss {\"destination-ip\":\"10.1.0.0/16,10.0.0.1,10.0.0.2\","
		"\"direction\":\"ingress\",\"interface\":\"eth1\",\"percent\":\"25\"}" },
	{ network_chaos_orders,
		"{\"action\":\"netem\",\"duplicate\":{\"duplicate\":\"1\"},\"corrupt\":{\"corrupt\":\"2\"}}",
		"",
		"network duplicate {" ETH0 ",\"percent\":\"1\"}; network corrupt {" ETH0
		",\"percent\":\"2\"}" },
	{ network_chaos_orders,
		"{\"action\":\"bandwidth\",\"bandwidth\":{\"rate\":\"1mbps\",\"limit\":20000,\"buffer\":10000,"
		"\"peakrate\":2000000}}",
		"",
		"network bandwidth {\"buffer\":\"10000\"," ETH0 ",\"limit\":\"20000\","
		"\"peakrate\":\"2000000bps\",\"rate\":\"1mbps\"}" },
	{ network_chaos_orders, "{\"action\":\"partition\",\"direction\":\"both\"}", "",
		"network partition {\"direction\":\"both\",\"target\":\"0.0.0.0/0,::/0\"}" },
	{ network_chaos_orders, "{\"action\":\"partition\",\"externalTargets\":[\"a.example\"]}",
		"", "network partition {\"direction\":\"to\",\"target\":\"a.example\"}" },
	{ network_chaos_orders,
		"{\"action\":\"loss\",\"loss\":{\"loss\":\"1\"},\"externalTargets\":[\"[2001:db8::1]:80\",\"a:80\"]}",
		"",
		"network loss {\"destination-ip\":\"2001:db8::1,a\"," ETH0 ",\"percent\":\"1\","
		"\"remote-port\":\"80\"}" },
	{ network_chaos_orders,
		"{\"action\":\"loss\",\"loss\":{\"loss\":\"1\"},\"externalTargets\":[\"a:80\",\"b:81\"]}",
		"", "!one port for all" },
	{ network_chaos_orders,
		"{\"action\":\"loss\",\"loss\":{\"loss\":\"1\"},\"externalTargets\":[\"a\",\"b:80\"]}",
		"", "!one port for all" },
	{ network_chaos_orders,
		"{\"action\":\"loss\",\"loss\":{\"loss\":\"1\"},\"externalTargets\":[\"a:80\"]}",
		"10.0.0.1", "!no port beside a target" },
	{ network_chaos_orders, "{\"action\":\"delay\",\"delay\":{\"latency\":\"500us\"}}", "",
		"!whole milliseconds" },
	{ network_chaos_orders,
		"{\"action\":\"delay\",\"delay\":{\"latency\":\"1ms\",\"correlation\":\"5\"}}", "",
		"!correlation" },
	{ network_chaos_orders, "{\"action\":\"loss\",\"loss\":{\"loss\":\"101\"}}", "",
		"!spec.loss.loss" },
	{ network_chaos_orders, "{\"action\":\"loss\"}", "", "!spec" },
	{ stress_chaos_orders,
		"{\"stressors\":{\"cpu\":{\"workers\":2,\"load\":30},\"memory\":{\"workers\":1,"
		"\"size\":\"25%\"}}}",
		"",
		"cpu fullload {\"cpu-count\":\"2\",\"cpu-percent\":\"30\"}; mem load {\"mem-percent\":\"25\"}" },
	{ stress_chaos_orders, "{\"stressors\":{\"cpu\":{\"workers\":0}}}", "", "!workers" },
	{ stress_chaos_orders, "{\"stressors\":{\"memory\":{\"workers\":1,\"size\":\"1GB\"}}}", "",
		"!percent" },
	{ stress_chaos_orders, "{\"stressors\":{}}", "", "!stressors" },
	{ stress_chaos_orders, "{\"stressngStressors\":\"--cpu 1\"}", "", "!stress-ng" },
	{ dns_chaos_orders, "{\"action\":\"error\"}", "", "dns error {\"patterns\":\"*\"}" },
	{ dns_chaos_orders, "{\"action\":\"random\",\"patterns\":[\"a.example\",\"b.*\"]}", "",
		"dns random {\"patterns\":\"a.example,b.*\"}" },
	{ dns_chaos_orders, "{\"action\":\"static\",\"domainIpMapping\":[\"a=1.2.3.4\"]}", "",
		"dns static {\"domain-ip\":\"a=1.2.3.4\"}" },
	{ dns_chaos_orders, "{\"action\":\"error\",\"patterns\":[\"a,b\"]}", "", "!spec.patterns" },
	{ dns_chaos_orders, "{\"action\":\"static\"}", "", "!domainIpMapping" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *spec = json_loads(rows[i].spec, 0, NULL);
		autoorders struct orders orders = { 0 };
		autobuf struct buf text = BUF_INIT(4096);
		struct err e = { 0 };
		int r = rows[i].orders(spec, rows[i].peers, &orders, &e);

		assert_non_null(spec);
		if (*rows[i].wanted == '!') {
			assert_true(r < 0);
			assert_non_null(strstr(e.msg, rows[i].wanted + 1));
			continue;
		}
		assert_int_equal(r, 0);
		for (size_t k = 0; k < orders.n; k++) {
			autofree char *flags = json_line_sorted(orders.v[k].flags);

			buf_fmt(&text, "%s%s %s %s", k ? "; " : "", orders.v[k].target,
				orders.v[k].action, flags);
		}
		assert_string_equal(buf_text(&text), rows[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
