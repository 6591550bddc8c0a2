/* The loop of a detour, and its judgement of a query. */
#include "faults/shared/dns_detour.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "dns/answer.h"
#include "faults/shared/dns_detour_loop.h"
#include "sys/conntrack.h"

/* --- sockets ---------------------------------------------------------------------------------- */

bool loop_watch(struct loop *l, struct source *s, unsigned events)
{
	struct epoll_event event = { .events = events, .data.ptr = s };

	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, s->fd, &event) == 0;
}

void loop_change(struct loop *l, struct source *s, unsigned events)
{
	struct epoll_event event = { .events = events, .data.ptr = s };

	epoll_ctl(l->epoll, EPOLL_CTL_MOD, s->fd, &event);
}

void loop_close(struct source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

bool loop_connect(struct loop *l, const struct addr *to, int type, struct source *s)
{
	uint32_t mark = l->d->mark;

	s->fd = socket(to->sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return false;
	if ((mark == 0 || setsockopt(s->fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) == 0) &&
		(connect(s->fd, &to->sa, addr_len(to)) == 0 || errno == EINPROGRESS) &&
		loop_watch(l, s, type == SOCK_DGRAM ? EPOLLIN : EPOLLIN | EPOLLOUT))
		return true;
	loop_close(s);
	return false;
}

/* --- servers in place of the book ------------------------------------------------------------- */

size_t loop_server(const struct loop *l, size_t number)
{
	int64_t now = clock_boot_ms();

	while (number < l->d->n_servers && l->servers[number].failed &&
		now < l->servers[number].again_ms)
		number++;
	return number;
}

void loop_server_told(struct loop *l, size_t number, bool failed)
{
	l->servers[number] = (struct server_state){ failed, clock_boot_ms() + SERVER_AGAIN_MS };
}

/* --- where a query was addressed -------------------------------------------------------------- */

static void end_of(const struct addr *a, struct flow_end *ret)
{
	bool v6 = a->sa.sa_family == AF_INET6;

	memcpy(ret->addr, v6 ? (const void *)&a->v6.sin6_addr : (const void *)&a->v4.sin_addr,
		v6 ? 16 : 4);
	ret->port = ntohs(v6 ? a->v6.sin6_port : a->v4.sin_port);
}

static void addr_of(int family, const struct flow_end *end, struct addr *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->sa.sa_family = (sa_family_t)family;
	if (family == AF_INET6) {
		memcpy(&ret->v6.sin6_addr, end->addr, 16);
		ret->v6.sin6_port = htons(end->port);
	} else {
		memcpy(&ret->v4.sin_addr, end->addr, 4);
		ret->v4.sin_port = htons(end->port);
	}
}

static bool same_host(const struct addr *a, const struct addr *b)
{
	struct flow_end x = { 0 }, y = { 0 };

	end_of(a, &x);
	end_of(b, &y);
	return a->sa.sa_family == b->sa.sa_family && memcmp(x.addr, y.addr, sizeof(x.addr)) == 0;
}

bool loop_origin(struct loop *l, const struct detour_socket *s, const struct addr *client,
	const struct addr *local, struct addr *ret)
{
	struct flow f = { .family = client->sa.sa_family,
		.protocol = s->tcp ? IPPROTO_TCP : IPPROTO_UDP };
	int r = -ERR_UNSUPPORTED;

	if (l->d->origin != NULL)
		return l->d->origin(l->d->origin_ctx, s->number, ret);
	/* What was led here was turned back to its own source; nobody else can have that. */
	if (!same_host(client, local))
		return false;
	end_of(local, &f.reply_from);
	end_of(client, &f.reply_to);
	if (l->d->conntrack >= 0)
		r = conntrack_find(l->d->conntrack, &f, NULL);
	if (r == 0)
		addr_of(f.family, &f.to, ret);
	else if (r != -ERR_NOTFOUND)
		*ret = l->d->fallback;
	return r != -ERR_NOTFOUND && ret->sa.sa_family != 0;
}

/* --- judging ---------------------------------------------------------------------------------- */

static bool is_local(const struct addr *a)
{
	if (a->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
	return ntohl(a->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static bool same_name(const struct dns_name *a, const struct dns_name *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* A stub resolver asks its own servers what it was asked: the first of the two was judged. */
static bool is_asked_on(struct loop *l, const struct dns_query *q, const struct addr *origin)
{
	struct passed *p;

	LIST_FOREACH(p, &l->passed, beside)
	{
		if (p->type == q->type && same_name(&p->name, &q->name) &&
			!same_host(&p->origin, origin))
			return true;
	}
	return false;
}

static bool is_spared(const struct loop *l, const struct dns_query *q)
{
	for (size_t i = 0; i < l->d->n_spared; i++)
		if (pattern_matches(&l->d->spared[i], &q->name))
			return true;
	return false;
}

/* Silence is what a server that drops has to say. */
static struct judgement judge_led(const struct decision *d)
{
	bool silent = d->what == DNS_DO_DROP;

	return (struct judgement){ .fate = FATE_PASS,
		.led = true,
		.patience_ms = silent ? DETOUR_PATIENCE_MS : SERVER_PATIENCE_MS + d->delay_ms };
}

static struct judgement judge_own(
	struct loop *l, const struct decision *d, const struct dns_query *q, bool tcp)
{
	struct judgement j = {
		.fate = FATE_PASS, .delay_ms = d->delay_ms, .has_ttl = d->has_ttl, .ttl = d->ttl
	};

	if (d->what == DNS_DO_DROP) {
		j.fate = FATE_DROP;
	} else if (d->what != DNS_DO_NOTHING) {
		j.fate = FATE_ANSWER;
		j.len = rule_answer(d, q, l->answer, dns_answer_limit(q, tcp));
	}
	return j;
}

struct judgement loop_judge(struct loop *l, const struct addr *client, const struct addr *origin,
	const uint8_t *packet, size_t len, bool tcp)
{
	struct judgement j = { .fate = FATE_PASS };
	struct dns_address address;
	struct dns_query q;
	struct decision d;
	int r = dns_query_parse(packet, len, &q);

	/* What is wrong with others is for the server to say. */
	if (r != 0 || is_spared(l, &q) || is_asked_on(l, &q, origin))
		return j;
	dns_address_from(&client->sa, &address);
	book_enter(l->reader);
	if (book_decide(l->reader, &address, &q, tcp, clock_boot_ms(), &d))
		j = l->d->n_servers > 0 ? judge_led(&d) : judge_own(l, &d, &q, tcp);
	book_leave(l->reader);
	return j;
}

void loop_note(struct loop *l, struct passed *p, const struct addr *origin, const uint8_t *packet,
	size_t len)
{
	struct dns_query q;

	if (!is_local(origin) || dns_query_parse(packet, len, &q) != 0)
		return;
	p->origin = *origin;
	p->name = q.name;
	p->type = q.type;
	LIST_INSERT_HEAD(&l->passed, p, beside);
}

void loop_unnote(struct passed *p)
{
	if (p->origin.sa.sa_family != 0)
		LIST_REMOVE(p, beside);
	p->origin.sa.sa_family = 0;
}

/* --- the loop --------------------------------------------------------------------------------- */

static void more_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int listen_all(struct loop *l, struct err *e)
{
	l->listeners = calloc(l->d->n_sockets, sizeof(*l->listeners));
	if (l->listeners == NULL)
		return err_set(e, ERR_NOMEM, 0, "sockets");
	for (size_t i = 0; i < l->d->n_sockets; i++) {
		const struct detour_socket *s = &l->d->sockets[i];

		l->listeners[i] = (struct listener){
			{ s->fd, s->tcp ? detour_tcp_ready : detour_udp_ready }, s
		};
		if (!loop_watch(l, &l->listeners[i].source, EPOLLIN))
			return err_set(e, ERR_SYSTEM, errno, "epoll");
	}
	return 0;
}

/* One at a time: an event's source may be gone after the one before it. */
static int turn(struct loop *l, struct err *e)
{
	int64_t now = clock_boot_ms();
	struct epoll_event event;
	int n;

	wheel_run(&l->wheel, now, l);
	n = epoll_wait(l->epoll, &event, 1, wheel_wait(&l->wheel, now));
	if (n < 0 && errno != EINTR)
		return err_set(e, ERR_SYSTEM, errno, "epoll");
	if (n > 0) {
		struct source *s = event.data.ptr;

		s->ready(s, l, event.events);
	}
	return 0;
}

int detour_run(const struct detour *d, struct err *e)
{
	struct loop *l = calloc(1, sizeof(*l));
	int r;

	if (l == NULL)
		return err_set(e, ERR_NOMEM, 0, "DNS worker");
	more_descriptors();
	l->d = d;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->servers = calloc(d->n_servers + 1, sizeof(*l->servers));
	if (l->servers == NULL)
		return err_set(e, ERR_NOMEM, 0, "DNS worker");
	wheel_init(&l->wheel, clock_boot_ms());
	r = l->epoll < 0 ? err_set(e, ERR_SYSTEM, errno, "epoll")
			 : book_reader_new(d->book, &l->reader, e);
	if (r == 0)
		r = listen_all(l, e);
	while (r == 0)
		r = turn(l, e);
	return r; /* the process ends */
}
