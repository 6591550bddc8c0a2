/*
 * network flood: a worker sends UDP or TCP to targets, so much a second. Only to addresses that the
 * owner of this host allows (flood-allow); no parameter of an order widens that.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/rand.h"
#include "base/str.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/plan.h"
#include "fault/ready.h"
#include "fault/run.h"
#include "fault/undo.h"
#include "net/traffic/traffic.h"

#define FLOOD_ALLOW "GALE_FLOOD_ALLOW"

enum {
	MOST_FLOWS = 256,
	MOST_SIZE = 8192,
	TICK_MS = 1,
	MOST_OWED_MS = 20, /* what a pause of the worker may catch up */
	AGAIN_MS = 100,	   /* until a connection that broke is tried again */
};

struct network_flood_args {
	struct nets target;
	long long port, rate, parallel, size;
	char *protocol;
};

#define MEMBER(name) offsetof(struct network_flood_args, name)

static const struct param network_flood_params[] = {
	{ "target", PARAM_NETS, MEMBER(target), .flags = PARAM_REQUIRED | PARAM_MATCHER,
		.help = "addresses that are flooded, IPv4 or IPv6, all within what the setting "
			"flood-allow of this host allows",
		.zh = "目标地址，支持 IPv4 和 IPv6，必须全部在本机 flood-allow 设置允许的范围内",
		.also = "ip-address destination-ip" },
	{ "port", PARAM_INT, MEMBER(port), 1, 65535, .flags = PARAM_REQUIRED | PARAM_MATCHER,
		.help = "port that is flooded", .zh = "目标端口", .also = "remote-port" },
	{ "rate", PARAM_RATE, MEMBER(rate), 1000, 1e11, .flags = PARAM_REQUIRED,
		.help = "how much is sent, to all of them together",
		.zh = "向所有目标发送的总速率" },
	{ "protocol", PARAM_CHOICE, MEMBER(protocol), .fallback = "udp", .choices = "udp tcp",
		.flags = PARAM_MATCHER, .help = "what is sent", .zh = "发送的协议" },
	{ "parallel", PARAM_INT, MEMBER(parallel), 1, MOST_FLOWS, .fallback = "1",
		.help = "sockets or connections to each target", .zh = "每个目标的并发连接数" },
	{ "size", PARAM_INT, MEMBER(size), 1, MOST_SIZE, "bytes", "1400",
		.help = "payload of a packet", .zh = "每个数据包的负载大小" },
	{ 0 },
};

/* --- what is allowed -------------------------------------------------------------------------- */

/* All addresses of the block are in one of the list. */
static bool network_flood_within(const struct net *block, const struct nets *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct nets one = { .v = &list->v[i], .n = 1 };

		if (block->prefix >= list->v[i].prefix &&
			nets_has(&one, block->family, block->addr))
			return true;
	}
	return false;
}

static int network_flood_allowed(const struct nets *targets, struct err *e)
{
	const char *text = getenv(FLOOD_ALLOW);
	struct nets allowed = { 0 };
	int r;

	if (str_empty(text))
		return err_set(e, ERR_DENIED, 0,
			"this host allows no target of a flood: its setting flood-allow (--flood-allow, " FLOOD_ALLOW
			", or flood-allow in gale.yaml) names the addresses that may be flooded");
	r = nets_parse(text, &allowed, e);
	if (r < 0)
		return err_wrap(e, "flood-allow");
	for (size_t i = 0; i < targets->n && r == 0; i++) {
		autobuf struct buf b = BUF_INIT(100);
		const struct nets one = { .v = &targets->v[i], .n = 1 };

		if (network_flood_within(&targets->v[i], &allowed))
			continue;
		traffic_put_nets(&b, &one);
		r = err_set(e, ERR_DENIED, 0,
			"%s is not among the targets that this host allows: %s", buf_text(&b),
			text);
	}
	nets_free(&allowed);
	return r;
}

static int network_flood_check(const struct network_flood_args *a, struct err *e)
{
	for (size_t i = 0; i < a->target.n; i++)
		if (a->target.v[i].prefix != (a->target.v[i].family == AF_INET ? 32 : 128))
			return err_set(e, ERR_INVALID, 0,
				"illegal `target` parameter value: a network. allowed are single addresses");
	if (a->target.n * (size_t)a->parallel > MOST_FLOWS)
		return err_set(e, ERR_INVALID, 0,
			"illegal `parallel` parameter value: `%lld`. allowed are %d sockets to all targets "
			"together",
			a->parallel, MOST_FLOWS);
	return network_flood_allowed(&a->target, e);
}

/* --- the worker ------------------------------------------------------------------------------- */

struct network_flood_flow {
	int fd; /* -1: broken */
	int64_t again_ms;
	union {
		struct sockaddr sa;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} to;
};

struct network_flood {
	const struct network_flood_args *args;
	int64_t deadline_ms;
	uint64_t seed;
	atomic_ullong *sent; /* bytes, shared with the supervisor */
	struct network_flood_flow flows[MOST_FLOWS];
	size_t n;
	uint8_t data[MOST_SIZE];
};

static void network_flood_address(const struct net *n, uint16_t port, struct network_flood_flow *f)
{
	if (n->family == AF_INET) {
		f->to.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
		memcpy(&f->to.v4.sin_addr, n->addr, sizeof(f->to.v4.sin_addr));
		return;
	}
	f->to.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port) };
	memcpy(&f->to.v6.sin6_addr, n->addr, sizeof(f->to.v6.sin6_addr));
}

static int network_flood_connect(struct network_flood_flow *f, bool tcp, struct err *e)
{
	socklen_t len = f->to.sa.sa_family == AF_INET ? sizeof(f->to.v4) : sizeof(f->to.v6);
	int type = tcp ? SOCK_STREAM : SOCK_DGRAM;

	f->fd = socket(f->to.sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (f->fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "socket");
	if (connect(f->fd, &f->to.sa, len) < 0 && errno != EINPROGRESS)
		return err_set(e, ERR_SYSTEM, errno, "connect");
	return 0;
}

static int network_flood_open(struct network_flood *w, struct err *e)
{
	bool tcp = str_eq(w->args->protocol, "tcp");
	int r = 0;

	for (size_t i = 0; i < w->args->target.n; i++)
		for (long long k = 0; k < w->args->parallel && r == 0; k++) {
			struct network_flood_flow *f = &w->flows[w->n++];

			network_flood_address(&w->args->target.v[i], (uint16_t)w->args->port, f);
			r = network_flood_connect(f, tcp, e);
		}
	return r;
}

static void network_flood_break(struct network_flood_flow *f)
{
	close(f->fd);
	f->fd = -1;
	f->again_ms = clock_boot_ms() + AGAIN_MS;
}

/* The bytes that went; 0: not now. */
static size_t network_flood_send(struct network_flood *w, struct network_flood_flow *f)
{
	bool tcp = str_eq(w->args->protocol, "tcp");
	ssize_t n;

	if (f->fd < 0) {
		if (clock_boot_ms() < f->again_ms)
			return 0;
		if (network_flood_connect(f, tcp, NULL) < 0) {
			network_flood_break(f);
			return 0;
		}
	}
	n = send(f->fd, w->data, (size_t)w->args->size, MSG_NOSIGNAL);
	if (n >= 0)
		return (size_t)n;
	/* Nobody listens on the port: a datagram has told so, and the next one goes out. */
	if (tcp && errno != EAGAIN && errno != ENOTCONN && errno != EALREADY)
		network_flood_break(f);
	return 0;
}

/* What the peer says is taken and forgotten, or its window would close. */
static void network_flood_hear(struct network_flood *w)
{
	uint8_t nothing[4096];

	for (size_t i = 0; i < w->n; i++)
		while (w->flows[i].fd >= 0 &&
			recv(w->flows[i].fd, nothing, sizeof(nothing), MSG_DONTWAIT) > 0)
			continue;
}

static void network_flood_pay(struct network_flood *w, double *owed, size_t *next)
{
	size_t idle = 0;

	while (*owed >= 1 && idle < w->n) {
		size_t n = network_flood_send(w, &w->flows[(*next)++ % w->n]);

		*owed -= (double)n;
		atomic_fetch_add(w->sent, n);
		idle = n > 0 ? 0 : idle + 1;
	}
}

static int network_flood_work(void *ctx, struct ready *ready, struct err *e)
{
	struct network_flood *w = ctx;
	struct rand rand = rand_seeded(w->seed);
	double a_ns = (double)w->args->rate / 8e9, owed = 0;
	int64_t last;
	size_t next = 0;
	int r = network_flood_open(w, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(w->data); i++)
		w->data[i] = (uint8_t)rand_next(&rand);
	ready_say(ready, 0);
	last = clock_mono_ns();
	while (w->deadline_ms == 0 || clock_boot_ms() < w->deadline_ms) {
		int64_t now = clock_mono_ns();

		owed += (double)(now - last) * a_ns;
		if (owed > MOST_OWED_MS * 1e6 * a_ns + (double)w->args->size)
			owed = MOST_OWED_MS * 1e6 * a_ns + (double)w->args->size;
		last = now;
		network_flood_pay(w, &owed, &next);
		network_flood_hear(w);
		clock_sleep_ms(TICK_MS);
	}
	for (;;)
		pause();
}

/* --- plan, apply, verify ---------------------------------------------------------------------- */

static int network_flood_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct network_flood_args *a = args;
	autobuf struct buf targets = BUF_INIT(4000);
	int r = network_flood_check(a, e);

	(void)t;
	if (r < 0)
		return r;
	traffic_put_nets(&targets, &a->target);
	plan_target(ret, "%s port %lld of %s", a->protocol, a->port, buf_text(&targets));
	plan_operation(ret,
		"a worker sends %lld bits a second, %lld bytes at a time, by %lld sockets each",
		a->rate, a->size, a->parallel);
	return 0;
}

static int network_flood_apply(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	struct network_flood w = {
		.args = args, .deadline_ms = run_deadline(run), .seed = run_seed(run)
	};
	int r = network_flood_check(args, e);

	(void)t;
	if (r < 0)
		return r;
	w.sent = mmap(
		NULL, sizeof(*w.sent), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w.sent == MAP_FAILED)
		return err_set(e, ERR_SYSTEM, errno, "shared memory");
	run_keep(run, w.sent);
	return ready_worker(run, network_flood_work, &w, NULL, e);
}

/* A machine that is busy for a moment lets the worker send too little: it is looked at again. */
static int network_flood_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	enum { SETTLE_MS = 200, LOOK_MS = 400, LOOKS = 5 };
	const struct network_flood_args *a = args;
	const atomic_ullong *sent = run_kept(run);
	int r = run_wait(run, SETTLE_MS, e);

	(void)t;
	*ret = (struct effect){ .verdict = EFFECT_NONE };
	for (int i = 0; i < LOOKS && r == 0 && ret->verdict != EFFECTIVE; i++) {
		unsigned long long before = atomic_load(sent);
		int64_t start = clock_mono_ns();
		double bits;

		r = run_wait(run, LOOK_MS, e);
		bits = (double)(atomic_load(sent) - before) * 8;
		/* A slow sender sends one packet in a while: the last one counts or not. */
		effect_judge(ret, "kbit/s", (double)a->rate / 1e3,
			bits * 1e6 / (double)(clock_mono_ns() - start),
			(double)a->rate / 1e4 + (double)a->size * 8 / LOOK_MS,
			"payload that the kernel took from the worker in %d ms", LOOK_MS);
	}
	return r;
}

/* The worker's end is the end of it. */
static int network_flood_revert(const struct undo *u, struct err *e)
{
	(void)u;
	(void)e;
	return 0;
}

const struct fault fault_network_flood = {
	.target = "network",
	.action = "flood",
	.summary = "Send so much to targets that this host's owner allows",
	.zh = "向本机允许的目标发送大量流量",
	.example = "--target 192.0.2.1 --port 9 --rate 1mbit --timeout 20",
	.category = "system_network",
	.params = network_flood_params,
	.args_size = sizeof(struct network_flood_args),
	.flags = FAULT_NETNS,
	.needs = NEED_ROOT,
	.plan = network_flood_plan,
	.apply = network_flood_apply,
	.verify = network_flood_verify,
	.revert = network_flood_revert,
};
