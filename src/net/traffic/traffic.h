/*
 * The traffic that a network fault is for, seen from this host as it leaves an interface or
 * arrives: blade's flags and some more, described once for all network faults, and what they
 * select.
 *
 * Selected is IP traffic, version 4 and 6, whose protocol is one of those given, whose source and
 * destination (of what arrives: the other way round) are among the given ones, whose local port or
 * remote port is among those given, and that is of a process that is meant; what is not given
 * selects everything. Excludes win. Left alone are ARP, neighbour discovery and the connections by
 * which the order came (net/traffic/settle.h), each unless it is included by name.
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
#include "sys/cgroup2.h"
#include "target/place.h"

/* What settling finds (net/traffic/settle.h); zero before. */
struct traffic_found {
	int set;		     /* of net/traffic/live.h; 0: none is needed */
	bool exempts, sockets;	     /* are in it; sockets: some processes or groups are meant */
	struct cgroup2_name *groups; /* whose traffic is meant, beside those sockets */
	size_t n_groups;
	struct nets nets[4]; /* by enum live_kind: what is given, its names as addresses too */
};

struct traffic {
	char *interface;
	struct ranges local_port, remote_port, exclude_port;
	struct nets destination_ip, exclude_ip, source_ip, exclude_source_ip;
	char *protocol; /* some of tcp udp icmp sctp any, with commas; NULL: any */
	char *include;	/* some of arp ndp control, with commas */
	char *on_drift; /* restore end report */
	struct place_selector who;
	bool ignore_peer_port, force;
	char *direction; /* egress ingress both */
	char *backend;	 /* auto, or one of net/backend.h; NULL: auto */
	bool incoming;	 /* of this half of it: what arrives */
	struct traffic_found found;
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
			.choices = "auto netem tap tap-clsact reduced",                                                       \
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
		{ "destination-ip", PARAM_HOSTS, offsetof(T, m.destination_ip),                                               \
			.flags = PARAM_MATCHER,                                                                               \
			.help = "destination addresses, networks and host names that are hit; names are "                     \
				"looked up again while the fault runs",                                                       \
			.zh = "受影响的目标地址、网段或主机名，支持 IPv4 和 IPv6；主机名在故障期间会重新解析" },              \
		{ "exclude-ip", PARAM_HOSTS, offsetof(T, m.exclude_ip), .flags = PARAM_MATCHER,                               \
			.help = "destination addresses, networks and host names that are left alone",                         \
			.zh = "不受影响的目标地址、网段或主机名" },                                                           \
		{ "source-ip", PARAM_HOSTS, offsetof(T, m.source_ip), .flags = PARAM_MATCHER,                                 \
			.help = "own addresses, networks and host names whose traffic is hit",                                \
			.zh = "受影响的本端（源）地址、网段或主机名" },                                                       \
		{ "exclude-source-ip", PARAM_HOSTS, offsetof(T, m.exclude_source_ip),                                         \
			.flags = PARAM_MATCHER,                                                                               \
			.help = "own addresses, networks and host names whose traffic is left alone",                         \
			.zh = "不受影响的本端（源）地址、网段或主机名" },                                                     \
		{ "protocol", PARAM_CHOICES, offsetof(T, m.protocol),                                                         \
			.choices = "tcp udp icmp sctp any", .flags = PARAM_MATCHER,                                           \
			.help = "protocols that are hit (any when not given)",                                                \
			.zh = "受影响的协议（缺省为全部）" },                                                                 \
		{ "process", PARAM_STR, offsetof(T, m.who.process.command_line),                                              \
			.flags = PARAM_MATCHER,                                                                               \
			.help = "only traffic of processes with this text in their command line",                             \
			.zh = "仅影响命令行中包含此文本的进程的流量" },                                                       \
		{ "pid", PARAM_RANGES, offsetof(T, m.who.process.pids), 1, 4194304,                                           \
			.flags = PARAM_MATCHER,                                                                               \
			.help = "only traffic of these processes; not with --process",                                        \
			.zh = "仅影响这些进程的流量；指定 --process 时无效" },                                                \
		{ "cgroup", PARAM_STR, offsetof(T, m.who.cgroup), .flags = PARAM_MATCHER,                                     \
			.help = "only traffic of a control group (version 2) and those below it, as in "                      \
				"/proc/PID/cgroup",                                                                           \
			.zh = "仅影响该 cgroup v2（含其下级）的流量，写法同 /proc/PID/cgroup" },                              \
		{ "container-id", PARAM_STR, offsetof(T, m.who.container), .flags = PARAM_MATCHER,                            \
			.help = "only traffic of a container, by its id or the first digits of it; the "                      \
				"interface is one of its own",                                                                \
			.zh = "仅影响该容器的流量（容器 ID 或其前缀）；网络接口为容器内的接口" },                             \
		{ "include", PARAM_CHOICES, offsetof(T, m.include), .choices = "arp ndp control",                             \
			.flags = PARAM_MATCHER,                                                                               \
			.help = "hit these too: ARP, neighbour discovery of IPv6, the connections by "                        \
				"which the order came (console, ssh, kubelet)",                                               \
			.zh = "同时影响缺省不受影响的流量：ARP、IPv6 邻居发现、控制连接（控制台、ssh、kubelet）" },           \
		{ "on-drift", PARAM_CHOICE, offsetof(T, m.on_drift),                                                          \
			.choices = "restore end report", .fallback = "restore",                                               \
			.help = "when somebody removes the fault: put it back, end the experiment, or "                       \
				"only say so in its record",                                                                  \
			.zh = "故障被他人移除时：恢复、结束实验，或仅在记录中说明" },                                         \
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

/* The list of a kind, enum live_kind up to LIVE_EXCLUDE_SOURCE. */
const struct nets *traffic_nets(const struct traffic *t, int kind);
bool traffic_has_names(const struct traffic *t); /* host names, in one of the lists */
bool traffic_any_protocol(const struct traffic *t);
bool traffic_is_for_some(const struct traffic *t); /* processes or groups only */
/* It includes ARP, and has no selector that ARP has nothing for. */
bool traffic_hits_arp(const struct traffic *t);

/*
 * Writes the test of one packet: jumps to hit or miss. R6 holds the context; R9 is left alone, the
 * other registers and the top 72 bytes of the stack are used.
 */
void traffic_match(struct bpf_code *c, const struct traffic *t, int hit, int miss);

#endif
