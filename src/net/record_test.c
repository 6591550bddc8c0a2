#include "net/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

/* What is written is read back to the same text, lists and all. */
static void test_round_trip(void **state)
{
	struct traffic t = { .protocol = (char[]){ "tcp" } }, back = { 0 };
	struct net_fault f = { &t, 12.5, 3, 0.25, .reorder = 0.5, .gemodel.p = 0.125,
		.rate.bps = 4000000, .distribution = NET_PARETO },
			 got = { 0 };
	autojson json_t *object = NULL, *again = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ranges_parse("80,8000-8080", 1, 65535, &t.remote_port, &e), 0);
	assert_int_equal(ranges_parse("22", 1, 65535, &t.exclude_port, &e), 0);
	assert_int_equal(hosts_parse("10.0.0.0/8,db.example,fd00::1", &t.destination_ip, &e), 0);
	assert_int_equal(hosts_parse("me", &t.exclude_source_ip, &e), 0);
	t.found = (struct traffic_found){
		.sockets = true, .groups = calloc(1, sizeof(*t.found.groups)), .n_groups = 1
	};
	assert_non_null(t.found.groups);
	t.found.groups[0] = (struct cgroup2_name){ 77, 3 };
	object = net_fault_to_json(&f);
	assert_int_equal(net_fault_from_json(object, &back, &got, &e), 0);
	again = net_fault_to_json(&got);
	assert_true(json_equal(object, again));
	assert_true(got.reorder == 0.5 && got.gemodel.p == 0.125 && got.rate.bps == 4000000 &&
		    got.distribution == NET_PARETO);
	assert_string_equal(json_text(object, "remote-port"), "80,8000-8080");
	assert_string_equal(
		json_text(object, "destination-ip"), "10.0.0.0/8,fd00::1/128,db.example");
	assert_true(back.found.sockets && back.found.n_groups == 1);
	assert_true(back.found.groups[0].id == 77 && back.found.groups[0].level == 3);
	assert_true(got.loss == 0.25 && got.jitter_ms == 3 && got.traffic == &back);
	t.protocol = NULL;
	traffic_free(&t);
	traffic_free(&back);
}

static void test_bad(void **state)
{
	autojson json_t *object = json_pack("{s:s}", "remote-port", "99999");
	struct traffic t = { 0 };
	struct net_fault f;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(net_fault_from_json(object, &t, &f, &e), -ERR_INVALID);
	assert_null(t.remote_port.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
