/* Ids, registrations, orders on the wire, proofs and what heartbeats change. */
#include "box/fleet/fleet.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/sign.h"
#include "box/fleet/order.h"
#include "box/net/client.h"
#include "box/net/mailbox.h"
#include "box/net/topic.h"
#include "box/store/account.h"
#include "box/store/db.h"

static void ids_are_the_protocols(void **state)
{
	char cid[33];

	(void)state;
	fleet_host_cid("1234567890", "default", "10.0.0.5", 0, "node-a", cid);
	assert_string_equal(cid, "7d77ece04905ccdf93e3f9234c404944");
	fleet_pod_cid("1234567890", "default", "6f1c2d3e-0000-4000-8000-000000000001", cid);
	assert_string_equal(cid, "a25dd38e5d2315d164ff98e8491bd624");
}

static void orders_are_signed_for_all_agents(void **state)
{
	/* The worked example of the protocol, with its secret and its ts. */
	struct device d = { .private_ip = "10.0.0.5", .port = 19527 };
	autojson json_t *params = json_pack(
		"{s:s}", "cmd", "create cpu fullload --cpu-percent '60' --timeout '905'");
	struct err e = { 0 };
	char *form = NULL;

	(void)state;
	assert_int_equal(
		order_encode(&d, params, "0123", "1234567890", 1719820800000, &form, &e), 0);
	assert_ptr_equal(strstr(form, "body=%7B%22headers%22%3A"), form);
	assert_non_null(strstr(form,
		"NzY3MmE2YTk3M2Q1NzM3ZWZhZjk4Y2RmMmQwY2M5ZTdjZTkwYzc2NjZjMDg1OGRjNzg5YTE0OTZlZWMzZWI"
		"wYw%3D%3D"));
	assert_non_null(strstr(form, "%27905%27"));
	assert_null(strchr(form, ' '));
	assert_null(strstr(form, "cid"));
	free(form);
	snprintf(d.configuration_id, sizeof(d.configuration_id), "c1");
	assert_int_equal(
		order_encode(&d, params, "0123", "1234567890", 1719820800000, &form, &e), 0);
	assert_non_null(strstr(form, "%22cid%22%3A%22c1%22"));
	free(form);
}

static void answers_are_read_in_any_case(void **state)
{
	static const struct {
		const char *text;
		int r, code;
		bool success;
	} rows[] = {
		{ "{\"Code\":200,\"Success\":true,\"Result\":\"ab\",\"Error\":\"\"}", 0, 200,
			true },
		{ "{\"code\":54000,\"success\":false,\"error\":\"no\"}", 0, 54000, false },
		{ "{\"code\":200}", 0, 200, true },
		{ "handle ping request err, x", -ERR_PROTOCOL, 0, false },
		{ "{\"result\":1}", -ERR_PROTOCOL, 0, false },
		{ "", -ERR_PROTOCOL, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		autojson json_t *owner = NULL;
		struct agent_reply reply = { 0 };
		int r = order_decode(rows[i].text, strlen(rows[i].text), &reply, &owner, NULL);

		assert_int_equal(r, rows[i].r);
		assert_int_equal(reply.code, rows[i].code);
		assert_int_equal(reply.success, rows[i].success);
	}
}

/* A fleet on a store of its own. */
struct world {
	char path[64];
	struct event_base *base;
	struct mailbox *mailbox;
	struct client *client;
	struct topics *topics;
	struct db *db;
	struct fleet *fleet;
	struct user user;
	struct user_secret secret;
};

static struct fleet *fleet_of(struct world *w)
{
	struct fleet_options options = {
		.base = w->base,
		.mailbox = w->mailbox,
		.client = w->client,
		.db = w->db,
		.db_path = w->path,
		.topics = w->topics,
		.lost_ms = 20000,
	};
	struct fleet *fleet = NULL;

	assert_int_equal(fleet_new(&options, &fleet, NULL), 0);
	return fleet;
}

static int set_up(void **state)
{
	static struct world w;
	struct client_limits limits = { 4, 4, 4096 };

	memset(&w, 0, sizeof(w));
	snprintf(w.path, sizeof(w.path), "/tmp/gale-fleet-test-%d.db", (int)getpid());
	w.base = event_base_new();
	assert_int_equal(mailbox_new(w.base, &w.mailbox, NULL), 0);
	assert_int_equal(client_new(w.base, &limits, &w.client, NULL), 0);
	assert_int_equal(topics_new(&w.topics, NULL), 0);
	assert_int_equal(db_open(w.path, &w.db, NULL), 0);
	assert_int_equal(db_migrate(w.db, 1, NULL), 0);
	snprintf(w.user.user_id, sizeof(w.user.user_id), "1234567890");
	snprintf(w.user.name, sizeof(w.user.name), "anna");
	snprintf(w.user.license, sizeof(w.user.license), "0123456789abcdef0123456789abcdef");
	snprintf(w.secret.secret_key, sizeof(w.secret.secret_key), "1234567890");
	assert_int_equal(store_user_add(w.db, &w.user, &w.secret, false, 1, NULL), 0);
	w.fleet = fleet_of(&w);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	char side[80];

	fleet_free(w->fleet);
	db_close(w->db);
	topics_free(w->topics);
	client_free(w->client);
	mailbox_free(w->mailbox);
	event_base_free(w->base);
	unlink(w->path);
	snprintf(side, sizeof(side), "%s-wal", w->path);
	unlink(side);
	snprintf(side, sizeof(side), "%s-shm", w->path);
	unlink(side);
	return 0;
}

static struct device registered(struct world *w, const char *port)
{
	autojson json_t *body = json_pack("{s:s,s:s,s:s,s:s}", "ip", "10.0.0.5", "port", port,
		"deviceId", "node-a", "memSize", "16266264.000000");
	struct device d;

	assert_int_equal(fleet_read_registration(body, &d, NULL), 0);
	assert_int_equal(
		fleet_register(w->fleet, w->db, &w->user, &w->secret, &d, clock_wall_ms(), NULL),
		0);
	return d;
}

static void a_neighbour_gets_its_own_id(void **state)
{
	struct world *w = *state;
	struct device first = registered(w, "19527"), again = registered(w, "19527");
	struct device second = registered(w, "19528"), second_again = registered(w, "19528");

	assert_string_equal(first.configuration_id, "7d77ece04905ccdf93e3f9234c404944");
	assert_int_equal(first.mem_mb, 15885);
	assert_string_equal(again.configuration_id, first.configuration_id);
	assert_string_not_equal(second.configuration_id, first.configuration_id);
	assert_string_equal(second_again.configuration_id, second.configuration_id);
}

static enum fleet_proof prove(struct world *w, const char *cid, const char *ts, const char *sn)
{
	autojson json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "FR", "C", "cid",
		cid, "ak", w->user.license, "appGroup", "shop-group", "appInstance", "shop", "port",
		"19527", "ts", ts, "sn", sn);
	struct fleet_caller caller;

	/* The clock stands at the ts of the worked example. */
	return fleet_prove(w->fleet, body, 1719820800000, &caller);
}

static void callbacks_are_proven(void **state)
{
	static const char good[] =
		"Y2U2NTE2YmQ5M2UxYzBmMjMxMzMyNmQ4YjgzM2YwNDE0ZDA1YTFlODI2MGM4MGMy"
		"NDI4ZWNhMDk4Mzk5ZGEyNA==";
	struct world *w = *state;
	const char *cid = "7d77ece04905ccdf93e3f9234c404944";

	assert_int_equal(prove(w, cid, "1719820800000000", good), FLEET_UNKNOWN);
	registered(w, "19527");
	assert_int_equal(prove(w, cid, "1719820800000000", good), FLEET_PROVEN);
	assert_int_equal(prove(w, cid, "1719820800000001", good), FLEET_FORGED);
	assert_int_equal(prove(w, cid, "1719820800000000", "x"), FLEET_FORGED);
	w->user.license[0] = 'f';
	assert_int_equal(prove(w, cid, "1719820800000000", good), FLEET_FORGED);
}

static void beats_reach_the_store(void **state)
{
	struct world *w = *state;
	struct device d = registered(w, "19527"), found;
	struct fleet_count count;

	fleet_heartbeat(
		w->fleet, d.configuration_id, "2.0", "1.9", "192.0.2.1", d.last_ping_ms + 5);
	fleet_heartbeat(w->fleet, d.configuration_id, "2.0", "1.9", "not one", d.last_ping_ms + 9);
	fleet_refresh(w->fleet, &d);
	assert_string_equal(d.public_ip, "192.0.2.1");
	fleet_goodbye(w->fleet, d.configuration_id, d.last_ping_ms + 10);
	fleet_free(w->fleet);
	assert_int_equal(store_device_find(w->db, w->user.id, d.configuration_id, &found, NULL), 0);
	assert_int_equal(found.status, DEVICE_WAIT_INSTALL);
	assert_string_equal(found.version, "2.0");
	assert_string_equal(found.public_ip, "192.0.2.1");
	assert_string_equal(found.app_name, "chaos-default-app");
	assert_int_equal(store_device_find(w->db, w->user.id + 1, d.configuration_id, &found, NULL),
		-ERR_NOTFOUND);
	w->fleet = fleet_of(w);
	fleet_counts(w->fleet, &count);
	assert_int_equal(count.agents, 1);
	assert_int_equal(count.online, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_the_protocols),
		cmocka_unit_test(orders_are_signed_for_all_agents),
		cmocka_unit_test(answers_are_read_in_any_case),
		cmocka_unit_test_setup_teardown(a_neighbour_gets_its_own_id, set_up, tear_down),
		cmocka_unit_test_setup_teardown(callbacks_are_proven, set_up, tear_down),
		cmocka_unit_test_setup_teardown(beats_reach_the_store, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
