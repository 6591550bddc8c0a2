/* Packets from a TAP device, held for their time, and written on to the interface. */
#include "net/shaper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/sched/types.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "net/fate.h"
#include "net/hook.h"
#include "net/out.h"
#include "net/pace.h"
#include "net/queue.h"
#include "sys/bpf.h"
#include "sys/netlink.h"
#include "sys/tap.h"

enum {
	MAX_PACKET = 66 * 1024 + TAP_HEADER, /* a TCP segment before its cutting, with headers */
	MAX_HELD = 256 * 1024 * 1024,	     /* bytes; beyond, packets wait and drop in the TAP */
	HELD_SHARE = 16,		     /* and at most this part of the memory */
	BATCH = 64,			     /* packets read before those due are looked at again */
};

struct flow {
	const struct shaper *s;
	int tap, arrive; /* arrive: the program that brings packets back into the interface */
	int hung;	 /* the link of the program that sends them here; -1: not ours */
	struct out out;
	bool blocked;
	int64_t renewed;	 /* the lease, CLOCK_BOOTTIME */
	struct queue waiting;	 /* for their delay */
	struct queue paced;	 /* and then, with a rate, for their turn */
	size_t most, paced_most; /* bytes in them */
	struct net_fault now;	 /* the fault, as its profile has it now */
	const struct profile_row *row;
	double row_left_ms; /* negative: the row stays */
	struct pace pace;
	struct fates fates;
	uint8_t buffer[MAX_PACKET];
};

/* On time on a busy machine: a late packet is a wrong delay. All of it may be refused. */
static void be_punctual(void)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attr = { .size = sizeof(attr), .nice = -20, .runtime = 100 * 1000 };

	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	setpriority(PRIO_PROCESS, 0, -20);
	/* A short slice: the scheduler lets it in soon after it wakes (Linux 6.12). */
	syscall(SYS_sched_setattr, 0, &attr, 0);
}

/*
 * Without memory a packet is lost, as in any queue that is full. As in netem one of two may be
 * lost, and the copy is as it came.
 */
static void hold(struct flow *f, size_t len)
{
	size_t headers = TAP_HEADER + (link_has_mac(&f->s->link) ? ETH_HLEN : 0);
	struct fate fate = fates_next(&f->fates);
	int64_t due = clock_mono_ns() + fate.wait_ns;

	if (fate.lost && !fate.twice)
		return;
	if (fate.twice && !fate.lost)
		queue_add(&f->waiting, due, f->buffer, len);
	if (fate.spoilt && len > headers)
		fate_spoil(f->buffer + headers, len - headers, &f->fates.rand);
	queue_add(&f->waiting, due, f->buffer, len);
}

static void take_in(struct flow *f)
{
	for (int i = 0; i < BATCH && f->waiting.bytes < f->most; i++) {
		ssize_t n = read(f->tap, f->buffer, sizeof(f->buffer));

		if (n <= TAP_HEADER)
			return;
		hold(f, (size_t)n);
	}
}

/* What waits for its turn gets another one. */
static void pace_again(struct flow *f, int64_t now)
{
	struct queue old = f->paced;
	const struct queue_packet *p;

	pace_change(&f->pace, &f->now.rate, now);
	f->paced = (struct queue){ 0 };
	while ((p = queue_first(&old)) != NULL)
		if (!queue_move_first(
			    &old, &f->paced, pace_next(&f->pace, p->len - TAP_HEADER, now)))
			queue_drop_first(&old);
	queue_free(&old);
}

/* From one row of the profile to the next, when it is time. */
static void keep_to_profile(struct flow *f)
{
	const struct profile *profile = f->now.profile;
	int64_t now = clock_mono_ns();
	const struct profile_row *row;
	uint64_t bps = f->now.rate.bps;

	if (profile == NULL)
		return;
	row = profile_now(profile, now, &f->row_left_ms);
	if (row == f->row)
		return;
	f->row = row;
	f->now = net_fault_of_row(&f->now, row);
	f->paced_most = row->bps > 0 ? net_rate_computed(&f->now.rate).limit_bytes : f->most;
	if (row->bps != bps)
		pace_again(f, now);
}

/* Those whose delay is over get their turn, or are lost where too much waits for one. */
static void pace(struct flow *f)
{
	const struct queue_packet *p;

	while ((p = queue_first(&f->waiting)) != NULL && p->due <= clock_mono_ns()) {
		size_t len = p->len - TAP_HEADER;

		if (f->paced.bytes + len > f->paced_most ||
			!queue_move_first(&f->waiting, &f->paced, pace_next(&f->pace, len, p->due)))
			queue_drop_first(&f->waiting);
	}
}

static struct queue *last_queue(struct flow *f)
{
	return f->now.rate.bps > 0 || f->now.profile != NULL ? &f->paced : &f->waiting;
}

static void let_out(struct flow *f)
{
	struct queue *q = last_queue(f);
	const struct queue_packet *p;

	if (q == &f->paced)
		pace(f);
	f->blocked = false;
	while ((p = queue_first(q)) != NULL && p->due <= clock_mono_ns()) {
		f->blocked = !out_write(&f->out, p->data, p->len);
		if (f->blocked)
			return;
		queue_drop_first(q);
	}
}

/* Nanoseconds until there is something to do, -1: nothing waits. */
static int64_t next_due(const struct flow *f)
{
	const struct queue_packet *a = queue_first(&f->waiting), *b = queue_first(&f->paced);
	const struct queue_packet *p = a == NULL || (b != NULL && b->due < a->due) ? b : a;
	int64_t left = p == NULL ? -1 : p->due - clock_mono_ns();
	int64_t row = f->now.profile == NULL || f->row_left_ms < 0
			      ? -1
			      : (int64_t)(f->row_left_ms * 1e6);

	if (p != NULL && left < 0)
		return 0;
	return left < 0 || (row >= 0 && row < left) ? row : left;
}

/*
 * Somebody has taken the device away: the program would send packets to nowhere. With it gone the
 * supervisor sees that the fault is, and does what is wanted then.
 */
static int stand_aside(struct flow *f, struct err *e)
{
	if (f->hung < 0)
		return err_set(e, ERR_SYSTEM, 0, "the TAP device has gone");
	close(f->hung);
	for (;;)
		pause();
}

/* Until a busy machine has certainly let this process run again. */
enum { LEASE_NS = 2000000000, RENEWAL_NS = LEASE_NS / 10 };

static void renew_lease(struct flow *f)
{
	int64_t now = clock_boot_ms() * 1000000;

	if (f->s->lease == 0 || now < f->renewed + RENEWAL_NS / 2)
		return;
	f->renewed = now;
	bpf_array_put(f->s->lease, 0, (uint64_t)(now + LEASE_NS), NULL);
}

/* Nanoseconds to sleep when nothing comes, -1: for ever. */
static int64_t sleep_ns(const struct flow *f)
{
	int64_t left = f->blocked ? -1 : next_due(f);

	if (f->s->lease == 0)
		return left;
	return left < 0 || left > RENEWAL_NS ? RENEWAL_NS : left;
}

static int flow_on(struct flow *f, struct err *e)
{
	for (;;) {
		keep_to_profile(f);
		renew_lease(f);
		struct pollfd fds[] = {
			{ .fd = f->waiting.bytes < f->most ? f->tap : -1, .events = POLLIN },
			{ .fd = f->blocked ? f->out.fd : -1, .events = POLLOUT },
		};
		int64_t left = sleep_ns(f);
		struct timespec wait = { left / 1000000000, left % 1000000000 };

		if (ppoll(fds, ARRAY_LEN(fds), left < 0 ? NULL : &wait, NULL) < 0 && errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "poll");
		if (fds[0].revents & (POLLERR | POLLHUP))
			return stand_aside(f, e);
		if (fds[0].revents & POLLIN)
			take_in(f);
		let_out(f);
	}
}

static int open_tap(struct flow *f, int *ret_index, struct err *e)
{
	const struct shaper *s = f->s;
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	int r = nl < 0 ? nl
		       : tap_open("galetap%d", link_has_mac(&s->link),
				 !net_fault_is_for_frames(s->fault), &f->tap, ret_index, e);

	return r < 0 ? r : rtnl_link_up_pipe(nl, *ret_index, e);
}

/*
 * The device comes first, and the program that sends packets to it goes first: the descriptor low,
 * which is below the device's, is closed before it when the process is killed.
 */
static int hang_up(struct flow *f, int to, int low, unsigned *ret_rank, struct err *e)
{
	struct hook hook = { f->s->fault, to };
	autoclose int link = -1;
	int r = hook_attach(&hook, f->s->link.index, &link, ret_rank, e);

	if (r == 0 && dup3(link, low, O_CLOEXEC) < 0)
		return err_set(e, ERR_SYSTEM, errno, "dup3");
	f->hung = low;
	return r;
}

static int wait_for_rank(
	struct flow *f, struct ready *ready, int to, unsigned *ret_rank, struct err *e)
{
	renew_lease(f);
	ready_say(ready, (unsigned)to);
	if (read(f->s->rank_fd, ret_rank, sizeof(*ret_rank)) != sizeof(*ret_rank))
		return err_set(e, ERR_SYSTEM, 0, "no program was hung up for the TAP device");
	return 0;
}

static int open_way_out(struct flow *f, int to, unsigned rank, struct err *e)
{
	const struct link *l = &f->s->link;

	if (!f->s->fault->traffic->incoming || f->tap < 0)
		return out_open(l, rank, &f->out, e);
	f->out = out_arriving(l, f->tap);
	return hook_arrive(to, l->index, hook_mark(true, rank), &f->arrive, e);
}

static int set_up(struct flow *f, struct ready *ready, struct err *e)
{
	int to = 0, low = open("/dev/null", O_RDONLY | O_CLOEXEC), r = 0;
	unsigned rank = 0;

	if (low < 0)
		return err_set(e, ERR_SYSTEM, errno, "/dev/null");
	if (net_fault_holds(f->s->fault))
		r = open_tap(f, &to, e);
	if (r == 0)
		r = f->s->rank_fd >= 0 ? wait_for_rank(f, ready, to, &rank, e)
				       : hang_up(f, to, low, &rank, e);
	if (r == 0)
		r = open_way_out(f, to, rank, e);
	if (r == 0)
		ready_say(ready, rank);
	return r;
}

int shaper_run(const struct shaper *s, struct ready *ready, struct err *e)
{
	autofree struct flow *f = calloc(1, sizeof(*f));
	int r;

	if (f == NULL)
		return err_set(e, ERR_NOMEM, errno, "shaper");
	f->s = s;
	f->most = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE) / HELD_SHARE;
	f->most = f->most < MAX_HELD ? f->most : MAX_HELD;
	f->tap = f->hung = -1;
	f->now = *s->fault;
	pace_init(&f->pace, &f->now.rate, clock_mono_ns());
	f->paced_most = net_rate_computed(&f->now.rate).limit_bytes;
	fates_init(&f->fates, &f->now, f->now.seed);
	be_punctual();
	r = set_up(f, ready, e);
	return r < 0 ? r : flow_on(f, e);
}
