#include "net/loss_rules.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct net peers[] = { { AF_INET, { 10, 0, 0, 2 }, 32 } };
static struct range web[] = { { 80, 80 } }, high[] = { { 8000, 8080 } };

static void make(struct traffic *t, struct loss_rules *ret)
{
	const struct net_fault f = { .traffic = t, .loss = 0.5 };
	struct err e = { 0 };

	assert_int_equal(loss_rules_make(&f, ret, &e), 0);
}

static size_t count(const struct loss_rules *l, enum filter_hook hook, enum filter_act act)
{
	size_t n = 0;

	for (size_t i = 0; i < l->filter.n; i++)
		n += l->v[i].hook == hook && l->v[i].act == act;
	return n;
}

static void any_traffic_is_a_rule_for_each_way(void **state)
{
	struct traffic t = { .interface = (char[]){ "eth0" } };
	struct loss_rules l;

	(void)state;
	make(&t, &l);
	assert_int_equal(count(&l, FILTER_OUT, FILTER_DROP), 1);
	assert_int_equal(count(&l, FILTER_THROUGH, FILTER_DROP), 1);
	assert_int_equal(count(&l, FILTER_IN, FILTER_DROP), 0);
	assert_true(l.filter.share == 0.5 && !l.filter.discovery && l.filter.follow == NULL);
	loss_rules_free(&l);
}

static void each_protocol_and_side_has_a_rule(void **state)
{
	struct traffic t = { .interface = (char[]){ "eth0" },
		.protocol = (char[]){ "tcp,icmp" },
		.include = (char[]){ "ndp" },
		.local_port = { web, 1 },
		.remote_port = { high, 1 },
		.exclude_port = { web, 1 },
		.destination_ip = { peers, 1, NULL },
		.incoming = true,
		.found.nets[LIVE_DESTINATION] = { peers, 1, NULL } };
	struct loss_rules l;
	const struct filter_rule *last;

	(void)state;
	make(&t, &l);
	assert_int_equal(count(&l, FILTER_IN, FILTER_DROP), 4);
	assert_int_equal(count(&l, FILTER_IN, FILTER_PASS), 4); /* two for what is left alone */
	assert_true(l.filter.discovery);
	last = &l.v[l.filter.n - 1];
	assert_int_equal(last->protocol, IPPROTO_ICMP);
	assert_ptr_equal(last->source_port, &t.remote_port); /* of what arrives */
	assert_null(last->destination_port);
	assert_int_equal(last->source->n, 1);
	assert_string_equal(last->in_interface, "eth0");
	loss_rules_free(&l);
}

static void processes_are_told_by_group_socket_or_as_probes(void **state)
{
	struct cgroup2_name groups[] = { { 77, 1 }, { 78, 2 } };
	struct traffic t = { .interface = (char[]){ "eth0" },
		.found = { .sockets = true, .groups = groups, .n_groups = 2 } };
	struct loss_rules l;

	(void)state;
	make(&t, &l);
	assert_int_equal(count(&l, FILTER_OUT, FILTER_DROP), 5);
	assert_int_equal(count(&l, FILTER_THROUGH, FILTER_DROP), 0);
	for (size_t i = 0; i < l.filter.n; i++)
		if (l.v[i].act == FILTER_DROP)
			assert_int_equal(
				l.v[i].probes + (l.v[i].keys != NULL) + (l.v[i].group != NULL), 1);
	/* Of sockets that nobody has nothing is hit. */
	assert_false(filter_rule_fits(&(struct filter_rule){ .keys = &l.connected }, AF_INET));
	loss_rules_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_traffic_is_a_rule_for_each_way),
		cmocka_unit_test(each_protocol_and_side_has_a_rule),
		cmocka_unit_test(processes_are_told_by_group_socket_or_as_probes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
