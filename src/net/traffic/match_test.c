/* The selection, run by the kernel on frames made here (BPF_PROG_TEST_RUN). */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "net/traffic/live.h"
#include "net/traffic/traffic.h"

struct packet {
	const char *to;
	int protocol; /* of IPv4's numbering; 1 is ICMP in both */
	int local, remote;
	bool fragment;	/* a later one */
	bool extension; /* IPv6: a hop-by-hop header before the rest */
	int icmp_type;
	const char *from; /* NULL: the address of zeroes */
	bool arp;
};

/* An address at the place of the sender or the receiver of a header, or none. */
static void put(const char *address, uint8_t *sender, uint8_t *receiver, bool is_sender)
{
	if (address != NULL)
		assert_int_equal(inet_pton(strchr(address, ':') ? AF_INET6 : AF_INET, address,
					 is_sender ? sender : receiver),
			1);
}

static void put_ends(const struct packet *p, uint8_t *sender, uint8_t *receiver, bool incoming)
{
	put(p->to, sender, receiver, incoming);
	put(p->from, sender, receiver, !incoming);
}

/* Its end. */
static uint8_t *put_v6(const struct packet *p, bool incoming, uint8_t *h)
{
	int next = p->protocol == IPPROTO_ICMP ? IPPROTO_ICMPV6 : p->protocol;

	h[0] = 0x60;
	h[6] = (uint8_t)(p->extension ? 0 : next);
	put_ends(p, h + 8, h + 24, incoming);
	if (!p->extension)
		return h + 40;
	h[40] = (uint8_t)next;
	return h + 48;
}

static uint8_t *put_v4(const struct packet *p, bool incoming, uint8_t *h)
{
	h[0] = 0x45;
	h[6] = p->fragment ? 0x01 : 0;
	h[9] = (uint8_t)p->protocol;
	put_ends(p, h + 12, h + 16, incoming);
	return h + 20;
}

/* incoming: the answer to it, from where it goes to. */
static size_t build(const struct packet *p, bool incoming, uint8_t ret[static 100])
{
	int local = incoming ? p->remote : p->local, remote = incoming ? p->local : p->remote;
	bool v6 = strchr(p->to, ':') != NULL;
	uint8_t *at = ret + 14;

	memset(ret, 0, 100);
	ret[12] = v6 ? 0x86 : 0x08;
	ret[13] = v6 ? 0xdd : p->arp ? 0x06 : 0x00;
	if (p->arp) {
		put_ends(p, at + 14, at + 24, incoming);
		return 14 + 28;
	}
	at = (v6 ? put_v6 : put_v4)(p, incoming, at);
	if (p->protocol == IPPROTO_ICMP) {
		at[0] = (uint8_t)p->icmp_type;
	} else {
		at[0] = (uint8_t)(local >> 8);
		at[1] = (uint8_t)local;
		at[2] = (uint8_t)(remote >> 8);
		at[3] = (uint8_t)remote;
	}
	return (size_t)(at - ret) + 20;
}

static bool selects(const struct traffic *t, const struct packet *p)
{
	autobpf struct bpf_code c = { 0 };
	autoclose int fd = -1;
	struct err e = { 0 };
	uint8_t frame[100];
	uint32_t got = 99;
	int hit = bpf_label(&c), miss = bpf_label(&c), r;

	bpf_alu_reg(&c, BPF_MOV, BPF_REG_6, BPF_REG_1);
	traffic_match(&c, t, hit, miss);
	bpf_here(&c, hit);
	bpf_alu_imm(&c, BPF_MOV, BPF_REG_0, 1);
	bpf_exit(&c);
	bpf_here(&c, miss);
	bpf_alu_imm(&c, BPF_MOV, BPF_REG_0, 0);
	bpf_exit(&c);
	r = bpf_load(&c, "gale_test", &fd, &e);
	if (r == -ERR_DENIED)
		skip();
	if (r < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(bpf_try(fd, frame, build(p, t->incoming, frame), 0, &got, &e), 0);
	return got == 1;
}

/* What is in the set, and what selects by it. */
static void test_sets(void **state)
{
	static char db[] = "db", me[] = "me";
	static struct range others = { 1, 2 };
	struct traffic t = { 0 };
	struct packet to4 = { "10.0.0.5", IPPROTO_TCP, 40000, 80, .from = "10.0.0.1" };
	struct packet to6 = { "fd00::5", IPPROTO_UDP, 40000, 53, .from = "fd00::1" };
	struct packet ping = { "10.0.0.5", IPPROTO_ICMP, .icmp_type = 8 };
	struct live_key peer4 = live_address(
		LIVE_DESTINATION, AF_INET, (const uint8_t[]){ 10, 0, 0, 5 });
	struct live_key key, peer6;
	uint8_t bytes[16];
	struct err e = { 0 };

	(void)state;
	inet_pton(AF_INET6, "fd00::5", bytes);
	peer6 = live_address(LIVE_DESTINATION, AF_INET6, bytes);
	if (live_open(&t.found.set, &e) == -ERR_DENIED)
		skip();
	for (int incoming = 0; incoming <= 1; incoming++) {
		t.incoming = incoming;
		/* Names. */
		t.destination_ip.names = db;
		assert_false(selects(&t, &to4) || selects(&t, &to6));
		assert_int_equal(live_add(t.found.set, &peer4, &e), 0);
		assert_true(selects(&t, &to4) && selects(&t, &ping));
		assert_false(selects(&t, &to6));
		assert_int_equal(live_add(t.found.set, &peer6, &e), 0);
		assert_true(selects(&t, &to6));
		assert_int_equal(live_remove(t.found.set, &peer4, &e), 0);
		assert_int_equal(live_remove(t.found.set, &peer6, &e), 0);
		assert_int_equal(live_remove(t.found.set, &peer6, &e), 0);
		assert_false(selects(&t, &to6));
		t.destination_ip.names = NULL;
		t.exclude_source_ip.names = me;
		key = live_address(LIVE_EXCLUDE_SOURCE, AF_INET, (const uint8_t[]){ 10, 0, 0, 1 });
		assert_int_equal(live_add(t.found.set, &key, &e), 0);
		assert_true(selects(&t, &to6) && !selects(&t, &to4));
		assert_int_equal(live_remove(t.found.set, &key, &e), 0);
		t.exclude_source_ip.names = NULL;
		/* Connections that are left alone: by either port. */
		t.found.exempts = true;
		key = peer4;
		key.kind = LIVE_EXEMPT;
		key.local_port = 40000;
		assert_true(selects(&t, &to4));
		assert_int_equal(live_add(t.found.set, &key, &e), 0);
		assert_true(selects(&t, &to6) && selects(&t, &ping) && !selects(&t, &to4));
		assert_int_equal(live_remove(t.found.set, &key, &e), 0);
		key.local_port = 0;
		key.remote_port = 80;
		assert_int_equal(live_add(t.found.set, &key, &e), 0);
		assert_true(selects(&t, &to6) && !selects(&t, &to4));
		assert_int_equal(live_remove(t.found.set, &key, &e), 0);
		t.found.exempts = false;
		/* Sockets: connected, and by their own port alone. */
		t.found.sockets = true;
		key = peer6;
		key.kind = LIVE_SOCKET;
		key.protocol = IPPROTO_UDP;
		key.local_port = 40000;
		key.remote_port = 53;
		assert_false(selects(&t, &to6));
		assert_int_equal(live_add(t.found.set, &key, &e), 0);
		assert_true(selects(&t, &to6));
		assert_false(selects(&t, &to4) || selects(&t, &ping));
		to6.local++;
		assert_false(selects(&t, &to6));
		to6.local--;
		t.local_port = (struct ranges){ &others, 1 };
		assert_false(selects(&t, &to6));
		t.local_port.n = 0;
		assert_int_equal(live_remove(t.found.set, &key, &e), 0);
		key = (struct live_key){ LIVE_SOCKET, IPPROTO_TCP, 40000 };
		assert_int_equal(live_add(t.found.set, &key, &e), 0);
		assert_true(selects(&t, &to4));
		assert_false(selects(&t, &to6));
		assert_int_equal(live_remove(t.found.set, &key, &e), 0);
		t.found.sockets = false;
	}
	close(t.found.set);
	/* A set that is gone: nobody is meant by it. */
	t.found.set = 0;
	t.destination_ip.names = db;
	assert_false(selects(&t, &to4));
}

static void test_included(void **state)
{
	static char with_arp[] = "arp", with_ndp[] = "ndp,control", tcp[] = "tcp";
	struct traffic t = { .include = with_arp };
	struct packet arp = { "10.0.0.5", .arp = true, .from = "10.0.0.1" };
	struct packet solicit = { "fd00::5", IPPROTO_ICMP, .icmp_type = 135 };

	(void)state;
	for (int incoming = 0; incoming <= 1; incoming++) {
		t.incoming = incoming;
		assert_true(selects(&t, &arp));
		assert_false(selects(&t, &solicit));
		nets_parse("10.0.0.5", &t.destination_ip, NULL);
		assert_true(selects(&t, &arp));
		nets_free(&t.destination_ip);
		nets_parse("10.0.0.6", &t.destination_ip, NULL);
		assert_false(selects(&t, &arp));
		nets_free(&t.destination_ip);
		t.protocol = tcp;
		assert_false(selects(&t, &arp));
		t.protocol = NULL;
		t.include = with_ndp;
		assert_true(selects(&t, &solicit));
		assert_false(selects(&t, &arp));
		t.include = with_arp;
	}
}

static struct traffic made(const char *to, const char *not_to, const char *local,
	const char *remote, const char *not_port, const char *protocol)
{
	struct traffic t = { .protocol = (char *)protocol };

	assert_true(!to || nets_parse(to, &t.destination_ip, NULL) == 0);
	assert_true(!not_to || nets_parse(not_to, &t.exclude_ip, NULL) == 0);
	assert_true(!local || ranges_parse(local, 1, 65535, &t.local_port, NULL) == 0);
	assert_true(!remote || ranges_parse(remote, 1, 65535, &t.remote_port, NULL) == 0);
	assert_true(!not_port || ranges_parse(not_port, 1, 65535, &t.exclude_port, NULL) == 0);
	return t;
}

static void done(struct traffic *t)
{
	nets_free(&t->destination_ip);
	nets_free(&t->exclude_ip);
	ranges_free(&t->local_port);
	ranges_free(&t->remote_port);
	ranges_free(&t->exclude_port);
}

struct row {
	bool wanted;
	const char *to, *not_to, *local, *remote, *not_port, *protocol;
	struct packet packet;
};

static const struct row rows[] = {
	/* Nothing given: all IP, but for neighbour discovery. */
	{ true, .packet = { "10.0.0.5", IPPROTO_UDP, 1000, 53 } },
	{ true, .packet = { "fd00::5", IPPROTO_TCP, 1000, 80 } },
	{ true, .packet = { "fd00::5", IPPROTO_ICMP, .icmp_type = 128 } },
	{ false, .packet = { "fd00::5", IPPROTO_ICMP, .icmp_type = 135 } },
	{ false, .packet = { "ff02::1", IPPROTO_ICMP, .icmp_type = 136, .extension = true } },
	{ true, .packet = { "10.0.0.5", IPPROTO_ICMP, .icmp_type = 135 } },
	/* Destinations. */
	{ true, "10.0.0.0/8", .packet = { "10.200.0.5", IPPROTO_TCP } },
	{ false, "10.0.0.0/8", .packet = { "11.0.0.5", IPPROTO_TCP } },
	{ false, "10.0.0.0/8", .packet = { "fd00::5", IPPROTO_TCP } },
	{ true, "0.0.0.0/0", .packet = { "200.0.0.1", IPPROTO_TCP } },
	{ true, "200.1.2.3", .packet = { "200.1.2.3", IPPROTO_TCP } },
	{ false, "200.1.2.3", .packet = { "200.1.2.2", IPPROTO_TCP } },
	{ true, "fd00::/16,10.0.0.1", .packet = { "fd00:ffff::1", IPPROTO_TCP } },
	{ true, "fd00:1:2:3:4000::/66", .packet = { "fd00:1:2:3:7fff::1", IPPROTO_TCP } },
	{ false, "fd00:1:2:3:4000::/66", .packet = { "fd00:1:2:3:8000::1", IPPROTO_TCP } },
	{ false, "fd00::5", .packet = { "fd00::6", IPPROTO_TCP } },
	{ true, "::/0", .packet = { "fd00::6", IPPROTO_TCP } },
	{ false, "10.0.0.0/8", "10.0.0.5", .packet = { "10.0.0.5", IPPROTO_TCP } },
	{ true, "10.0.0.0/8", "10.0.0.5", .packet = { "10.0.0.6", IPPROTO_TCP } },
	{ false, NULL, "fd00::/8", .packet = { "fd00::6", IPPROTO_TCP } },
	/* Ports: local or remote, and not the excluded ones. */
	{ true, .local = "80,8000-8080", .packet = { "10.0.0.5", IPPROTO_TCP, 8080, 5 } },
	{ false, .local = "80,8000-8080", .packet = { "10.0.0.5", IPPROTO_TCP, 8081, 5 } },
	{ false, .local = "80", .packet = { "10.0.0.5", IPPROTO_TCP, 5, 80 } },
	{ true, .local = "80", .remote = "81", .packet = { "10.0.0.5", IPPROTO_UDP, 5, 81 } },
	{ true, .remote = "65535", .packet = { "fd00::1", IPPROTO_UDP, 5, 65535 } },
	{ true, .remote = "53", .packet = { "fd00::1", IPPROTO_UDP, 5, 53, .extension = true } },
	{ false, .remote = "53", .packet = { "fd00::1", IPPROTO_ICMP, .icmp_type = 128 } },
	{ false, .remote = "53", .packet = { "10.0.0.1", IPPROTO_UDP, 5, 53, .fragment = true } },
	{ true, .packet = { "10.0.0.1", IPPROTO_UDP, 5, 53, .fragment = true } },
	{ false, .not_port = "22", .packet = { "10.0.0.1", IPPROTO_TCP, 22, 5555 } },
	{ false, .not_port = "22", .packet = { "10.0.0.1", IPPROTO_TCP, 5555, 22 } },
	{ true, .not_port = "22", .packet = { "10.0.0.1", IPPROTO_TCP, 5555, 23 } },
	{ true, .not_port = "22", .packet = { "10.0.0.1", IPPROTO_ICMP, .icmp_type = 8 } },
	/* Protocols, alone and with excludes only. */
	{ true, .protocol = "icmp", .packet = { "fd00::1", IPPROTO_ICMP, .icmp_type = 128 } },
	{ true, .protocol = "icmp", .packet = { "10.0.0.1", IPPROTO_ICMP, .icmp_type = 8 } },
	{ false, .protocol = "icmp", .packet = { "10.0.0.1", IPPROTO_TCP, 1, 2 } },
	{ true, .protocol = "udp", .not_port = "22", .packet = { "10.0.0.1", IPPROTO_UDP, 1, 2 } },
	{ false, .protocol = "udp", .not_port = "22", .packet = { "10.0.0.1", IPPROTO_TCP, 1, 2 } },
	{ true, .protocol = "icmp,udp", .packet = { "10.0.0.1", IPPROTO_UDP, 1, 2 } },
	{ true, .protocol = "icmp,udp", .packet = { "fd00::1", IPPROTO_ICMP, .icmp_type = 128 } },
	{ false, .protocol = "icmp,udp", .packet = { "10.0.0.1", IPPROTO_TCP, 1, 2 } },
	{ true, .protocol = "sctp", .packet = { "fd00::1", IPPROTO_SCTP, 1, 2 } },
	{ true, .protocol = "tcp,any", .packet = { "10.0.0.1", IPPROTO_SCTP, 1, 2 } },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct traffic t = made(
			r->to, r->not_to, r->local, r->remote, r->not_port, r->protocol);

		for (int incoming = 0; incoming <= 1; incoming++) {
			t.incoming = incoming;
			if (selects(&t, &r->packet) != r->wanted)
				fail_msg("row %zu: %s %s should %s", i, incoming ? "from" : "to",
					r->packet.to,
					r->wanted ? "be selected" : "not be selected");
		}
		done(&t);
	}
}

static void test_sources(void **state)
{
	static const struct {
		const char *from, *not_from, *to;
		bool wanted;
	} cases[] = {
		{ "10.0.0.0/24", NULL, NULL, true },
		{ "10.0.1.0/24", NULL, NULL, false },
		{ NULL, "10.0.0.1", NULL, false },
		{ NULL, "10.0.0.2", NULL, true },
		{ "10.0.0.1", NULL, "10.9.0.5", false },
		{ "10.0.0.1", NULL, "10.0.0.5", true },
	};
	struct packet p = { "10.0.0.5", IPPROTO_TCP, 1, 2, .from = "10.0.0.1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct traffic t = made(cases[i].to, NULL, NULL, NULL, NULL, NULL);

		if (cases[i].from)
			nets_parse(cases[i].from, &t.source_ip, NULL);
		if (cases[i].not_from)
			nets_parse(cases[i].not_from, &t.exclude_source_ip, NULL);
		for (int incoming = 0; incoming <= 1; incoming++) {
			t.incoming = incoming;
			assert_int_equal(selects(&t, &p), cases[i].wanted);
		}
		nets_free(&t.source_ip);
		nets_free(&t.exclude_source_ip);
		done(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_included),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
