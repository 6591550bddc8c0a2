/* What is ordered of a node, and what is taken back, with API and nodes played here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "operator/dns_push.h"
#include "operator/gate.h"
#include "operator/kind.h"

static char deeds[200]; /* "+a +a-1 -a": created and destroyed */
static char peers[200]; /* of the last order */
static unsigned asked;	/* for pods */
static const char *servers;
static char served[64]; /* the flag of the last order */
static int create_result, destroy_result;
static bool create_spent;

int kube_call(const struct kube_api *a, const struct kube_ask *ask, json_t **ret, struct err *e)
{
	(void)a;
	(void)e;
	*ret = strstr(ask->path, "/nodes/")
		       ? json_pack("{s:{s:[{s:s,s:s}]}}", "status", "addresses", "type",
				 "InternalIP", "address", "192.0.2.1")
		       : json_pack("{s:{s:s},s:{s:[{s:s},{s:s}]}}", "metadata", "uid", "u",
				 "status", "podIPs", "ip", "10.0.0.1", "ip", "fd00::1");
	asked += strstr(ask->path, "/pods/") != NULL;
	return 0;
}

int kube_list(const struct kube_api *a, const char *collection, kube_item_f *item, void *ctx,
	char ret_version[static KUBE_VERSION_SIZE], struct err *e)
{
	(void)a;
	(void)collection;
	(void)item;
	(void)ctx;
	snprintf(ret_version, KUBE_VERSION_SIZE, "1");
	(void)e;
	return 0;
}

static void deed(char what, const char *uid)
{
	size_t len = strlen(deeds);

	snprintf(deeds + len, sizeof(deeds) - len, "%s%c%s", len ? " " : "", what, uid);
}

/* All but the first fail as they shall. */
int nodes_create(const struct nodes *n, const struct node_at *at, const struct node_task *t,
	struct node_said *ret, struct err *e)
{
	(void)n;
	(void)at;
	*ret = (struct node_said){ 0 };
	deed('+', t->uid);
	snprintf(peers, sizeof(peers), "%s", json_text(t->order->flags, "destination-ip"));
	snprintf(served, sizeof(served), "%s", json_text(t->order->flags, "server"));
	if (!strchr(t->uid, '-') || create_result == 0)
		return 0;
	ret->spent = create_spent;
	return err_set(e, (enum err_kind) - create_result, 0, "no");
}

int nodes_destroy(const struct nodes *n, const struct node_at *at, const char *uid, struct err *e)
{
	(void)n;
	(void)at;
	deed('-', uid);
	return destroy_result < 0 ? err_set(e, (enum err_kind) - destroy_result, 0, "no") : 0;
}

bool nodes_address(const struct nodes *n, const char *node, char ret[static LINE_ADDRESS_SIZE])
{
	(void)n, (void)node, (void)ret;
	return false;
}

int dns_push_wait(struct dns_push *p, const struct kube_api *api, const char *object,
	const char *pod, char ret[static DNS_SERVERS_TEXT], struct err *e)
{
	(void)p;
	(void)api;
	deed('?', object);
	deed('?', pod);
	snprintf(ret, DNS_SERVERS_TEXT, "%s", servers ? servers : "");
	return servers ? 0 : err_set(e, ERR_BUSY, 0, "no DNS server is ready");
}

struct stage {
	struct gates *gates;
	struct means means;
	json_t *object, *spec;
	struct task task;
};

static void stage_set(struct stage *s)
{
	*deeds = '\0';
	create_result = destroy_result = 0;
	create_spent = false;
	assert_int_equal(gates_new(&s->gates, NULL), 0);
	s->means = (struct means){ (struct nodes *)s, s->gates, "pause" };
	s->object = json_object();
	s->spec = json_pack("{s:s,s:{s:s},s:[s,s]}", "action", "loss", "loss", "loss", "5",
		"externalTargets", "a:80", "b:81"); /* an order for each port */
	s->task = (struct task){ .means = &s->means,
		.orders = network_chaos_orders,
		.object = s->object,
		.spec = s->spec,
		.namespace = "ns",
		.pod = "p",
		.container = "",
		.key = KEY_SELF,
		.pod_uid = "u",
		.node = "n1",
		.order = "a",
		.end_ms = INT64_MAX };
}

static void stage_clear(struct stage *s)
{
	json_decref(s->object);
	json_decref(s->spec);
	gates_free(s->gates);
}

static void test_taken_back(void **state)
{
	static const struct {
		int create, destroy, result;
		bool spent, spent_after;
		const char *deeds;
	} rows[] = {
		{ 0, 0, 0, false, false, "+a +a-1" },
		{ -ERR_TIMEOUT, 0, -ERR_TIMEOUT, false, false, "+a +a-1" },
		{ -ERR_SYSTEM, 0, -ERR_SYSTEM, true, true, "+a +a-1 -a-1 -a" },
		{ -ERR_SYSTEM, -ERR_TIMEOUT, -ERR_BUSY, true, false, "+a +a-1 -a-1" },
		{ -ERR_INVALID, 0, -ERR_INVALID, false, false, "+a +a-1 -a" },
		{ -ERR_INVALID, -ERR_TIMEOUT, -ERR_BUSY, false, false, "+a +a-1 -a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage s;

		stage_set(&s);
		create_result = rows[i].create;
		create_spent = rows[i].spent;
		destroy_result = rows[i].destroy;
		assert_int_equal(node_task_inject(&s.task, NULL), rows[i].result);
		assert_int_equal(s.task.spent, rows[i].spent_after);
		assert_string_equal(deeds, rows[i].deeds);
		assert_false(s.task.later);
		stage_clear(&s);
	}
}

static void test_without_a_name(void **state)
{
	struct stage s;

	(void)state;
	stage_set(&s);
	s.task.order = "";
	assert_int_equal(node_task_inject(&s.task, NULL), -ERR_UNSUPPORTED);
	assert_int_equal(node_task_recover(&s.task, NULL), 0);
	s.means.nodes = NULL;
	assert_int_equal(node_task_recover(&s.task, NULL), 0);
	s.task.order = "a"; /* by an operator before that had a way */
	assert_int_equal(node_task_recover(&s.task, NULL), -ERR_UNSUPPORTED);
	s.task.end_ms = clock_wall_ms() - 60000;
	assert_int_equal(node_task_recover(&s.task, NULL), 0);
	assert_string_equal(deeds, "");
	stage_clear(&s);
}

static void test_others_wait(void **state)
{
	struct stage s;

	(void)state;
	stage_set(&s);
	assert_int_equal(gate_enter(s.gates, "n1", clock_boot_ms(), NULL), 0);
	assert_int_equal(node_task_inject(&s.task, NULL), -ERR_BUSY);
	assert_true(s.task.later);
	assert_string_equal(deeds, "");
	gate_leave(s.gates, "n1", false, clock_boot_ms());
	destroy_result = -ERR_TIMEOUT;
	assert_int_equal(node_task_recover(&s.task, NULL), -ERR_TIMEOUT);
	assert_string_equal(deeds, "-a-1");
	assert_int_equal(node_task_recover(&s.task, NULL), -ERR_TIMEOUT);
	assert_string_equal(deeds, "-a-1"); /* it is not asked again at once */
	assert_false(s.task.later);
	s.task.end_ms = clock_wall_ms() - 60000;
	assert_int_equal(node_task_recover(&s.task, NULL), 0);
	assert_non_null(strstr(s.task.said, "deadline"));
	stage_clear(&s);
}

/* The servers have the rules before the pod is led to them; without servers the node answers. */
static void test_dns_servers(void **state)
{
	struct stage s;

	(void)state;
	stage_set(&s);
	json_decref(s.spec);
	json_object_set_new(s.object, "metadata",
		json_pack("{s:s, s:s}", "namespace", "chaos", "name", "wrong"));
	s.task.spec = s.spec = json_pack("{s:s}", "action", "random");
	s.task.orders = dns_chaos_orders;
	assert_int_equal(dns_chaos_inject(&s.task, NULL), 0);
	assert_string_equal(deeds, "+a");
	assert_string_equal(served, "");
	s.means.dns = (struct dns_push *)&s;
	servers = "10.96.0.7:53,[fd00::7]:53";
	assert_int_equal(dns_chaos_inject(&s.task, NULL), 0);
	assert_string_equal(deeds, "+a ?chaos/wrong ?ns/p/u +a");
	assert_string_equal(served, servers);
	servers = ""; /* who has its node's address */
	assert_int_equal(dns_chaos_inject(&s.task, NULL), 0);
	assert_string_equal(served, "");
	servers = NULL;
	*deeds = '\0';
	assert_int_equal(dns_chaos_inject(&s.task, NULL), -ERR_BUSY);
	assert_string_equal(deeds, "?chaos/wrong ?ns/p/u");
	stage_clear(&s);
}

/* The pods of the other key are asked for once, however many records want them. */
static void test_target(void **state)
{
	autojson json_t *addresses = json_object();
	struct stage s;

	(void)state;
	stage_set(&s);
	json_decref(s.spec);
	s.task.spec = s.spec = json_pack("{s:s,s:{s:s},s:{},s:s}", "action", "loss", "loss", "loss",
		"5", "target", "direction", "to");
	json_decref(s.object);
	s.task.object = s.object = json_pack("{s:{s:{s:[{s:s,s:s},{s:s,s:s,s:s}]}}}", "status",
		"experiment", "containerRecords", "id", "ns/p", "selectorKey", KEY_SELF, "id",
		"ns/q", "selectorKey", KEY_TARGET, "podUID", "u");
	s.task.addresses = addresses;
	for (unsigned i = 0; i < 2; i++) {
		*deeds = '\0';
		asked = 0;
		assert_int_equal(node_task_inject(&s.task, NULL), 0);
		assert_string_equal(deeds, "+a");
		assert_string_equal(peers, "10.0.0.1,fd00::1");
		assert_int_equal(asked, i == 0 ? 2 : 1);
	}
	s.task.key = KEY_TARGET;
	*deeds = '\0';
	assert_int_equal(node_task_inject(&s.task, NULL), 0);
	assert_non_null(strstr(s.task.said, "nothing"));
	assert_int_equal(node_task_recover(&s.task, NULL), 0);
	assert_string_equal(deeds, "");
	stage_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken_back),
		cmocka_unit_test(test_without_a_name),
		cmocka_unit_test(test_others_wait),
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_dns_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
