/* What a filter would do, in words. */
#include <arpa/inet.h>

#include "fault/plan.h"
#include "net/filter_table.h"
#include "net/traffic/traffic.h"

static void say_nets(struct buf *b, const char *what, const struct nets *n)
{
	if (n == NULL || n->n == 0)
		return;
	buf_str(b, what);
	traffic_put_nets(b, n);
}

static void say_ports(struct buf *b, const char *what, const struct ranges *r)
{
	if (r == NULL || r->n == 0)
		return;
	buf_str(b, what);
	traffic_put_ranges(b, r);
}

/* What is left alone; sockets of processes are not known yet. */
static void say_keys(struct buf *b, const struct filter_keys *k)
{
	for (size_t i = 0; i < k->keys.n; i++) {
		const struct live_key *key = &k->keys.v[i];
		bool local = k->of & FILTER_LOCAL;
		const struct net peer = live_net(key);
		char text[INET6_ADDRSTRLEN];

		inet_ntop(peer.family, peer.addr, text, sizeof(text));
		buf_fmt(b, "%s %s with %s port %u", i == 0 ? " of" : ",", text,
			local ? "our" : "its", local ? key->local_port : key->remote_port);
	}
}

static void say_rule(struct buf *b, const struct filter *f, const struct filter_rule *r)
{
	static const char *const acts[] = {
		[FILTER_DROP] = "drop", [FILTER_PASS] = "let by", [FILTER_RESET] = "reset"
	};
	static const char *const ways[] = {
		[FILTER_IN] = "to this host",
		[FILTER_OUT] = "from this host",
		[FILTER_THROUGH] = "through this host",
	};
	double share = r->share > 0 || r->act == FILTER_PASS ? r->share : f->share;

	buf_str(b, acts[r->act]);
	if (share > 0 && share < 1)
		buf_fmt(b, " %g percent of", share * 100);
	buf_fmt(b, " packets %s", ways[r->hook]);
	say_nets(b, " from ", r->source);
	say_nets(b, " to ", r->destination);
	say_ports(b, " from port ", r->source_port);
	say_ports(b, " to port ", r->destination_port);
	if (r->protocol != 0)
		buf_fmt(b, " of protocol %d", r->protocol);
	if (r->tcp_mask != 0)
		buf_fmt(b, " with TCP flags %#x of %#x", r->tcp_flags, r->tcp_mask);
	if (r->in_interface != NULL)
		buf_fmt(b, " that come by %s", r->in_interface);
	if (r->out_interface != NULL)
		buf_fmt(b, " that go by %s", r->out_interface);
	if (r->keys != NULL)
		say_keys(b, r->keys);
	if (r->text != NULL)
		buf_fmt(b, " with the text %s", r->text);
	if (r->probes)
		buf_str(b, " of the processes that are meant");
}

void filter_plan(const struct filter *f, struct plan *ret)
{
	for (size_t i = 0; i < f->n; i++) {
		autobuf struct buf b = BUF_INIT(4000);

		say_rule(&b, f, &f->rules[i]);
		plan_operation(ret, "nft: table inet gale_UID, chain %s: %s, until the deadline",
			filter_chain(f->rules[i].hook), buf_text(&b));
	}
}
