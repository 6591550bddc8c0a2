/* The selection of traffic: as text, and the peers of excluded ports. */
#include "net/traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sys/sockdiag.h"

static void put_ranges(struct buf *b, const char *before, const struct ranges *r)
{
	for (size_t i = 0; i < r->n; i++) {
		buf_str(b, i == 0 ? before : ",");
		buf_fmt(b, r->v[i].lo == r->v[i].hi ? "%u" : "%u-%u", r->v[i].lo, r->v[i].hi);
	}
}

static void put_nets(struct buf *b, const char *before, const struct nets *n)
{
	for (size_t i = 0; i < n->n; i++) {
		char text[INET6_ADDRSTRLEN];

		inet_ntop(n->v[i].family, n->v[i].addr, text, sizeof(text));
		buf_fmt(b, "%s%s/%u", i == 0 ? before : ",", text, n->v[i].prefix);
	}
}

void traffic_text(const struct traffic *t, char *ret, size_t size)
{
	autobuf struct buf b = BUF_INIT(size);

	buf_str(&b, t->protocol ? t->protocol : "IP");
	put_nets(&b, " to ", &t->destination_ip);
	put_ranges(&b, ", local port ", &t->local_port);
	put_ranges(
		&b, t->local_port.n > 0 ? " or remote port " : ", remote port ", &t->remote_port);
	put_nets(&b, ", not to ", &t->exclude_ip);
	put_ranges(&b, ", not port ", &t->exclude_port);
	buf_fmt(&b, " leaving %s", t->interface);
	snprintf(ret, size, "%s%s", buf_text(&b), b.failed ? "..." : "");
}

static int add_port(struct ranges *r, unsigned port, struct err *e)
{
	struct range *v = realloc(r->v, (r->n + 1) * sizeof(*v));

	if (v == NULL)
		return err_set(e, ERR_NOMEM, errno, "list the ports of peers");
	r->v = v;
	v[r->n++] = (struct range){ port, port };
	return 0;
}

struct peers {
	const struct ranges *asked;
	struct ranges found;
};

static int add_peer(const struct socket_pair *s, void *ctx, struct err *e)
{
	struct peers *p = ctx;

	if (!ranges_has(p->asked, s->local_port) && !ranges_has(p->asked, s->remote_port))
		return 0;
	if (ranges_has(p->asked, s->remote_port) || ranges_has(&p->found, s->remote_port))
		return 0;
	return add_port(&p->found, s->remote_port, e);
}

int traffic_add_peers(struct traffic *t, struct err *e)
{
	struct peers p = { .asked = &t->exclude_port };
	int r;

	if (t->exclude_port.n == 0 || t->ignore_peer_port)
		return 0;
	r = sockdiag_list(add_peer, &p, e);
	for (size_t i = 0; i < p.found.n && r == 0; i++)
		r = add_port(&t->exclude_port, p.found.v[i].lo, e);
	ranges_free(&p.found);
	return r;
}
