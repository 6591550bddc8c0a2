/* The selection, run by the kernel on frames made here (BPF_PROG_TEST_RUN). */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "net/traffic.h"

struct packet {
	const char *to;
	int protocol; /* of IPv4's numbering; 1 is ICMP in both */
	int local, remote;
	bool fragment;	/* a later one */
	bool extension; /* IPv6: a hop-by-hop header before the rest */
	int icmp_type;
};

/* incoming: the answer to it, from where it goes to. */
static size_t build(const struct packet *p, bool incoming, uint8_t ret[static 100])
{
	int local = incoming ? p->remote : p->local, remote = incoming ? p->local : p->remote;
	bool v6 = strchr(p->to, ':') != NULL;
	size_t n = 14;

	memset(ret, 0, 100);
	ret[12] = v6 ? 0x86 : 0x08;
	ret[13] = v6 ? 0xdd : 0x00;
	if (v6) {
		int next = p->protocol == IPPROTO_ICMP ? IPPROTO_ICMPV6 : p->protocol;

		ret[n] = 0x60;
		ret[n + 6] = (uint8_t)(p->extension ? 0 : next);
		assert_int_equal(inet_pton(AF_INET6, p->to, ret + n + (incoming ? 8 : 24)), 1);
		n += 40;
		if (p->extension) {
			ret[n] = (uint8_t)next;
			n += 8;
		}
	} else {
		ret[n] = 0x45;
		ret[n + 6] = p->fragment ? 0x01 : 0;
		ret[n + 9] = (uint8_t)p->protocol;
		assert_int_equal(inet_pton(AF_INET, p->to, ret + n + (incoming ? 12 : 16)), 1);
		n += 20;
	}
	if (p->protocol == IPPROTO_ICMP) {
		ret[n] = (uint8_t)p->icmp_type;
	} else {
		ret[n] = (uint8_t)(local >> 8);
		ret[n + 1] = (uint8_t)local;
		ret[n + 2] = (uint8_t)(remote >> 8);
		ret[n + 3] = (uint8_t)remote;
	}
	return n + 20;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
