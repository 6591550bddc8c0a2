/* The selection of traffic: as text, and the peers of excluded ports. */
#include "net/traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "sys/sockdiag.h"

void traffic_put_ranges(struct buf *b, const struct ranges *r)
{
	for (size_t i = 0; i < r->n; i++) {
		buf_str(b, i == 0 ? "" : ",");
		buf_fmt(b, "%u", r->v[i].lo);
		if (r->v[i].hi != r->v[i].lo)
			buf_fmt(b, "-%u", r->v[i].hi);
	}
}

void traffic_put_nets(struct buf *b, const struct nets *n)
{
	for (size_t i = 0; i < n->n; i++) {
		char text[INET6_ADDRSTRLEN];

		inet_ntop(n->v[i].family, n->v[i].addr, text, sizeof(text));
		buf_fmt(b, "%s%s/%u", i == 0 ? "" : ",", text, n->v[i].prefix);
	}
}

static void name_ranges(struct buf *b, const char *what, const struct ranges *r)
{
	buf_str(b, r->n > 0 ? what : "");
	traffic_put_ranges(b, r);
}

static void name_nets(struct buf *b, const char *what, const struct nets *n)
{
	buf_str(b, n->n > 0 ? what : "");
	traffic_put_nets(b, n);
}

void traffic_text(const struct traffic *t, char *ret, size_t size)
{
	autobuf struct buf b = BUF_INIT(size);

	buf_str(&b, t->protocol ? t->protocol : "IP");
	name_nets(&b, t->incoming ? " from " : " to ", &t->destination_ip);
	name_ranges(&b, ", local port ", &t->local_port);
	name_ranges(
		&b, t->local_port.n > 0 ? " or remote port " : ", remote port ", &t->remote_port);
	name_nets(&b, t->incoming ? ", not from " : ", not to ", &t->exclude_ip);
	name_ranges(&b, ", not port ", &t->exclude_port);
	buf_fmt(&b, " %s %s", t->incoming ? "arriving at" : "leaving", t->interface);
	snprintf(ret, size, "%s%s", buf_text(&b), b.failed ? "..." : "");
}

static int add_range(struct ranges *r, struct range added, struct err *e)
{
	struct range *v = realloc(r->v, (r->n + 1) * sizeof(*v));

	if (v == NULL)
		return err_set(e, ERR_NOMEM, errno, "list the ports of peers");
	r->v = v;
	v[r->n++] = added;
	return 0;
}

struct peers {
	const struct ranges *asked;
	struct ranges *all;
};

static int add_peer(const struct socket_pair *s, void *ctx, struct err *e)
{
	struct peers *p = ctx;

	if (!ranges_has(p->asked, s->local_port) && !ranges_has(p->asked, s->remote_port))
		return 0;
	if (ranges_has(p->all, s->remote_port))
		return 0;
	return add_range(p->all, (struct range){ s->remote_port, s->remote_port }, e);
}

/*
 * Without ports of its own a fault would cut off who ordered it: the agent's ports to the console,
 * and the ssh session that gale was called in, are left alone.
 */
static int add_protected(const struct traffic *t, struct ranges *all, struct err *e)
{
	const char *ports = getenv("GALE_PROTECT_PORTS"), *ssh = getenv("SSH_CONNECTION");
	struct ranges own = { 0 };
	unsigned client;
	int r = 0;

	if (t->local_port.n > 0 || t->remote_port.n > 0)
		return 0;
	if (ports != NULL && ranges_parse(ports, 0, 65535, &own, NULL) == 0)
		for (size_t i = 0; i < own.n && r == 0; i++)
			r = add_range(all, own.v[i], e);
	ranges_free(&own);
	if (r == 0 && ssh != NULL && sscanf(ssh, "%*s %5u", &client) == 1)
		r = add_range(all, (struct range){ client, client }, e);
	return r;
}

int traffic_with_peers(const struct traffic *t, struct traffic *ret, struct err *e)
{
	struct ranges all = { 0 };
	struct peers p = { &t->exclude_port, &all };
	int r = 0;

	for (size_t i = 0; i < t->exclude_port.n && r == 0; i++)
		r = add_range(&all, t->exclude_port.v[i], e);
	if (r == 0 && all.n > 0 && !t->ignore_peer_port)
		r = sockdiag_list(add_peer, &p, e);
	if (r == 0)
		r = add_protected(t, &all, e);
	if (r < 0) {
		ranges_free(&all);
		return r;
	}
	*ret = *t;
	ret->exclude_port = all;
	return 0;
}

void traffic_with_peers_free(struct traffic *t)
{
	ranges_free(&t->exclude_port);
}
