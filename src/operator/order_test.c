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
	const char *key;    /* NULL: KEY_SELF */
};

#define ETH0   "\"direction\":\"egress\",\"interface\":\"eth0\""
#define LOSS   "\"action\":\"loss\",\"loss\":{\"loss\":\"1\"}"
#define TARGET "\"target\":{\"mode\":\"all\",\"selector\":{}}"

static const struct row rows[] = {
	{ network_chaos_orders,
		"{\"action\":\"delay\",\"delay\":{\"latency\":\"1s\",\"jitter\":\"5ms\",\"correlation\":\"0\"}}",
		"", "network netem {" ETH0 ",\"offset\":\"5\",\"time\":\"1000\"}" },
	{ network_chaos_orders,
		"{\"action\":\"delay\",\"delay\":{\"latency\":\"1.5ms\",\"jitter\":\"500us\",\"correlation\":\"25\",\"reorder\":{\"reorder\":\"50\",\"gap\":5,\"correlation\":\"10\"}}}",
		"",
		"network netem {\"delay-correlation\":\"25\",\"direction\":\"egress\",\"gap\":\"5\",\"interface\":\"eth0\",\"offset\":\"0.5\",\"reorder\":\"50\",\"reorder-correlation\":\"10\",\"time\":\"1.5\"}" },
	{ network_chaos_orders,
		"{\"action\":\"netem\",\"duplicate\":{\"duplicate\":\"1\",\"correlation\":\"2\"},\"corrupt\":{\"corrupt\":\"3\",\"correlation\":\"4\"},\"rate\":{\"rate\":\"1mbit\"},\"bandwidth\":{\"rate\":\"1bit\",\"limit\":1,\"buffer\":1}}",
		"",
		"network netem {\"corrupt\":\"3\",\"corrupt-correlation\":\"4\",\"direction\":\"egress\",\"duplicate\":\"1\",\"duplicate-correlation\":\"2\",\"interface\":\"eth0\",\"rate\":\"1mbit\"}" },
	{ network_chaos_orders,
		"{\"action\":\"bandwidth\",\"bandwidth\":{\"rate\":\"1mbps\",\"limit\":20000,\"buffer\":10000,\"peakrate\":2000000,\"minburst\":1600},\"delay\":{\"latency\":\"1s\"}}",
		"",
		"network bandwidth {\"buffer\":\"10000\"," ETH0
		",\"limit\":\"20000\",\"minburst\":\"1600\",\"peakrate\":\"2000000bps\",\"rate\":\"1mbps\"}" },
	{ network_chaos_orders,
		"{" LOSS "," TARGET ",\"targetDevice\":\"eth2@if7\",\"direction\":\"to\"}",
		"10.0.0.1",
		"network netem {\"destination-ip\":\"10.0.0.1\"," ETH0 ",\"loss\":\"1\"}",
		KEY_SELF },
	{ network_chaos_orders,
		"{" LOSS "," TARGET ",\"targetDevice\":\"eth2@if7\",\"direction\":\"to\"}",
		"10.0.0.9", "", KEY_TARGET },
	{ network_chaos_orders,
		"{" LOSS "," TARGET ",\"targetDevice\":\"eth2@if7\",\"direction\":\"from\"}",
		"10.0.0.1", "", KEY_SELF },
	{ network_chaos_orders,
		"{" LOSS "," TARGET ",\"targetDevice\":\"eth2@if7\",\"direction\":\"from\"}",
		"10.0.0.9",
		"network netem {\"destination-ip\":\"10.0.0.9\",\"direction\":\"egress\",\"interface\":\"eth2\",\"loss\":\"1\"}",
		KEY_TARGET },
	{ network_chaos_orders,
		"{" LOSS "," TARGET ",\"targetDevice\":\"eth2@if7\",\"direction\":\"both\"}",
		"10.0.0.1",
		"network netem {\"destination-ip\":\"10.0.0.1\"," ETH0 ",\"loss\":\"1\"}",
		KEY_SELF },
	{ network_chaos_orders,
		"{" LOSS "," TARGET ",\"targetDevice\":\"eth2@if7\",\"direction\":\"both\"}",
		"10.0.0.9",
		"network netem {\"destination-ip\":\"10.0.0.9\",\"direction\":\"egress\",\"interface\":\"eth2\",\"loss\":\"1\"}",
		KEY_TARGET },
	{ network_chaos_orders, "{" LOSS ",\"direction\":\"from\",\"device\":\"eth1\"}", "",
		"network netem {\"direction\":\"ingress\",\"interface\":\"eth1\",\"loss\":\"1\"}" },
	{ network_chaos_orders,
		"{" LOSS "," TARGET ",\"direction\":\"to\",\"externalTargets\":[\"10.1.0.0/16\"]}",
		"10.0.0.1",
		"network netem {\"destination-ip\":\"10.0.0.1,10.1.0.0/16\"," ETH0
		",\"loss\":\"1\"}" },
	{ network_chaos_orders,
		"{" LOSS "," TARGET ",\"direction\":\"both\",\"externalTargets\":[\"a:80\"]}",
		"10.0.0.1",
		"network netem {\"destination-ip\":\"10.0.0.1\"," ETH0
		",\"loss\":\"1\"}; network netem {\"destination-ip\":\"a\",\"direction\":\"both\",\"interface\":\"eth0\",\"loss\":\"1\",\"remote-port\":\"80\"}" },
	{ network_chaos_orders,
		"{" LOSS
		",\"externalTargets\":[\"[2001:db8::1]:80\",\"a:80\",\"b:81\",\"2001:db8::2\"]}",
		"",
		"network netem {\"destination-ip\":\"2001:db8::1,a\"," ETH0
		",\"loss\":\"1\",\"remote-port\":\"80\"}; network netem {\"destination-ip\":\"b\"," ETH0
		",\"loss\":\"1\",\"remote-port\":\"81\"}; network netem {\"destination-ip\":\"2001:db8::2\"," ETH0
		",\"loss\":\"1\"}" },
	{ network_chaos_orders, "{\"action\":\"partition\",\"direction\":\"both\"}", "",
		"network partition {\"direction\":\"both\",\"target\":\"0.0.0.0/0,::/0\"}" },
	{ network_chaos_orders,
		"{\"action\":\"partition\",\"externalTargets\":[\"a.example:443\"],\"device\":\"eth0\"}",
		"",
		"network partition {\"direction\":\"to\",\"interface\":\"eth0\",\"remote-port\":\"443\",\"target\":\"a.example\"}" },
	{ network_chaos_orders, "{\"action\":\"partition\",\"direction\":\"to\"," TARGET "}",
		"10.0.0.9", "network partition {\"direction\":\"from\",\"target\":\"10.0.0.9\"}",
		KEY_TARGET },
	{ network_chaos_orders, "{\"action\":\"partition\",\"direction\":\"from\"," TARGET "}",
		"10.0.0.1", "network partition {\"direction\":\"from\",\"target\":\"10.0.0.1\"}" },
	{ network_chaos_orders, "{" LOSS ",\"externalTargets\":[\"a:b\"]}", "",
		"!externalTargets" },
	{ network_chaos_orders, "{" LOSS ",\"externalTargets\":[\"a,b\"]}", "",
		"!externalTargets" },
	{ network_chaos_orders, "{" LOSS ",\"externalTargets\":[\":80\"]}", "",
		"!externalTargets" },
	{ network_chaos_orders, "{\"action\":\"loss\",\"loss\":{\"loss\":\"101\"}}", "",
		"!spec.loss.loss" },
	{ network_chaos_orders,
		"{\"action\":\"loss\",\"loss\":{\"loss\":\"5\",\"correlation\":\"100\"}}", "",
		"!spec.loss.correlation" },
	{ network_chaos_orders,
		"{\"action\":\"delay\",\"delay\":{\"latency\":\"1ms\",\"reorder\":{\"reorder\":\"x\",\"gap\":1}}}",
		"", "!spec.delay.reorder.reorder" },
	{ network_chaos_orders, "{\"action\":\"loss\"}", "", "!spec" },
	{ network_chaos_orders, "{\"action\":\"bandwidth\"}", "", "!spec.bandwidth" },
	{ stress_chaos_orders,
		"{\"stressors\":{\"cpu\":{\"workers\":2,\"load\":30},\"memory\":{\"workers\":1,\"size\":\"25%\"}}}",
		"",
		"cpu fullload {\"cpu-percent\":\"30\",\"workers\":\"2\"}; mem load {\"mem-percent\":\"25\",\"rate\":\"1000000\"}" },
	{ stress_chaos_orders,
		"{\"stressors\":{\"cpu\":{\"workers\":2,\"load\":30,\"options\":[\"--cpu-load 40\"]}}}",
		"", "cpu fullload {\"cpu-percent\":\"40\",\"workers\":\"2\"}" },
	{ stress_chaos_orders,
		"{\"stressors\":{\"memory\":{\"workers\":4,\"size\":\"256MB\",\"oomScoreAdj\":500}}}",
		"",
		"mem load {\"oom-score-adj\":\"500\",\"rate\":\"1000000\",\"size\":\"256000000\"}" },
	{ stress_chaos_orders,
		"{\"stressors\":{\"memory\":{\"workers\":4,\"size\":\"1GiB\",\"oomScoreAdj\":0,\"options\":[\"--time\",\"16s\"]}}}",
		"", "mem load {\"rate\":\"64\",\"size\":\"1073741824\"}" },
	{ stress_chaos_orders,
		"{\"stressngStressors\":\"--cpu 2 --cpu-load=50 --vm 1 --vm-bytes 64m --vm-keep\",\"stressors\":{\"cpu\":{\"workers\":9}}}",
		"",
		"cpu fullload {\"cpu-percent\":\"50\",\"workers\":\"2\"}; mem load {\"rate\":\"1000000\",\"size\":\"67108864\"}" },
	{ stress_chaos_orders, "{\"stressors\":{\"cpu\":{\"workers\":0}}}", "", "!workers" },
	{ stress_chaos_orders, "{\"stressors\":{\"memory\":{\"workers\":1,\"size\":\"much\"}}}", "",
		"!much" },
	{ stress_chaos_orders, "{\"stressors\":{\"memory\":{\"workers\":1}}}", "",
		"!size of memory" },
	{ stress_chaos_orders, "{\"stressors\":{\"memory\":{\"workers\":1,\"size\":\"101%\"}}}", "",
		"!101%" },
	{ stress_chaos_orders,
		"{\"stressors\":{\"memory\":{\"workers\":1,\"size\":\"5%\",\"options\":[\"--time 5s\"]}}}",
		"", "!--time" },
	{ stress_chaos_orders,
		"{\"stressors\":{\"cpu\":{\"workers\":1,\"options\":[\"--cpu-method matrixprod\"]}}}",
		"", "!--cpu-method" },
	{ stress_chaos_orders, "{\"stressngStressors\":\"--io 4\"}", "", "!--io" },
	{ stress_chaos_orders, "{\"stressors\":{}}", "", "!stressors" },
	{ container_kill_orders, "{}", "", "container kill {}" },
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
		const struct side side = { rows[i].key ? rows[i].key : KEY_SELF, rows[i].peers };
		int r = rows[i].orders(spec, &side, &orders, &e);

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
