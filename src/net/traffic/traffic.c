/* The selection of traffic, as text; questions about it. */
#include "net/traffic/traffic.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/buf.h"
#include "net/traffic/live.h"

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
	if (n->names != NULL)
		buf_fmt(b, "%s%s", n->n > 0 ? "," : "", n->names);
}

static void name_ranges(struct buf *b, const char *what, const struct ranges *r)
{
	buf_str(b, r->n > 0 ? what : "");
	traffic_put_ranges(b, r);
}

static void name_nets(struct buf *b, const char *what, const struct nets *n)
{
	buf_str(b, nets_given(n) ? what : "");
	traffic_put_nets(b, n);
}

void traffic_text(const struct traffic *t, char *ret, size_t size)
{
	autobuf struct buf b = BUF_INIT(size);

	buf_str(&b, traffic_any_protocol(t) ? "IP" : t->protocol);
	name_nets(&b, t->incoming ? " to " : " from ", &t->source_ip);
	name_nets(&b, t->incoming ? " from " : " to ", &t->destination_ip);
	name_ranges(&b, ", local port ", &t->local_port);
	name_ranges(
		&b, t->local_port.n > 0 ? " or remote port " : ", remote port ", &t->remote_port);
	name_nets(&b, t->incoming ? ", not to " : ", not from ", &t->exclude_source_ip);
	name_nets(&b, t->incoming ? ", not from " : ", not to ", &t->exclude_ip);
	name_ranges(&b, ", not port ", &t->exclude_port);
	buf_fmt(&b, " %s %s", t->incoming ? "arriving at" : "leaving", t->interface);
	snprintf(ret, size, "%s%s", buf_text(&b), b.failed ? "..." : "");
}

const struct nets *traffic_nets(const struct traffic *t, int kind)
{
	const struct nets *const lists[] = {
		[LIVE_DESTINATION] = &t->destination_ip,
		[LIVE_EXCLUDE] = &t->exclude_ip,
		[LIVE_SOURCE] = &t->source_ip,
		[LIVE_EXCLUDE_SOURCE] = &t->exclude_source_ip,
	};

	return lists[kind];
}

bool traffic_has_names(const struct traffic *t)
{
	for (int kind = 0; kind <= LIVE_EXCLUDE_SOURCE; kind++)
		if (traffic_nets(t, kind)->names != NULL)
			return true;
	return false;
}

bool traffic_any_protocol(const struct traffic *t)
{
	return t->protocol == NULL || param_has_choice(t->protocol, "any");
}

bool traffic_is_for_some(const struct traffic *t)
{
	const struct place_selector *w = &t->who;

	return w->container != NULL || w->cgroup != NULL || w->process.command_line != NULL ||
	       w->process.pids.n > 0;
}

bool traffic_hits_arp(const struct traffic *t)
{
	return param_has_choice(t->include, "arp") && traffic_any_protocol(t) &&
	       !t->found.sockets && t->local_port.n == 0 && t->remote_port.n == 0;
}
