/* What the rules of a filter do, seen by packets made for them. */
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "net/filter_table.h"
#include "net/packet.h"
#include "sys/nft.h"

enum {
	PROBES = 10,
	PROBES_OF_SHARE = 400,
	BETWEEN_MS = 2, /* they are received after sending has returned */
};

/* Lists of a rule, none of them NULL. */
struct lists {
	const struct nets *source, *destination;
	const struct ranges *source_port, *destination_port;
};

static const struct nets no_nets;
static const struct ranges no_ports;

static struct lists lists_of(const struct filter_rule *r)
{
	return (struct lists){
		r->source ? r->source : &no_nets,
		r->destination ? r->destination : &no_nets,
		r->source_port ? r->source_port : &no_ports,
		r->destination_port ? r->destination_port : &no_ports,
	};
}

/* What the rules of this hook let by: a probe must not be that. */
static struct lists passed(const struct filter *f, enum filter_hook hook)
{
	struct lists all = { &no_nets, &no_nets, &no_ports, &no_ports };

	for (size_t i = 0; i < f->n; i++) {
		const struct filter_rule *r = &f->rules[i];

		if (r->act != FILTER_PASS || r->hook != hook)
			continue;
		all.source = r->source ? r->source : all.source;
		all.destination = r->destination ? r->destination : all.destination;
		all.source_port = r->source_port ? r->source_port : all.source_port;
		all.destination_port = r->destination_port ? r->destination_port
							   : all.destination_port;
	}
	return all;
}

/* A packet that the rule names; inward: to this host, unless it names other destinations. */
static bool make(const struct filter *f, const struct filter_rule *r, struct packet *ret)
{
	static struct net own[] = { { AF_INET, { 127, 0, 0, 1 }, 32 },
		{ AF_INET6, { [15] = 1 }, 128 } };
	static const struct nets local = { own, ARRAY_LEN(own), NULL };
	struct lists named = lists_of(r), not = passed(f, r->hook);
	int family = filter_rule_fits(r, AF_INET) ? AF_INET : AF_INET6;
	bool tcp = r->act == FILTER_RESET || r->tcp_mask != 0;

	*ret = (struct packet){
		.protocol = tcp		  ? IPPROTO_TCP
			    : r->protocol ? r->protocol
					  : IPPROTO_UDP,
		.from_port = packet_pick_port(named.source_port, not .source_port),
		.to_port = packet_pick_port(named.destination_port, not .destination_port),
		.tcp_flags = r->tcp_flags,
		.text = r->text,
	};
	if (named.destination->n == 0 && r->hook == FILTER_IN)
		named.destination = &local;
	return ret->from_port != 0 && ret->to_port != 0 &&
	       packet_pick_address(named.source, not .source, family, &ret->family, ret->from) &&
	       packet_pick_address(
		       named.destination, not .destination, family, &ret->family, ret->to);
}

static socklen_t address(const struct packet *p, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 *v6 = (void *)ret;
	struct sockaddr_in *v4 = (void *)ret;

	*ret = (struct sockaddr_storage){ .ss_family = (sa_family_t)p->family };
	if (p->family == AF_INET) {
		memcpy(&v4->sin_addr, p->to, sizeof(v4->sin_addr));
		return sizeof(*v4);
	}
	memcpy(&v6->sin6_addr, p->to, sizeof(v6->sin6_addr));
	return sizeof(*v6);
}

static bool is_local(const struct packet *p)
{
	struct sockaddr_storage to;
	socklen_t len = address(p, &to);
	autoclose int fd = socket(p->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && bind(fd, (void *)&to, len) == 0;
}

static bool shared(const struct filter_rule *rule)
{
	return rule->share > 0 && rule->share < 1;
}

/*
 * Probes go by the loopback, so that none gets on a wire, or by the interface that the rule is for,
 * and then only one that is not hit leaves it. What is not for this host ends on the loopback.
 * Those of a share differ in a port that the rule leaves free. False when they cannot be sent.
 */
static bool send_probes(const struct filter_rule *rule, struct packet p, unsigned n)
{
	const char *interface = rule->out_interface ? rule->out_interface : "lo";
	uint32_t mark = rule->hook == FILTER_IN ? FILTER_MARK : 0;
	struct lists named = lists_of(rule);
	uint16_t *free_port = named.source_port->n == 0 ? &p.from_port : &p.to_port;
	struct sockaddr_storage to;
	socklen_t len = address(&p, &to);
	uint8_t data[PACKET_ROOM];
	autoclose int fd = socket(p.family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
			(socklen_t)strlen(interface) + 1) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0)
		return false;
	for (unsigned i = 0; i < n; i++) {
		size_t size = packet_make(&p, data);

		if (sendto(fd, data, size, 0, (void *)&to, len) < 0 && errno != EPERM)
			return false;
		*free_port = (uint16_t)(*free_port + shared(rule));
	}
	return true;
}

struct tally {
	unsigned sent;
	uint64_t hit;
	double share;
};

/* A probe for it can be made, and sent by the loopback. */
static bool can_try(const struct filter *f, const struct filter_rule *rule, struct packet *ret)
{
	if (rule->act == FILTER_PASS || rule->hook == FILTER_THROUGH)
		return false;
	if (rule->in_interface != NULL || !make(f, rule, ret))
		return false;
	return rule->hook == FILTER_OUT || is_local(ret);
}

static int try_rule(const struct filter *f, const struct filter_rule *rule, const char *table,
	struct tally *tally, struct err *e)
{
	unsigned n = shared(rule) ? PROBES_OF_SHARE : PROBES;
	uint64_t before = 0, after = 0;
	autoclose int fd = -1;
	struct packet p;
	int r;

	if (!can_try(f, rule, &p))
		return 0;
	fd = nft_open(e);
	r = fd < 0 ? fd : nft_count(fd, table, filter_chain(rule->hook), &before, e);
	if (r < 0 || !send_probes(rule, p, n))
		return r;
	clock_sleep_ms(rule->hook == FILTER_IN ? BETWEEN_MS : 0);
	r = nft_count(fd, table, filter_chain(rule->hook), &after, e);
	tally->sent += n;
	/* Traffic of others that met the rule meanwhile is no proof of ours. */
	tally->hit += after - before < n ? after - before : n;
	tally->share = shared(rule) ? rule->share : 1;
	return r;
}

int filter_verify(struct run *run, const struct filter *f, struct effect *ret, struct err *e)
{
	struct tally tally = { .share = 1 };
	char table[FILTER_TABLE];

	filter_table_name(run, f, table);
	for (size_t i = 0; i < f->n; i++) {
		int r = try_rule(f, &f->rules[i], table, &tally, e);

		if (r < 0)
			return r;
	}
	if (tally.sent == 0)
		effect_judge(ret, "percent", 100, 100, 0,
			"the rules are in place; no probe for them can be sent from this host");
	else
		effect_judge(ret, "percent", 100 * tally.share,
			100.0 * (double)tally.hit / tally.sent,
			400 * sqrt(tally.share * (1 - tally.share) / tally.sent),
			"%u probes, counted by the rules", tally.sent);
	return 0;
}
