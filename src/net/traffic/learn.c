/* Sockets of a control group, into the set. */
#include "net/traffic/learn.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "net/traffic/live.h"
#include "sys/bpf.h"
#include "sys/cgroup2.h"

enum {
	SOCKET = BPF_REG_7, /* a struct bpf_sock */
	KEY = -(int)sizeof(struct live_key),
	VALUE = KEY - 8, /* of a set: 4 bytes */
	ALLOW = 1,
};

#define IN_KEY(member)	  (KEY + (int)offsetof(struct live_key, member))
#define IN_SOCKET(member) ((int)offsetof(struct bpf_sock, member))

/* The key of a socket that is not connected. */
static void key_of_port(struct bpf_code *c)
{
	for (int at = 0; at < (int)sizeof(struct live_key); at += 8)
		bpf_write_imm(c, BPF_DW, BPF_REG_10, KEY + at, 0);
	bpf_write_imm(c, BPF_B, BPF_REG_10, IN_KEY(kind), LIVE_SOCKET);
	bpf_read(c, BPF_W, BPF_REG_2, SOCKET, IN_SOCKET(protocol));
	bpf_write_reg(c, BPF_B, BPF_REG_10, IN_KEY(protocol), BPF_REG_2);
	bpf_read(c, BPF_W, BPF_REG_2, SOCKET, IN_SOCKET(src_port));
	bpf_write_reg(c, BPF_H, BPF_REG_10, IN_KEY(local_port), BPF_REG_2);
}

static void key_of_peer(struct bpf_code *c)
{
	int v4 = bpf_label(c), done = bpf_label(c);

	bpf_read(c, BPF_H, BPF_REG_2, SOCKET, IN_SOCKET(dst_port));
	bpf_to_host(c, 16, BPF_REG_2);
	bpf_if_imm(c, BPF_JEQ, BPF_REG_2, 0, done);
	bpf_write_reg(c, BPF_H, BPF_REG_10, IN_KEY(remote_port), BPF_REG_2);
	bpf_read(c, BPF_W, BPF_REG_2, SOCKET, IN_SOCKET(family));
	bpf_if_imm(c, BPF_JEQ, BPF_REG_2, AF_INET, v4);
	for (int i = 0; i < 16; i += 4) {
		bpf_read(c, BPF_W, BPF_REG_2, SOCKET, IN_SOCKET(dst_ip6) + i);
		bpf_write_reg(c, BPF_W, BPF_REG_10, IN_KEY(addr) + i, BPF_REG_2);
	}
	bpf_goto(c, done);
	bpf_here(c, v4);
	bpf_write_imm(c, BPF_H, BPF_REG_10, IN_KEY(addr) + 10, 0xffff);
	bpf_read(c, BPF_W, BPF_REG_2, SOCKET, IN_SOCKET(dst_ip4));
	bpf_write_reg(c, BPF_W, BPF_REG_10, IN_KEY(addr) + 12, BPF_REG_2);
	bpf_here(c, done);
}

static void key_argument(struct bpf_code *c, int set)
{
	bpf_map_ref(c, BPF_REG_1, set);
	bpf_alu_reg(c, BPF_MOV, BPF_REG_2, BPF_REG_10);
	bpf_alu_imm(c, BPF_ADD, BPF_REG_2, KEY);
}

static void put_key(struct bpf_code *c, int set, int done)
{
	key_argument(c, set);
	bpf_helper(c, BPF_FUNC_map_lookup_elem);
	bpf_if_imm(c, BPF_JNE, BPF_REG_0, 0, done);
	bpf_write_imm(c, BPF_W, BPF_REG_10, VALUE, LIVE_LEARNT);
	key_argument(c, set);
	bpf_alu_reg(c, BPF_MOV, BPF_REG_3, BPF_REG_10);
	bpf_alu_imm(c, BPF_ADD, BPF_REG_3, VALUE);
	bpf_alu_imm(c, BPF_MOV, BPF_REG_4, 0);
	bpf_helper(c, BPF_FUNC_map_update_elem);
}

static int attach(int set, int group, enum bpf_attach_type at, struct err *e)
{
	autobpf struct bpf_code c = { 0 };
	bool packet = at == BPF_CGROUP_INET_EGRESS;
	int done = bpf_label(&c), link;

	if (packet) {
		bpf_read(&c, BPF_DW, BPF_REG_1, BPF_REG_1, offsetof(struct __sk_buff, sk));
		bpf_if_imm(&c, BPF_JEQ, BPF_REG_1, 0, done);
		bpf_helper(&c, BPF_FUNC_sk_fullsock);
		bpf_if_imm(&c, BPF_JEQ, BPF_REG_0, 0, done);
		bpf_alu_reg(&c, BPF_MOV, SOCKET, BPF_REG_0);
	} else {
		bpf_alu_reg(&c, BPF_MOV, SOCKET, BPF_REG_1);
	}
	key_of_port(&c);
	if (packet)
		key_of_peer(&c);
	put_key(&c, set, done);
	bpf_here(&c, done);
	bpf_alu_imm(&c, BPF_MOV, BPF_REG_0, ALLOW);
	bpf_exit(&c);
	return bpf_load_for_group(&c, at, "gale_learn", group, &link, e);
}

int learn_sockets(int set, const char *group, struct err *e)
{
	static const enum bpf_attach_type at[] = { BPF_CGROUP_INET_EGRESS,
		BPF_CGROUP_INET4_POST_BIND, BPF_CGROUP_INET6_POST_BIND };
	autoclose int root = -1, fd = -1;
	int r = cgroup2_open(&root, e);

	if (r == 0)
		r = cgroup2_open_group(root, group, &fd, e);
	for (size_t i = 0; i < ARRAY_LEN(at) && r == 0; i++)
		r = attach(set, fd, at[i], e);
	return r;
}
