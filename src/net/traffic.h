/*
 * The traffic that a network fault is for, seen from this host as it leaves an interface or
 * arrives: blade's flags, described once for all network faults, and what they select.
 *
 * Selected is IP traffic, version 4 and 6, whose protocol and destination (of what arrives: its
 * source) are the given ones and whose local port or remote port is among those given; what is not
 * given selects everything.
 * Excludes win. ARP and neighbour discovery are never touched, so a peer that is excluded stays
 * reachable.
 */
#ifndef NET_TRAFFIC_H
#define NET_TRAFFIC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/nets.h"
#include "base/ranges.h"
#include "fault/param.h"
#include "sys/bpf.h"

struct traffic {
	char *interface;
	struct ranges local_port, remote_port, exclude_port;
	struct nets destination_ip, exclude_ip;
	char *protocol; /* tcp udp icmp, NULL: any */
	bool ignore_peer_port, force;
	char *direction; /* egress ingress both */
	char *backend;	 /* auto, or one of net/backend.h; NULL: auto */
	bool incoming;	 /* of this half of it: what arrives */
};

/* The rows of the flags, for a struct of arguments T whose member m is a struct traffic. */
#define TRAFFIC_PARAMS(T, m)                                                                                                  \
	{ "interface", PARAM_STR, offsetof(T, m.interface),                                                                   \
		.flags = PARAM_REQUIRED | PARAM_ON_DESTROY | PARAM_MATCHER,                                                   \
		.help = "network interface whose traffic is hit", .zh = "流量受影响的网络接口",                               \
		.query = "network interface" },                                                                               \
		{ "direction", PARAM_CHOICE, offsetof(T, m.direction), .fallback = "egress",                                  \
			.choices = "egress ingress both", .flags = PARAM_MATCHER,                                             \
			.help = "what is hit: packets that leave the interface, that arrive, or both",                        \
			.zh = "受影响的方向：发出、到达或两者" },                                                             \
		{ "backend", PARAM_CHOICE, offsetof(T, m.backend), .fallback = "auto",                                        \
			.choices = "auto netem tap tap-clsact",                                                               \
			.help = "the means: the first that this machine has, or this one or none",                            \
			.zh = "实现方式：自动选择本机可用的第一种，或仅用指定的一种" },                                       \
		{ "local-port", PARAM_RANGES, offsetof(T, m.local_port), 1, 65535,                                            \
			.flags = PARAM_MATCHER,                                                                               \
			.help = "local ports that are hit, such as 80,8000-8080",                                             \
			.zh = "受影响的本地端口，例如 80,8000-8080" },                                                        \
		{ "remote-port", PARAM_RANGES, offsetof(T, m.remote_port), 1, 65535,                                          \
			.flags = PARAM_MATCHER,                                                                               \
			.help = "remote ports that are hit, such as 80,8000-8080",                                            \
			.zh = "受影响的远端端口，例如 80,8000-8080" },                                                        \
		{ "exclude-port", PARAM_RANGES, offsetof(T, m.exclude_port), 1, 65535,                                        \
			.flags = PARAM_MATCHER,                                                                               \
			.help = "ports, local or remote, that are left alone, and the ports of the "                          \
				"peers that are connected with them now",                                                     \
			.zh = "不受影响的端口（本地或远端），以及当前与其相连的对端端口" },                                   \
		{ "destination-ip", PARAM_NETS, offsetof(T, m.destination_ip),                                                \
			.flags = PARAM_MATCHER,                                                                               \
			.help = "destination addresses and networks that are hit, IPv4 or IPv6",                              \
			.zh = "受影响的目标地址或网段，支持 IPv4 和 IPv6" },                                                  \
		{ "exclude-ip", PARAM_NETS, offsetof(T, m.exclude_ip), .flags = PARAM_MATCHER,                                \
			.help = "destination addresses and networks that are left alone",                                     \
			.zh = "不受影响的目标地址或网段" },                                                                   \
		{ "protocol", PARAM_CHOICE, offsetof(T, m.protocol), .choices = "tcp udp icmp",                               \
			.flags = PARAM_MATCHER,                                                                               \
			.help = "protocol that is hit (all when not given)",                                                  \
			.zh = "受影响的协议（缺省为全部）" },                                                                 \
		{ "ignore-peer-port", PARAM_BOOL, offsetof(T, m.ignore_peer_port),                                            \
			.flags = PARAM_MATCHER,                                                                               \
			.help = "leave only the excluded ports alone, not those of their peers",                              \
			.zh = "只排除指定端口，不排除其对端端口" },                                                           \
	{                                                                                                                     \
		"force", PARAM_BOOL, offsetof(T, m.force),                                                                    \
			.flags = PARAM_MATCHER,                                                                               \
			.help = "accepted and not needed: experiments on one interface compose, "                             \
				"and what stands there is never removed",                                                     \
			.zh = "可以给出但并不需要：同一接口上的实验可叠加，已有规则不会被删除" \
	}

/* One line of text: "tcp to 10.0.0.0/8 port 80 on eth0, not port 22". */
void traffic_text(const struct traffic *t, char *ret, size_t size);

/* Lists as the flags take them: "80,8000-8080", "10.0.0.0/8,fd00::1/128". */
void traffic_put_ranges(struct buf *b, const struct ranges *r);
void traffic_put_nets(struct buf *b, const struct nets *n);

/*
 * A copy in which more ports are excluded: those of the peers of all connected sockets whose own or
 * remote port is excluded (not with ignore_peer_port), and, where no port is given to be hit, those
 * of the way back (GALE_PROTECT_PORTS, the ssh session). All but exclude_port is borrowed.
 */
int traffic_with_peers(const struct traffic *t, struct traffic *ret, struct err *e);
void traffic_with_peers_free(struct traffic *t);

/*
 * Writes the test of one packet: jumps to hit or miss. R6 holds the context; R9 is left alone, the
 * other registers and the top 48 bytes of the stack are used.
 */
void traffic_match(struct bpf_code *c, const struct traffic *t, int hit, int miss);

#endif
