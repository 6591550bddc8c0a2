/* The selection of traffic as BPF instructions. */
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "net/traffic/live.h"
#include "net/traffic/traffic.h"

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
	KEY = -72, /* on the stack: a struct live_key */
	KEY_ADDR = KEY + 8,
	ARP_FROM = 14,
	ARP_TO = 24,
	EXTENSIONS = 6, /* IPv6 extension headers that are looked behind */
};

/* Copies len bytes at the offset in R2 from the network header. */
static void load_from_r2(struct bpf_code *c, int to, int len, int miss)
{
	bpf_alu_reg(c, BPF_MOV, BPF_REG_1, CTX);
	bpf_alu_reg(c, BPF_MOV, BPF_REG_3, BPF_REG_10);
	bpf_alu_imm(c, BPF_ADD, BPF_REG_3, to);
	bpf_alu_imm(c, BPF_MOV, BPF_REG_4, len);
	bpf_alu_imm(c, BPF_MOV, BPF_REG_5, BPF_HDR_START_NET);
	bpf_helper(c, BPF_FUNC_skb_load_bytes_relative);
	bpf_if_imm(c, BPF_JNE, BPF_REG_0, 0, miss);
}

static void load(struct bpf_code *c, int reg, int to, int len, int miss)
{
	bpf_alu_reg(c, BPF_MOV, BPF_REG_2, reg);
	load_from_r2(c, to, len, miss);
}

static void load_at(struct bpf_code *c, int offset, int to, int len, int miss)
{
	bpf_alu_imm(c, BPF_MOV, BPF_REG_2, offset);
	load_from_r2(c, to, len, miss);
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

/* Where an address of the header stands on the stack: the sender's or the receiver's. */
static int address_at(int family, bool sender)
{
	if (family == AF_INET)
		return sender ? V4_FROM : V4_TO;
	return sender ? V6_FROM : V6_TO;
}

static void key_address(struct bpf_code *c, int family, int at)
{
	if (family == AF_INET) {
		bpf_write_imm(c, BPF_DW, BPF_REG_10, KEY_ADDR, 0);
		bpf_write_imm(c, BPF_H, BPF_REG_10, KEY_ADDR + 8, 0);
		bpf_write_imm(c, BPF_H, BPF_REG_10, KEY_ADDR + 10, 0xffff);
		bpf_read(c, BPF_W, BPF_REG_2, BPF_REG_10, at);
		bpf_write_reg(c, BPF_W, BPF_REG_10, KEY_ADDR + 12, BPF_REG_2);
		return;
	}
	for (int i = 0; i < 16; i += 8) {
		bpf_read(c, BPF_DW, BPF_REG_2, BPF_REG_10, at + i);
		bpf_write_reg(c, BPF_DW, BPF_REG_10, KEY_ADDR + i, BPF_REG_2);
	}
}

/* Of the key all but the address. */
static void key_head(struct bpf_code *c, enum live_kind kind)
{
	bpf_write_imm(c, BPF_DW, BPF_REG_10, KEY, 0);
	bpf_write_imm(c, BPF_B, BPF_REG_10, KEY, (int32_t)kind);
}

static void if_in_set(struct bpf_code *c, int set, int label)
{
	bpf_map_ref(c, BPF_REG_1, set);
	bpf_alu_reg(c, BPF_MOV, BPF_REG_2, BPF_REG_10);
	bpf_alu_imm(c, BPF_ADD, BPF_REG_2, KEY);
	bpf_helper(c, BPF_FUNC_map_lookup_elem);
	bpf_if_imm(c, BPF_JNE, BPF_REG_0, 0, label);
}

/* Jumps when the address at this place of the stack is in one of the networks. */
static void if_blocks(struct bpf_code *c, const struct nets *nets, int family, int at, int label)
{
	if (family == AF_INET) {
		bpf_read(c, BPF_W, BPF_REG_2, BPF_REG_10, at);
		bpf_to_host(c, 32, BPF_REG_2);
	} else {
		bpf_read(c, BPF_DW, BPF_REG_2, BPF_REG_10, at);
		bpf_to_host(c, 64, BPF_REG_2);
		bpf_read(c, BPF_DW, BPF_REG_3, BPF_REG_10, at + 8);
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

/* The same, and when it is one that a name in the list has now. */
static void if_nets(struct bpf_code *c, const struct traffic *t, enum live_kind kind, int family,
	int at, int label)
{
	const struct nets *nets = traffic_nets(t, kind);

	if (nets->names != NULL && t->found.set > 0) {
		key_address(c, family, at);
		key_head(c, kind);
		if_in_set(c, t->found.set, label);
	}
	if_blocks(c, nets, family, at, label);
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
	const struct {
		const char *name;
		int number;
	} protocols[] = {
		{ "tcp", IPPROTO_TCP },
		{ "udp", IPPROTO_UDP },
		{ "sctp", IPPROTO_SCTP },
		{ "icmp", family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6 },
	};
	int wanted = bpf_label(c);

	if (!traffic_any_protocol(t)) {
		for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
			if (param_has_choice(t->protocol, protocols[i].name))
				bpf_if_imm(c, BPF_JEQ, PROTOCOL, protocols[i].number, wanted);
		leave(c, PROTOCOL, miss);
	}
	bpf_here(c, wanted);
}

/* The address of one end: not among the excluded, and among those that are meant. */
static void match_end(struct bpf_code *c, const struct traffic *t, enum live_kind meant,
	enum live_kind excluded, int family, int at, int miss)
{
	int hit = bpf_label(c);

	if (nets_given(traffic_nets(t, excluded)))
		if_nets(c, t, excluded, family, at, miss);
	if (nets_given(traffic_nets(t, meant))) {
		if_nets(c, t, meant, family, at, hit);
		leave(c, BPF_REG_2, miss);
	}
	bpf_here(c, hit);
}

static void match_address(struct bpf_code *c, const struct traffic *t, int family, int miss)
{
	int peer = address_at(family, t->incoming), own = address_at(family, !t->incoming);

	match_end(c, t, LIVE_SOURCE, LIVE_EXCLUDE_SOURCE, family, own, miss);
	match_end(c, t, LIVE_DESTINATION, LIVE_EXCLUDE, family, peer, miss);
	if (t->found.set > 0)
		key_address(c, family, peer); /* for match_ports */
}

static void match_v4(struct bpf_code *c, const struct traffic *t, int ports, int miss)
{
	load_at(c, 0, HEADER, V4_LEN, miss);
	bpf_read(c, BPF_B, PROTOCOL, BPF_REG_10, HEADER + 9);
	match_protocol(c, t, AF_INET, miss);
	match_address(c, t, AF_INET, miss);
	bpf_read(c, BPF_B, PORTS_AT, BPF_REG_10, HEADER);
	bpf_alu_imm(c, BPF_AND, PORTS_AT, 15);
	bpf_alu_imm(c, BPF_LSH, PORTS_AT, 2);
	/* Only the first fragment has ports; a datagram is late or lost with any of them. */
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

	load_at(c, 0, HEADER, V6_LEN, miss);
	match_address(c, t, AF_INET6, miss);
	bpf_read(c, BPF_B, PROTOCOL, BPF_REG_10, HEADER + 6);
	bpf_alu_imm(c, BPF_MOV, PORTS_AT, V6_LEN);
	for (int i = 0; i < EXTENSIONS; i++)
		skip_extension(c, done, miss);
	bpf_here(c, done);
	match_protocol(c, t, AF_INET6, miss);
	if (param_has_choice(t->include, "ndp")) {
		bpf_goto(c, ports);
		return;
	}
	bpf_if_imm(c, BPF_JNE, PROTOCOL, IPPROTO_ICMPV6, ports);
	bpf_if_imm(c, BPF_JEQ, PORTS_AT, 0, echo);
	load(c, PORTS_AT, PIECE, 1, miss);
	bpf_read(c, BPF_B, BPF_REG_2, BPF_REG_10, PIECE);
	bpf_if_imm(c, BPF_JLT, BPF_REG_2, ROUTER_SOLICIT, echo);
	bpf_if_imm(c, BPF_JLE, BPF_REG_2, REDIRECT, miss);
	bpf_here(c, echo);
	bpf_goto(c, ports);
}

static void load_port(struct bpf_code *c, int reg, bool sender)
{
	bpf_read(c, BPF_H, reg, BPF_REG_10, sender ? PIECE : PIECE + 2);
	bpf_to_host(c, 16, reg);
}

/* One port in the key, or both. */
static void key_port(struct bpf_code *c, bool local, bool incoming)
{
	load_port(c, BPF_REG_2, local != incoming);
	bpf_write_reg(c, BPF_H, BPF_REG_10,
		KEY + (int)(local ? offsetof(struct live_key, local_port)
				  : offsetof(struct live_key, remote_port)),
		BPF_REG_2);
}

/* The ports are in PIECE, the peer's address in the key. */
static void if_exempt(struct bpf_code *c, const struct traffic *t, int miss)
{
	for (int local = 0; local <= 1; local++) {
		key_head(c, LIVE_EXEMPT);
		key_port(c, local, t->incoming);
		if_in_set(c, t->found.set, miss);
	}
}

static void if_socket(struct bpf_code *c, const struct traffic *t, int hit)
{
	key_head(c, LIVE_SOCKET);
	bpf_write_reg(
		c, BPF_B, BPF_REG_10, KEY + (int)offsetof(struct live_key, protocol), PROTOCOL);
	key_port(c, true, t->incoming);
	key_port(c, false, t->incoming);
	if_in_set(c, t->found.set, hit);
	bpf_write_imm(c, BPF_H, BPF_REG_10, KEY + (int)offsetof(struct live_key, remote_port), 0);
	bpf_write_imm(c, BPF_DW, BPF_REG_10, KEY_ADDR, 0);
	bpf_write_imm(c, BPF_DW, BPF_REG_10, KEY_ADDR + 8, 0);
	if_in_set(c, t->found.set, hit);
}

/* What leaves knows its socket, and that its control group; of what arrives the set knows it. */
static void match_group(struct bpf_code *c, const struct traffic *t, int hit, int miss)
{
	for (size_t i = 0; i < t->found.n_groups && !t->incoming; i++) {
		bpf_alu_reg(c, BPF_MOV, BPF_REG_1, CTX);
		bpf_alu_imm(c, BPF_MOV, BPF_REG_2, (int32_t)t->found.groups[i].level);
		bpf_helper(c, BPF_FUNC_skb_ancestor_cgroup_id);
		bpf_imm64(c, BPF_REG_1, t->found.groups[i].id);
		bpf_if_reg(c, BPF_JEQ, BPF_REG_0, BPF_REG_1, hit);
	}
	bpf_goto(c, miss);
}

/* Those that are meant by their ports; then those of whom it is meant for. */
static void match_ports(struct bpf_code *c, const struct traffic *t, int hit, int miss)
{
	bool some = t->local_port.n > 0 || t->remote_port.n > 0, who = t->found.sockets;
	int group = bpf_label(c), owner = bpf_label(c), have = bpf_label(c);
	int chosen = who ? owner : hit;
	/* Without ports only what leaves tells whose it is. */
	int portless = some || (who && t->incoming) ? miss : who ? group : hit;

	if (!some && !who && !t->found.exempts && t->exclude_port.n == 0) {
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
	if (t->found.exempts)
		if_exempt(c, t, miss);
	load_port(c, BPF_REG_2, !t->incoming); /* the local one */
	load_port(c, BPF_REG_3, t->incoming);
	if_ports(c, &t->exclude_port, BPF_REG_2, miss);
	if_ports(c, &t->exclude_port, BPF_REG_3, miss);
	if_ports(c, &t->local_port, BPF_REG_2, chosen);
	if_ports(c, &t->remote_port, BPF_REG_3, chosen);
	bpf_goto(c, some ? miss : chosen);
	if (!who)
		return;
	bpf_here(c, owner);
	if (t->found.set > 0)
		if_socket(c, t, hit);
	bpf_here(c, group);
	match_group(c, t, hit, miss);
}

/* Its addresses go where those of an IPv4 header would. */
static void match_arp(struct bpf_code *c, const struct traffic *t, int hit, int miss)
{
	load_at(c, ARP_FROM, V4_FROM, 4, miss);
	load_at(c, ARP_TO, V4_TO, 4, miss);
	match_address(c, t, AF_INET, miss);
	bpf_goto(c, hit);
}

void traffic_match(struct bpf_code *c, const struct traffic *t, int hit, int miss)
{
	int v4 = bpf_label(c), v6 = bpf_label(c), arp = bpf_label(c), ports = bpf_label(c);
	bool with_arp = traffic_hits_arp(t);

	bpf_read(c, BPF_W, BPF_REG_2, CTX, offsetof(struct __sk_buff, protocol));
	bpf_to_host(c, 16, BPF_REG_2);
	bpf_if_imm(c, BPF_JEQ, BPF_REG_2, ETH_P_IP, v4);
	bpf_if_imm(c, BPF_JEQ, BPF_REG_2, ETH_P_IPV6, v6);
	if (with_arp)
		bpf_if_imm(c, BPF_JEQ, BPF_REG_2, ETH_P_ARP, arp);
	bpf_goto(c, miss);
	if (with_arp) {
		bpf_here(c, arp);
		match_arp(c, t, hit, miss);
	}
	bpf_here(c, v4);
	match_v4(c, t, ports, miss);
	bpf_here(c, v6);
	match_v6(c, t, ports, miss);
	bpf_here(c, ports);
	match_ports(c, t, hit, miss);
}
