/* The selection of traffic as BPF instructions. */
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "net/traffic.h"

enum {
	CTX = BPF_REG_6,
	PROTOCOL = BPF_REG_7,
	PORTS_AT = BPF_REG_8, /* offset of the ports from the network header, 0: there are none */
	HEADER = -40,	      /* on the stack: the IP header */
	PIECE = -48,	      /* on the stack: 8 bytes of what follows it */
	V4_LEN = 20,
	V6_LEN = 40,
	V4_FROM = HEADER + 12,
	V4_TO = HEADER + 16,
	V6_FROM = HEADER + 8,
	V6_TO = HEADER + 24,
	EXTENSIONS = 6, /* IPv6 extension headers that are looked behind */
};

/* Copies len bytes at the offset in reg (or at 0 with reg < 0) from the network header. */
static void load(struct bpf_code *c, int reg, int to, int len, int miss)
{
	if (reg < 0)
		bpf_alu_imm(c, BPF_MOV, BPF_REG_2, 0);
	else
		bpf_alu_reg(c, BPF_MOV, BPF_REG_2, reg);
	bpf_alu_reg(c, BPF_MOV, BPF_REG_1, CTX);
	bpf_alu_reg(c, BPF_MOV, BPF_REG_3, BPF_REG_10);
	bpf_alu_imm(c, BPF_ADD, BPF_REG_3, to);
	bpf_alu_imm(c, BPF_MOV, BPF_REG_4, len);
	bpf_alu_imm(c, BPF_MOV, BPF_REG_5, BPF_HDR_START_NET);
	bpf_helper(c, BPF_FUNC_skb_load_bytes_relative);
	bpf_if_imm(c, BPF_JNE, BPF_REG_0, 0, miss);
}

static uint64_t word(const uint8_t *p, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | p[i];
	return value;
}

/*
 * A jump that is always taken and does not look so: what is written behind it may turn out to be
 * unreachable (a list without an address of this family), and the verifier refuses such code.
 */
static void leave(struct bpf_code *c, int reg, int label)
{
	bpf_if_reg(c, BPF_JEQ, reg, reg, label);
}

/* Jumps when the first bits of reg are those of value. width: 32 or 64. */
static void if_prefix(
	struct bpf_code *c, int reg, uint64_t value, unsigned bits, unsigned width, int label)
{
	if (bits == 0) {
		leave(c, reg, label);
		return;
	}
	bpf_alu_reg(c, BPF_MOV, BPF_REG_4, reg);
	bpf_alu_imm(c, BPF_RSH, BPF_REG_4, (int32_t)(width - bits));
	bpf_imm64(c, BPF_REG_5, value >> (width - bits));
	bpf_if_reg(c, BPF_JEQ, BPF_REG_4, BPF_REG_5, label);
}

static void if_net6(struct bpf_code *c, const struct net *n, int label)
{
	int next = bpf_label(c);

	if (n->prefix <= 64) {
		if_prefix(c, BPF_REG_2, word(n->addr, 8), n->prefix, 64, label);
	} else {
		bpf_imm64(c, BPF_REG_5, word(n->addr, 8));
		bpf_if_reg(c, BPF_JNE, BPF_REG_2, BPF_REG_5, next);
		if_prefix(c, BPF_REG_3, word(n->addr + 8, 8), n->prefix - 64, 64, label);
	}
	bpf_here(c, next);
}

/* Jumps when the peer's address in the header on the stack is in one of the networks. */
static void if_nets(
	struct bpf_code *c, const struct nets *nets, int family, bool incoming, int label)
{
	int v6 = incoming ? V6_FROM : V6_TO;

	if (family == AF_INET) {
		bpf_read(c, BPF_W, BPF_REG_2, BPF_REG_10, incoming ? V4_FROM : V4_TO);
		bpf_to_host(c, 32, BPF_REG_2);
	} else {
		bpf_read(c, BPF_DW, BPF_REG_2, BPF_REG_10, v6);
		bpf_to_host(c, 64, BPF_REG_2);
		bpf_read(c, BPF_DW, BPF_REG_3, BPF_REG_10, v6 + 8);
		bpf_to_host(c, 64, BPF_REG_3);
	}
	for (size_t i = 0; i < nets->n; i++) {
		const struct net *n = &nets->v[i];

		if (n->family == family && family == AF_INET)
			if_prefix(c, BPF_REG_2, word(n->addr, 4), n->prefix, 32, label);
		else if (n->family == family)
			if_net6(c, n, label);
	}
}

static void if_ports(struct bpf_code *c, const struct ranges *ports, int reg, int label)
{
	for (size_t i = 0; i < ports->n; i++) {
		const struct range *r = &ports->v[i];
		int next = bpf_label(c);

		if (r->lo == r->hi) {
			bpf_if_imm(c, BPF_JEQ, reg, (int32_t)r->lo, label);
		} else {
			bpf_if_imm(c, BPF_JLT, reg, (int32_t)r->lo, next);
			bpf_if_imm(c, BPF_JLE, reg, (int32_t)r->hi, label);
		}
		bpf_here(c, next);
	}
}

static void match_protocol(struct bpf_code *c, const struct traffic *t, int family, int miss)
{
	int wanted = str_eq(t->protocol, "tcp")	  ? IPPROTO_TCP
		     : str_eq(t->protocol, "udp") ? IPPROTO_UDP
		     : family == AF_INET	  ? IPPROTO_ICMP
						  : IPPROTO_ICMPV6;

	if (t->protocol != NULL)
		bpf_if_imm(c, BPF_JNE, PROTOCOL, wanted, miss);
}

static void match_address(struct bpf_code *c, const struct traffic *t, int family, int miss)
{
	int hit = bpf_label(c);

	if (t->exclude_ip.n > 0)
		if_nets(c, &t->exclude_ip, family, t->incoming, miss);
	if (t->destination_ip.n > 0) {
		if_nets(c, &t->destination_ip, family, t->incoming, hit);
		leave(c, BPF_REG_2, miss);
	}
	bpf_here(c, hit);
}

static void match_v4(struct bpf_code *c, const struct traffic *t, int ports, int miss)
{
	load(c, -1, HEADER, V4_LEN, miss);
	bpf_read(c, BPF_B, PROTOCOL, BPF_REG_10, HEADER + 9);
	match_protocol(c, t, AF_INET, miss);
	match_address(c, t, AF_INET, miss);
	bpf_read(c, BPF_B, PORTS_AT, BPF_REG_10, HEADER);
	bpf_alu_imm(c, BPF_AND, PORTS_AT, 15);
	bpf_alu_imm(c, BPF_LSH, PORTS_AT, 2);
	/* Only the first fragment has ports; a datagram is late or lost with any of its fragments.
	 */
	bpf_read(c, BPF_H, BPF_REG_2, BPF_REG_10, HEADER + 6);
	bpf_to_host(c, 16, BPF_REG_2);
	bpf_alu_imm(c, BPF_AND, BPF_REG_2, 0x1fff);
	bpf_if_imm(c, BPF_JEQ, BPF_REG_2, 0, ports);
	bpf_alu_imm(c, BPF_MOV, PORTS_AT, 0);
	bpf_goto(c, ports);
}

/* Moves PROTOCOL and PORTS_AT behind one extension header, or jumps to done when there is none. */
static void skip_extension(struct bpf_code *c, int done, int miss)
{
	int plain = bpf_label(c), fragment = bpf_label(c), next = bpf_label(c);

	bpf_if_imm(c, BPF_JEQ, PROTOCOL, IPPROTO_HOPOPTS, plain);
	bpf_if_imm(c, BPF_JEQ, PROTOCOL, IPPROTO_ROUTING, plain);
	bpf_if_imm(c, BPF_JEQ, PROTOCOL, IPPROTO_DSTOPTS, plain);
	bpf_if_imm(c, BPF_JEQ, PROTOCOL, IPPROTO_FRAGMENT, fragment);
	bpf_goto(c, done);

	bpf_here(c, plain);
	load(c, PORTS_AT, PIECE, 8, miss);
	bpf_read(c, BPF_B, PROTOCOL, BPF_REG_10, PIECE);
	bpf_read(c, BPF_B, BPF_REG_2, BPF_REG_10, PIECE + 1);
	bpf_alu_imm(c, BPF_ADD, BPF_REG_2, 1);
	bpf_alu_imm(c, BPF_LSH, BPF_REG_2, 3);
	bpf_alu_reg(c, BPF_ADD, PORTS_AT, BPF_REG_2);
	bpf_goto(c, next);

	bpf_here(c, fragment);
	load(c, PORTS_AT, PIECE, 8, miss);
	bpf_read(c, BPF_B, PROTOCOL, BPF_REG_10, PIECE);
	bpf_alu_imm(c, BPF_ADD, PORTS_AT, 8);
	bpf_read(c, BPF_H, BPF_REG_2, BPF_REG_10, PIECE + 2);
	bpf_to_host(c, 16, BPF_REG_2);
	bpf_alu_imm(c, BPF_RSH, BPF_REG_2, 3);
	bpf_if_imm(c, BPF_JEQ, BPF_REG_2, 0, next);
	bpf_alu_imm(c, BPF_MOV, PORTS_AT, 0);
	bpf_goto(c, done);
	bpf_here(c, next);
}

static void match_v6(struct bpf_code *c, const struct traffic *t, int ports, int miss)
{
	enum { ROUTER_SOLICIT = 133, REDIRECT = 137 };
	int done = bpf_label(c), echo = bpf_label(c);

	load(c, -1, HEADER, V6_LEN, miss);
	match_address(c, t, AF_INET6, miss);
	bpf_read(c, BPF_B, PROTOCOL, BPF_REG_10, HEADER + 6);
	bpf_alu_imm(c, BPF_MOV, PORTS_AT, V6_LEN);
	for (int i = 0; i < EXTENSIONS; i++)
		skip_extension(c, done, miss);
	bpf_here(c, done);
	match_protocol(c, t, AF_INET6, miss);
	bpf_if_imm(c, BPF_JNE, PROTOCOL, IPPROTO_ICMPV6, ports);
	bpf_if_imm(c, BPF_JEQ, PORTS_AT, 0, echo);
	load(c, PORTS_AT, PIECE, 1, miss);
	bpf_read(c, BPF_B, BPF_REG_2, BPF_REG_10, PIECE);
	bpf_if_imm(c, BPF_JLT, BPF_REG_2, ROUTER_SOLICIT, echo);
	bpf_if_imm(c, BPF_JLE, BPF_REG_2, REDIRECT, miss);
	bpf_here(c, echo);
	bpf_goto(c, ports);
}

static void match_ports(struct bpf_code *c, const struct traffic *t, int hit, int miss)
{
	bool some = t->local_port.n > 0 || t->remote_port.n > 0;
	int portless = some ? miss : hit, have = bpf_label(c);

	if (!some && t->exclude_port.n == 0) {
		bpf_goto(c, hit);
		return;
	}
	bpf_if_imm(c, BPF_JEQ, PORTS_AT, 0, portless);
	bpf_if_imm(c, BPF_JEQ, PROTOCOL, IPPROTO_TCP, have);
	bpf_if_imm(c, BPF_JEQ, PROTOCOL, IPPROTO_UDP, have);
	bpf_if_imm(c, BPF_JEQ, PROTOCOL, IPPROTO_SCTP, have);
	bpf_goto(c, portless);
	bpf_here(c, have);
	load(c, PORTS_AT, PIECE, 4, portless);
	bpf_read(c, BPF_H, BPF_REG_2, BPF_REG_10, PIECE);
	bpf_to_host(c, 16, BPF_REG_2);
	bpf_read(c, BPF_H, BPF_REG_3, BPF_REG_10, PIECE + 2);
	bpf_to_host(c, 16, BPF_REG_3);
	if_ports(c, &t->exclude_port, BPF_REG_2, miss);
	if_ports(c, &t->exclude_port, BPF_REG_3, miss);
	if_ports(c, &t->local_port, t->incoming ? BPF_REG_3 : BPF_REG_2, hit);
	if_ports(c, &t->remote_port, t->incoming ? BPF_REG_2 : BPF_REG_3, hit);
	bpf_goto(c, portless);
}

void traffic_match(struct bpf_code *c, const struct traffic *t, int hit, int miss)
{
	int v4 = bpf_label(c), v6 = bpf_label(c), ports = bpf_label(c);

	bpf_read(c, BPF_W, BPF_REG_2, CTX, offsetof(struct __sk_buff, protocol));
	bpf_to_host(c, 16, BPF_REG_2);
	bpf_if_imm(c, BPF_JEQ, BPF_REG_2, ETH_P_IP, v4);
	bpf_if_imm(c, BPF_JEQ, BPF_REG_2, ETH_P_IPV6, v6);
	bpf_goto(c, miss);
	bpf_here(c, v4);
	match_v4(c, t, ports, miss);
	bpf_here(c, v6);
	match_v6(c, t, ports, miss);
	bpf_here(c, ports);
	match_ports(c, t, hit, miss);
}
