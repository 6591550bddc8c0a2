/* The table of back-ends, and the choice of one. */
#include "net/backend.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "net/netem.h"
#include "net/reduced.h"
#include "net/tap.h"

static const struct net_backend *const table[] = { &net_backend_netem, &net_backend_tap,
	&net_backend_tap_clsact, &net_backend_reduced };

const struct net_backend *net_backend(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (str_eq(table[i]->name, name))
			return table[i];
	return NULL;
}

void net_backend_pass_over(struct net_choice *c, const struct err *why)
{
	struct err before = c->why_not;

	err_set(&c->why_not, ERR_UNSUPPORTED, 0, "%s%s%s: %.190s", before.msg,
		before.kind == ERR_NONE ? "" : "; ", c->by->name, why->msg);
}

int net_backend_next(
	const struct net_fault *f, const struct link *l, struct net_choice *c, struct err *e)
{
	const char *only = f->traffic->backend;
	size_t i = 0;

	while (c->by != NULL && table[i++] != c->by)
		continue;
	for (; i < ARRAY_LEN(table); i++) {
		struct err why = { 0 };
		int r;

		if (only != NULL && !str_eq(only, "auto") && !str_eq(only, table[i]->name))
			continue;
		c->by = table[i];
		r = c->by->why_not(f, l, &why);
		if (r == 0)
			return 0;
		if (r != -ERR_UNSUPPORTED)
			return err_set(e, why.kind, 0, "%s", why.msg);
		net_backend_pass_over(c, &why);
	}
	return err_set(e, ERR_UNSUPPORTED, 0, "%s", c->why_not.msg);
}

static uint32_t at_least(uint32_t value, uint32_t least)
{
	return value < least ? least : value;
}

struct tc_rate net_backend_rate(const struct net_rate *asked, const struct link *l)
{
	enum { BUNDLE = 64 * 1024, HEADERS = 18 }; /* of Ethernet, with a VLAN's */
	struct net_rate r = net_rate_computed(asked);
	uint32_t packet = l->mtu + HEADERS;

	return (struct tc_rate){ r.bps, r.peak_bps, at_least(r.burst_bytes, packet),
		at_least(r.limit_bytes, asked->limit_bytes == 0 ? 2 * BUNDLE : packet),
		at_least(r.peak_burst_bytes, packet) };
}
