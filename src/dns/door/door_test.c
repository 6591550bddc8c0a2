/* What Chaos Mesh sets and cancels, and what the operator wants, as clients of the DNS feel it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "dns/door/mesh.h"
#include "dns/door/mesh.pb-c.h"
#include "dns/door/sync.h"
#include "grpc/header.h"

struct doors {
	struct book *book;
	struct book_reader *reader;
	struct mesh mesh;
	struct sync sync;
	struct err e;
};

static int setup(void **state)
{
	struct doors *d = calloc(1, sizeof(*d));

	assert_int_equal(book_open(NULL, &d->book, &d->e), 0);
	assert_int_equal(book_reader_new(d->book, &d->reader, &d->e), 0);
	d->mesh = (struct mesh){ d->book, 60000 };
	sync_init(&d->sync, d->book);
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct doors *d = *state;

	sync_done(&d->sync);
	book_reader_free(d->reader);
	book_close(d->book);
	free(d);
	return 0;
}

/* --- calls ------------------------------------------------------------------------------------ */

/* As the server does it: the message is unpacked from its bytes. */
static int call(struct doors *d, const struct grpc_method *methods, const char *path,
	const ProtobufCMessage *in, ProtobufCMessage **ret)
{
	void *ctx = methods == mesh_methods ? (void *)&d->mesh : (void *)&d->sync;
	const struct grpc_peer peer = { .tls = true, .name = "operator" };
	autobuf struct buf reply = BUF_INIT(1 << 20);
	autoarena struct arena arena;
	struct grpc_call c = { .ctx = ctx, .peer = &peer, .arena = &arena, .reply = &reply };
	const struct grpc_method *m = methods;
	uint8_t bytes[4096];
	ProtobufCMessage *message;
	int r;

	while (!str_eq(m->path, path))
		m++;
	assert_true(protobuf_c_message_get_packed_size(in) < sizeof(bytes));
	arena_init(&arena, 1 << 20);
	message = protobuf_c_message_unpack(
		m->in, &arena.allocator, protobuf_c_message_pack(in, bytes), bytes);
	assert_non_null(message);
	r = m->run(&c, message, &d->e);
	if (r == 0 && ret)
		*ret = protobuf_c_message_unpack(
			in->descriptor == &gale__dns__v1__sync_request__descriptor
				? &gale__dns__v1__sync_response__descriptor
				: &gale__dns__v1__state__descriptor,
			NULL, reply.len - 5, (uint8_t *)reply.data + 5);
	return r;
}

struct set {
	const char *name, *action, *pods[4], *patterns[4], *maps[4]; /* maps: ip, domain, ... */
	const char *scope;
};

static int set(struct doors *d, const struct set *s)
{
	Pb__SetDNSChaosRequest in = PB__SET_DNSCHAOS_REQUEST__INIT;
	Pb__Pod pods[4], *pod_list[4];
	Pb__IpDomainMap maps[2], *map_list[2];

	in.name = (char *)s->name;
	in.action = (char *)s->action;
	in.scope = (char *)(s->scope ? s->scope : "");
	in.pods = pod_list;
	in.patterns = (char **)s->patterns;
	in.ipdomainmaps = map_list;
	while (in.n_patterns < 4 && s->patterns[in.n_patterns])
		in.n_patterns++;
	for (; in.n_pods < 4 && s->pods[in.n_pods]; in.n_pods++) {
		pb__pod__init(&pods[in.n_pods]);
		pods[in.n_pods].namespace_ = (char *)"ns";
		pods[in.n_pods].name = (char *)s->pods[in.n_pods];
		pod_list[in.n_pods] = &pods[in.n_pods];
	}
	for (; in.n_ipdomainmaps < 2 && s->maps[2 * in.n_ipdomainmaps]; in.n_ipdomainmaps++) {
		Pb__IpDomainMap *map = &maps[in.n_ipdomainmaps];

		pb__ip_domain_map__init(map);
		map->ip = (char *)s->maps[2 * in.n_ipdomainmaps];
		map->domain = (char *)s->maps[2 * in.n_ipdomainmaps + 1];
		map_list[in.n_ipdomainmaps] = map;
	}
	return call(d, mesh_methods, "/pb.DNS/SetDNSChaos", &in.base, NULL);
}

#define SET(d, ...) set(d, &(struct set){ __VA_ARGS__ })

static int cancel(struct doors *d, const char *name)
{
	Pb__CancelDNSChaosRequest in = PB__CANCEL_DNSCHAOS_REQUEST__INIT;

	in.name = (char *)name;
	return call(d, mesh_methods, "/chaos_dns.DNS/CancelDNSChaos", &in.base, NULL);
}

/* --- clients ---------------------------------------------------------------------------------- */

static struct dns_address address(uint8_t last)
{
	return (struct dns_address){ { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = last } };
}

static void pod(struct doors *d, const char *name, uint8_t last)
{
	struct dns_address at = address(last);
	struct book_pod p = { name, &at, 1 };

	assert_int_equal(book_pods(d->book, &p, 1, false, &d->e), 0);
}

/* What 10.0.0.last gets for the name. */
static enum dns_do asks(struct doors *d, uint8_t last, const char *text)
{
	uint8_t packet[512] = { 1, 1, 1, 0, 0, 1 };
	struct dns_address client = address(last);
	struct decision decision;
	struct dns_query q;
	size_t len = dns_name_wire(text, packet + DNS_HEADER) + DNS_HEADER;

	dns_set_u16(packet + len, DNS_A);
	dns_set_u16(packet + len + 2, DNS_IN);
	assert_int_equal(dns_query_parse(packet, len + 4, &q), 0);
	book_enter(d->reader);
	book_decide(d->reader, &client, &q, false, clock_boot_ms(), &decision);
	book_leave(d->reader);
	return decision.what;
}

/* --- Chaos Mesh's door ------------------------------------------------------------------------ */

static void faults_the_pod_alone(void **state)
{
	struct doors *d = *state;

	pod(d, "ns/p3", 3);
	pod(d, "ns/p4", 4);
	assert_int_equal(SET(d, "web", "error", { "p3" }, { "google.*", "bing.com" }), 0);
	assert_int_equal(asks(d, 3, "google.com"), DNS_DO_ERROR);
	assert_int_equal(asks(d, 3, "GooGle.COM"), DNS_DO_ERROR);
	assert_int_equal(asks(d, 3, "www.bing.com"), DNS_DO_NOTHING);
	assert_int_equal(asks(d, 4, "google.com"), DNS_DO_NOTHING);
	pod(d, "ns/p3", 33);
	assert_int_equal(asks(d, 3, "google.com"), DNS_DO_NOTHING);
	assert_int_equal(asks(d, 33, "google.com"), DNS_DO_ERROR);
	assert_int_equal(cancel(d, "web"), 0);
	assert_int_equal(asks(d, 33, "google.com"), DNS_DO_NOTHING);
	assert_int_equal(cancel(d, "web"), 0);
}

static void sets_add_up_under_a_name(void **state)
{
	struct doors *d = *state;

	pod(d, "ns/p3", 3);
	pod(d, "ns/p4", 4);
	assert_int_equal(SET(d, "web", "error", { "p3" }), 0);
	assert_int_equal(SET(d, "web", "random", { "p4" }), 0);
	assert_int_equal(asks(d, 3, "any.name"), DNS_DO_ERROR);
	assert_int_equal(asks(d, 4, "any.name"), DNS_DO_RANDOM);
	assert_int_equal(SET(d, "web", "random", { "p3" }), 0);
	assert_int_equal(asks(d, 3, "any.name"), DNS_DO_RANDOM);
	assert_int_equal(cancel(d, "web"), 0);
	assert_int_equal(asks(d, 3, "any.name"), DNS_DO_NOTHING);
	assert_int_equal(asks(d, 4, "any.name"), DNS_DO_NOTHING);
}

static void names_come_off_one_by_one(void **state)
{
	struct doors *d = *state;

	pod(d, "ns/p3", 3);
	assert_int_equal(SET(d, "first", "error", { "p3" }, { "a.com" }), 0);
	assert_int_equal(SET(d, "second", "random", { "p3" }, { "a.com", "b.com" }), 0);
	assert_int_equal(asks(d, 3, "a.com"), DNS_DO_RANDOM);
	assert_int_equal(cancel(d, "second"), 0);
	assert_int_equal(asks(d, 3, "a.com"), DNS_DO_ERROR);
	assert_int_equal(asks(d, 3, "b.com"), DNS_DO_NOTHING);
}

static void takes_duplicates(void **state)
{
	struct doors *d = *state;

	pod(d, "ns/p3", 3);
	assert_int_equal(
		SET(d, "web", "error", { "p3", "p3" }, { "a.com", "a.com", "A.com.", "b.*" }), 0);
	assert_int_equal(asks(d, 3, "a.com"), DNS_DO_ERROR);
	assert_int_equal(SET(d, "maps", "static", { "p3" }, { NULL },
				 { "1.2.3.4", "m.com", "1.2.3.4", "m.com" }),
		0);
	assert_int_equal(asks(d, 3, "m.com"), DNS_DO_STATIC);
}

static void maps_names(void **state)
{
	struct doors *d = *state;

	pod(d, "ns/p3", 3);
	assert_int_equal(SET(d, "web", "static", { "p3" }, { "a.*" },
				 { "1.2.3.4", "a.com", "1.2.3.5", "b.com" }),
		0);
	assert_int_equal(asks(d, 3, "a.com"), DNS_DO_STATIC);
	assert_int_equal(asks(d, 3, "b.com"), DNS_DO_NOTHING);
	assert_int_equal(SET(d, "web", "static", { "p3" }), -ERR_INVALID);
	assert_int_equal(asks(d, 3, "a.com"), DNS_DO_STATIC);
}

static void a_failure_changes_nothing(void **state)
{
	struct doors *d = *state;

	pod(d, "ns/p3", 3);
	assert_int_equal(SET(d, "web", "error", { "p3" }, { "a.com" }), 0);
	assert_int_equal(SET(d, "web", "random", { "p3", "gone" }), -ERR_NOTFOUND);
	assert_int_equal(SET(d, "web", "explode", { "p3" }), -ERR_INVALID);
	assert_int_equal(SET(d, "web", "", { "p3" }), -ERR_INVALID);
	assert_int_equal(SET(d, "web", "random", { "p3" }, { "[" }), -ERR_INVALID);
	assert_int_equal(SET(d, "web", "random", { "p3" }, .scope = "inner"), -ERR_INVALID);
	assert_int_equal(SET(d, "web", "random", { NULL }), -ERR_MISSING);
	assert_int_equal(SET(d, "", "random", { "p3" }), -ERR_MISSING);
	assert_int_equal(asks(d, 3, "a.com"), DNS_DO_ERROR);
	assert_int_equal(asks(d, 3, "b.com"), DNS_DO_NOTHING);
	assert_int_equal(cancel(d, "web"), 0);
	assert_int_equal(asks(d, 3, "a.com"), DNS_DO_NOTHING);
}

/* --- the operator's --------------------------------------------------------------------------- */

static Gale__Dns__V1__Experiment experiment(const char *uid, char **clients, char **patterns)
{
	Gale__Dns__V1__Experiment x = GALE__DNS__V1__EXPERIMENT__INIT;

	x.uid = (char *)uid;
	x.action = (char *)"nxdomain";
	x.clients = clients;
	x.n_clients = 1;
	x.patterns = patterns;
	x.n_patterns = 1;
	x.deadline_ms = clock_wall_ms() + 60000;
	return x;
}

static int sync_list(
	struct doors *d, const Gale__Dns__V1__SyncRequest *in, uint64_t *ret_generation)
{
	Gale__Dns__V1__SyncResponse *out = NULL;
	int r = call(
		d, sync_methods, "/gale.dns.v1.DNS/Sync", &in->base, (ProtobufCMessage **)&out);

	if (r == 0) {
		assert_string_equal(out->instance, d->sync.instance);
		*ret_generation = out->generation;
		gale__dns__v1__sync_response__free_unpacked(out, NULL);
	}
	return r;
}

static void syncs_the_whole(void **state)
{
	struct doors *d = *state;
	char *client = (char *)"ns/p3", *pattern = (char *)"a.com", *at = (char *)"10.0.0.3";
	Gale__Dns__V1__Experiment one = experiment("one", &client, &pattern);
	Gale__Dns__V1__Experiment two = experiment("two", &client, &pattern);
	Gale__Dns__V1__Experiment *list[] = { &one, &two };
	Gale__Dns__V1__Pod p = GALE__DNS__V1__POD__INIT, *pods[] = { &p };
	Gale__Dns__V1__SyncRequest in = GALE__DNS__V1__SYNC_REQUEST__INIT;
	uint64_t g;

	p.namespace_ = (char *)"ns";
	p.name = (char *)"p3";
	p.addresses = &at;
	p.n_addresses = 1;
	in.experiments = list;
	in.n_experiments = 2;
	in.pods = pods;
	in.n_pods = 1;
	in.revision = 5;
	two.action = (char *)"drop";
	assert_int_equal(sync_list(d, &in, &g), 0);
	assert_int_equal(g, 1);
	assert_int_equal(sync_list(d, &in, &g), 0);
	assert_int_equal(g, 1);
	assert_int_equal(asks(d, 3, "a.com"), DNS_DO_DROP);
	in.n_experiments = 1;
	assert_int_equal(sync_list(d, &in, &g), 0);
	assert_int_equal(g, 2);
	assert_int_equal(asks(d, 3, "a.com"), DNS_DO_ERROR);
	at = (char *)"10.0.0.9";
	assert_int_equal(sync_list(d, &in, &g), 0);
	assert_int_equal(asks(d, 3, "a.com"), DNS_DO_NOTHING);
	assert_int_equal(asks(d, 9, "a.com"), DNS_DO_ERROR);
	in.n_pods = 0;
	assert_int_equal(sync_list(d, &in, &g), 0);
	assert_int_equal(asks(d, 9, "a.com"), DNS_DO_NOTHING);
	in.revision = 4;
	assert_int_equal(sync_list(d, &in, &g), -ERR_CONFLICT);
	in.revision = 6;
	one.deadline_ms = 1;
	assert_int_equal(sync_list(d, &in, &g), 0);
	assert_int_equal(g, 5);
}

static void sync_refuses(void **state)
{
	struct doors *d = *state;
	char *client = (char *)"10.0.0.3", *pattern = (char *)"a.com";
	Gale__Dns__V1__Experiment x = experiment("one", &client, &pattern), y;
	Gale__Dns__V1__Experiment *list[] = { &x, &y };
	Gale__Dns__V1__SyncRequest in = GALE__DNS__V1__SYNC_REQUEST__INIT;
	uint64_t g;

	in.experiments = list;
	in.n_experiments = 1;
	assert_int_equal(sync_list(d, &in, &g), 0);
	in.n_experiments = 2;
	y = x;
	assert_int_equal(sync_list(d, &in, &g), -ERR_INVALID); /* the same uid */
	y = experiment("", &client, &pattern);
	assert_int_equal(sync_list(d, &in, &g), -ERR_INVALID);
	y = experiment("y", &client, &pattern);
	y.deadline_ms = 0;
	assert_int_equal(sync_list(d, &in, &g), -ERR_MISSING);
	y.forever = true;
	y.n_patterns = 0;
	assert_int_equal(sync_list(d, &in, &g), -ERR_MISSING);
	y.n_patterns = 1;
	y.n_clients = 0;
	assert_int_equal(sync_list(d, &in, &g), -ERR_MISSING);
	y.n_clients = 1;
	y.action = (char *)"explode";
	assert_int_equal(sync_list(d, &in, &g), -ERR_INVALID);
	y.action = (char *)"drop";
	y.percent = 101;
	assert_int_equal(sync_list(d, &in, &g), -ERR_INVALID);
	assert_int_equal(asks(d, 3, "a.com"), DNS_DO_ERROR);
	y.percent = 100;
	assert_int_equal(sync_list(d, &in, &g), 0);
	assert_int_equal(g, 2);
	assert_int_equal(asks(d, 3, "a.com"), DNS_DO_DROP);
}

static void tells_what_stands(void **state)
{
	struct doors *d = *state;
	char *client = (char *)"10.0.0.0/8", *pattern = (char *)"a.com";
	Gale__Dns__V1__Experiment x = experiment("one", &client, &pattern), *list[] = { &x };
	Gale__Dns__V1__SyncRequest in = GALE__DNS__V1__SYNC_REQUEST__INIT;
	Gale__Dns__V1__GetStateRequest query = GALE__DNS__V1__GET_STATE_REQUEST__INIT;
	Gale__Dns__V1__State *out = NULL;
	uint64_t g;

	x.optional_ttl_case = GALE__DNS__V1__EXPERIMENT__OPTIONAL_TTL_TTL;
	x.ttl = 7;
	x.percent = 100;
	in.experiments = list;
	in.n_experiments = 1;
	in.owner = (char *)"me";
	assert_int_equal(sync_list(d, &in, &g), 0);
	asks(d, 3, "a.com");
	asks(d, 3, "b.com");
	pod(d, "ns/p3", 3);
	assert_int_equal(SET(d, "web", "error", { "p3" }), 0);
	query.owner = (char *)"me";
	assert_int_equal(call(d, sync_methods, "/gale.dns.v1.DNS/GetState", &query.base,
				 (ProtobufCMessage **)&out),
		0);
	assert_int_equal(out->n_experiments, 1);
	assert_string_equal(out->experiments[0]->door, "sync");
	assert_string_equal(out->experiments[0]->owner, "me");
	assert_string_equal(out->experiments[0]->experiment->uid, "one");
	assert_string_equal(out->experiments[0]->experiment->clients[0], client);
	assert_string_equal(out->experiments[0]->experiment->patterns[0], pattern);
	assert_int_equal(out->experiments[0]->experiment->ttl, 7);
	assert_int_equal(out->experiments[0]->asked, 1);
	assert_int_equal(out->experiments[0]->applied, 1);
	gale__dns__v1__state__free_unpacked(out, NULL);
	query.owner = (char *)"";
	query.brief = true;
	assert_int_equal(call(d, sync_methods, "/gale.dns.v1.DNS/GetState", &query.base,
				 (ProtobufCMessage **)&out),
		0);
	assert_int_equal(out->n_experiments, 2);
	assert_int_equal(out->experiments[1]->experiment->n_clients, 0);
	assert_string_equal(out->experiments[1]->part, "ns/p3");
	gale__dns__v1__state__free_unpacked(out, NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(faults_the_pod_alone),
		TEST(sets_add_up_under_a_name),
		TEST(names_come_off_one_by_one),
		TEST(takes_duplicates),
		TEST(maps_names),
		TEST(a_failure_changes_nothing),
		TEST(syncs_the_whole),
		TEST(sync_refuses),
		TEST(tells_what_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
