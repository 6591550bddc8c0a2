/*
 * network occupy: TCP and UDP ports are taken, so that nobody else can have them. A worker holds
 * the sockets and they end with it. A TCP port is held without listening: who connects is refused,
 * as where no service runs.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/plan.h"
#include "fault/ready.h"
#include "fault/run.h"
#include "fault/undo.h"
#include "target/process_select.h"

enum {
	MOST_SOCKETS = 512,
	FREE_WAIT_MS = 3000, /* until the port of a killed process is free */
};

struct network_occupy_args {
	struct ranges port;
	struct nets address;
	char *protocol, *cgroup_root;
	bool force, listen;
};

#define MEMBER(name) offsetof(struct network_occupy_args, name)

static const struct param network_occupy_params[] = {
	{ "port", PARAM_RANGES, MEMBER(port), 1, 65535, .flags = PARAM_REQUIRED | PARAM_MATCHER,
		.help = "ports to take, such as 80,8000-8080",
		.zh = "要占用的端口，例如 80,8000-8080" },
	{ "force", PARAM_BOOL, MEMBER(force),
		.help = "kill the processes that have the ports; nothing starts them again",
		.zh = "强制杀死占用端口的进程；恢复时不会重新启动它们" },
	{ "protocol", PARAM_CHOICE, MEMBER(protocol), .fallback = "tcp", .choices = "tcp udp both",
		.flags = PARAM_MATCHER, .help = "whose ports", .zh = "占用哪种协议的端口" },
	{ "ip-address", PARAM_NETS, MEMBER(address), .flags = PARAM_MATCHER,
		.help = "own addresses on which they are taken (all when not given)",
		.zh = "在哪些本机地址上占用（缺省为全部）" },
	{ "listen", PARAM_BOOL, MEMBER(listen),
		.help = "let clients connect and never answer, rather than refuse them",
		.zh = "接受连接但从不应答，而不是拒绝连接" },
	{ "cgroup-root", PARAM_STR, MEMBER(cgroup_root), .flags = PARAM_HIDDEN,
		.help = "accepted as blade's and not needed", .zh = "兼容 blade，不需要" },
	{ 0 },
};

/* --- the sockets ------------------------------------------------------------------------------ */

struct network_occupy_socket {
	struct net address; /* all zero: any */
	int type;	    /* SOCK_STREAM, SOCK_DGRAM */
	uint16_t port;
};

static const struct net network_occupy_anywhere[] = { { .family = AF_INET },
	{ .family = AF_INET6 } };

static const struct {
	const char *name;
	int type;
} network_occupy_protocols[] = { { "tcp", SOCK_STREAM }, { "udp", SOCK_DGRAM } };

static bool network_occupy_bind(int fd, const struct network_occupy_socket *s)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(s->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(s->port) };
	int one = 1;

	if (s->address.family == AF_INET) {
		memcpy(&v4.sin_addr, s->address.addr, sizeof(v4.sin_addr));
		return bind(fd, (void *)&v4, sizeof(v4)) == 0;
	}
	memcpy(&v6.sin6_addr, s->address.addr, sizeof(v6.sin6_addr));
	return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) == 0 &&
	       bind(fd, (void *)&v6, sizeof(v6)) == 0;
}

/*
 * To listen for a moment makes the port exclusive also towards those that bind with SO_REUSEADDR;
 * that we may bind with it too is needed where the last owner's connections still fade away.
 */
static bool network_occupy_take(int fd, bool listens)
{
	int none = 0;

	return listen(fd, 1) == 0 &&
	       setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &none, sizeof(none)) == 0 &&
	       (listens || shutdown(fd, SHUT_RDWR) == 0);
}

/* The descriptor, or -1 with errno. */
static int network_occupy_open(const struct network_occupy_socket *s, bool listens)
{
	autoclose int fd = socket(s->address.family, s->type | SOCK_CLOEXEC, 0);
	bool tcp = s->type == SOCK_STREAM;
	int one = 1;

	if (fd < 0)
		return -1;
	if (tcp && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
		return -1;
	if (!network_occupy_bind(fd, s) || (tcp && !network_occupy_take(fd, listens)))
		return -1;
	return take_fd(&fd);
}

/* Calls each for every socket that is asked for until it returns non-zero. */
typedef int network_occupy_each_f(const struct network_occupy_socket *s, void *ctx, struct err *e);

static int network_occupy_ports(const struct network_occupy_args *a, struct network_occupy_socket s,
	network_occupy_each_f *each, void *ctx, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < a->port.n && r == 0; i++)
		for (unsigned port = a->port.v[i].lo; port <= a->port.v[i].hi && r == 0; port++) {
			s.port = (uint16_t)port;
			r = each(&s, ctx, e);
		}
	return r;
}

static int network_occupy_all(
	const struct network_occupy_args *a, network_occupy_each_f *each, void *ctx, struct err *e)
{
	bool any = a->address.n == 0;
	const struct net *v = any ? network_occupy_anywhere : a->address.v;
	size_t n = any ? ARRAY_LEN(network_occupy_anywhere) : a->address.n;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		for (size_t k = 0; k < ARRAY_LEN(network_occupy_protocols) && r == 0; k++)
			if (str_eq(a->protocol, "both") ||
				str_eq(a->protocol, network_occupy_protocols[k].name))
				r = network_occupy_ports(a,
					(struct network_occupy_socket){ .address = v[i],
						.type = network_occupy_protocols[k].type },
					each, ctx, e);
	return r;
}

/* No IPv6 here: then nobody can have its ports either. */
static bool network_occupy_not_here(const struct network_occupy_socket *s)
{
	return errno == EAFNOSUPPORT ||
	       (errno == EADDRNOTAVAIL && s->address.family == AF_INET6 && s->address.prefix == 0);
}

static const char *network_occupy_name(const struct network_occupy_socket *s)
{
	return s->type == SOCK_STREAM ? "TCP" : "UDP";
}

/* Fails with -ERR_CONFLICT where somebody has it; ctx: a counter of those that are free. */
static int network_occupy_try(const struct network_occupy_socket *s, void *ctx, struct err *e)
{
	int fd = network_occupy_open(s, false);

	if (fd < 0 && network_occupy_not_here(s))
		return 0;
	if (fd < 0)
		return err_set(e, errno == EADDRINUSE ? ERR_CONFLICT : ERR_SYSTEM, errno,
			"%s port %u", network_occupy_name(s), s->port);
	close(fd);
	++*(size_t *)ctx;
	return 0;
}

static int network_occupy_hold(const struct network_occupy_socket *s, void *ctx, struct err *e)
{
	const struct network_occupy_args *a = ctx;

	if (network_occupy_open(s, a->listen) >= 0 || network_occupy_not_here(s))
		return 0;
	return err_set(e, errno == EADDRINUSE ? ERR_CONFLICT : ERR_SYSTEM, errno, "%s port %u",
		network_occupy_name(s), s->port);
}

static int network_occupy_work(void *ctx, struct ready *ready, struct err *e)
{
	int r = network_occupy_all(ctx, network_occupy_hold, ctx, e);

	if (r < 0)
		return r;
	ready_say(ready, 0);
	for (;;)
		pause();
}

/* --- who has them ----------------------------------------------------------------------------- */

static int network_occupy_owners(const struct network_occupy_args *a, pid_t caller,
	struct selected_processes *ret, struct err *e)
{
	struct process_selector s = { .ports = a->port };
	int r = process_select(&s, 0, caller, ret, e);

	return r < 0 ? err_wrap(e, "who has the ports") : 0;
}

static int network_occupy_check(const struct network_occupy_args *a, struct err *e)
{
	size_t ports = 0;

	for (size_t i = 0; i < a->port.n; i++)
		ports += a->port.v[i].hi - a->port.v[i].lo + 1;
	if (ports * (a->address.n > 2 ? a->address.n : 2) > MOST_SOCKETS)
		return err_set(e, ERR_INVALID, 0,
			"illegal `port` parameter value: %zu ports. allowed are so many that ports times "
			"addresses make at most %d",
			ports, MOST_SOCKETS);
	for (size_t i = 0; i < a->address.n; i++)
		if (a->address.v[i].prefix != (a->address.v[i].family == AF_INET ? 32 : 128))
			return err_set(e, ERR_INVALID, 0,
				"illegal `ip-address` parameter value: a network. allowed are addresses of "
				"this host");
	return 0;
}

static int network_occupy_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct network_occupy_args *a = args;
	struct selected_processes owners = { 0 };
	size_t free_sockets = 0;
	int r = network_occupy_check(a, e);

	(void)t;
	if (r < 0)
		return r;
	r = network_occupy_all(a, network_occupy_try, &free_sockets, e);
	if (r < 0 && r != -ERR_CONFLICT)
		return r;
	if (r < 0) {
		if (!a->force)
			return err_wrap(e, "--force kills who has it");
		r = network_occupy_owners(a, getpid(), &owners, e);
	}
	if (r < 0)
		return r;
	for (size_t i = 0; i < owners.n; i++)
		plan_operation(ret, "pidfd_send_signal: SIGKILL to process %d (%s)",
			(int)owners.v[i].process.pid, owners.v[i].name);
	selected_processes_free(&owners);
	for (size_t i = 0; i < a->port.n; i++)
		plan_target(ret, "ports %u-%u, %s", a->port.v[i].lo, a->port.v[i].hi, a->protocol);
	plan_operation(ret, "bind a worker's sockets to them%s", a->listen ? ", listening" : "");
	return 0;
}

/* --- apply ------------------------------------------------------------------------------------ */

static int network_occupy_kill(struct run *run, const struct selected_process *p, struct err *e)
{
	char text[64];
	int r;

	snprintf(text, sizeof(text), "%d (%s)", (int)p->process.pid, p->name);
	r = run_undo(run, e, "killed", text, NULL);
	return r < 0 ? r : process_kill(&p->process, FREE_WAIT_MS, e);
}

/* Until nobody has the ports, for their owners' sockets are closed a moment after they end. */
static int network_occupy_wait_free(
	struct run *run, const struct network_occupy_args *a, struct err *e)
{
	enum { STEP_MS = 20 };
	int64_t until = clock_boot_ms() + FREE_WAIT_MS;
	size_t free_sockets = 0;
	int r;

	do {
		r = network_occupy_all(a, network_occupy_try, &free_sockets, e);
		if (r != -ERR_CONFLICT)
			return r;
		r = run_wait(run, STEP_MS, e);
	} while (r == 0 && clock_boot_ms() < until);
	return r < 0 ? r : err_set(e, ERR_CONFLICT, EADDRINUSE, "the ports are taken again");
}

static int network_occupy_force(struct run *run, const struct network_occupy_args *a, struct err *e)
{
	struct selected_processes owners = { 0 };
	size_t free_sockets = 0;
	int r = network_occupy_all(a, network_occupy_try, &free_sockets, NULL);

	if (r != -ERR_CONFLICT)
		return 0; /* free, or an error that taking them will meet again */
	r = network_occupy_owners(a, run_caller(run), &owners, e);
	for (size_t i = 0; i < owners.n && r == 0; i++)
		r = network_occupy_kill(run, &owners.v[i], e);
	selected_processes_free(&owners);
	return r < 0 ? r : network_occupy_wait_free(run, a, e);
}

static int network_occupy_apply(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	const struct network_occupy_args *a = args;
	struct network_occupy_args copy = *a;
	int r = a->force ? network_occupy_force(run, a, e) : 0;

	(void)t;
	return r < 0 ? r : ready_worker(run, network_occupy_work, &copy, NULL, e);
}

/* --- verify and revert ------------------------------------------------------------------------ */

struct network_occupy_tally {
	size_t asked, taken;
};

static int network_occupy_look(const struct network_occupy_socket *s, void *ctx, struct err *e)
{
	struct network_occupy_tally *tally = ctx;
	int fd = network_occupy_open(s, false);

	(void)e;
	if (fd < 0 && network_occupy_not_here(s))
		return 0;
	tally->asked++;
	tally->taken += fd < 0 && errno == EADDRINUSE;
	if (fd >= 0)
		close(fd);
	return 0;
}

static int network_occupy_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	struct network_occupy_tally tally = { 0 };

	(void)run;
	(void)t;
	network_occupy_all(args, network_occupy_look, &tally, e);
	effect_judge(ret, "ports", (double)tally.asked, (double)tally.taken, 0,
		"ports, each of IPv4 and of IPv6, that nobody else can have now");
	return 0;
}

/* The sockets go with the worker; a process that was killed is not ours to start. */
static int network_occupy_revert(const struct undo *u, struct err *e)
{
	(void)e;
	if (!str_empty(undo_get(u, "killed")))
		undo_note("process %s had the port and was killed; it was not started again",
			undo_get(u, "killed"));
	return 0;
}

const struct fault fault_network_occupy = {
	.target = "network",
	.action = "occupy",
	.aliases = "port",
	.summary = "Take ports, so that no service can have them",
	.zh = "占用本机端口，使服务无法使用",
	.example = "--port 8099 --timeout 20",
	.category = "system_network",
	.params = network_occupy_params,
	.args_size = sizeof(struct network_occupy_args),
	.flags = FAULT_NETNS,
	.needs = NEED_ROOT,
	.plan = network_occupy_plan,
	.apply = network_occupy_apply,
	.verify = network_occupy_verify,
	.revert = network_occupy_revert,
};
