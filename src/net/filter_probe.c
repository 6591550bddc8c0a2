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

/* What the rules of this hook let by, which a probe must not be: their ports are enough. */
struct passed {
	struct nets source, destination;
	struct ranges source_port, destination_port;
};

static void passed_free(struct passed *p)
{
	nets_free(&p->source);
	nets_free(&p->destination);
	ranges_free(&p->source_port);
	ranges_free(&p->destination_port);
}

/* Its ports are on the side that the key has them on, seen as it leaves or arrives. */
static int add_keys(struct passed *p, const struct filter_rule *rule, struct err *e)
{
	bool in = rule->hook == FILTER_IN;
	int r = 0;

	for (size_t i = 0; rule->keys != NULL && i < rule->keys->keys.n && r == 0; i++) {
		const struct live_key *k = &rule->keys->keys.v[i];
		bool local = rule->keys->of & FILTER_LOCAL;
		unsigned port = local ? k->local_port : k->remote_port;

		r = ranges_add(local == in ? &p->destination_port : &p->source_port, port, port, e);
	}
	return r;
}

static int passed(const struct filter *f, enum filter_hook hook, struct passed *ret, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < f->n && r == 0; i++) {
		const struct filter_rule *rule = &f->rules[i];

		if (rule->act != FILTER_PASS || rule->hook != hook)
			continue;
		r = add_keys(ret, rule, e);
		if (r == 0)
			r = ranges_add_all(&ret->source_port, rule->source_port, e);
		if (r == 0)
			r = ranges_add_all(&ret->destination_port, rule->destination_port, e);
		if (r < 0 || rule->source_port != NULL || rule->destination_port != NULL)
			continue;
		r = nets_add_all(&ret->source, rule->source, e);
		if (r == 0)
			r = nets_add_all(&ret->destination, rule->destination, e);
	}
	return r;
}

/* A packet that the rule names; inward: to this host, unless it names other destinations. */
static bool make(const struct filter_rule *r, const struct passed * not, struct packet *ret)
{
	static struct net own[] = { { AF_INET, { 127, 0, 0, 1 }, 32 },
		{ AF_INET6, { [15] = 1 }, 128 } };
	static const struct nets local = { own, ARRAY_LEN(own), NULL };
	struct lists named = lists_of(r);
	int family = filter_rule_fits(r, AF_INET) ? AF_INET : AF_INET6;
	bool tcp = r->act == FILTER_RESET || r->tcp_mask != 0;

	*ret = (struct packet){
		.protocol = tcp		  ? IPPROTO_TCP
			    : r->protocol ? r->protocol
					  : IPPROTO_UDP,
		.from_port = packet_pick_port(named.source_port, &not ->source_port),
		.to_port = packet_pick_port(named.destination_port, &not ->destination_port),
		.tcp_flags = r->tcp_flags,
		.text = r->text,
	};
	if (named.destination->n == 0 && r->hook == FILTER_IN)
		named.destination = &local;
	return ret->from_port != 0 && ret->to_port != 0 &&
	       packet_pick_address(named.source, &not ->source, family, &ret->family, ret->from) &&
	       packet_pick_address(
		       named.destination, &not ->destination, family, &ret->family, ret->to);
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

static bool is_share(double share)
{
	return share > 0 && share < 1;
}

/*
 * Probes go by the loopback, so that none gets on a wire, or by the interface that the rule is for,
 * and then only one that is not hit leaves it. What is not for this host ends on the loopback.
 * Those of a share of the connections differ in a port that the rule leaves free. False when they
 * cannot be sent.
 */
static bool send_probes(const struct filter_rule *rule, struct packet p, unsigned n)
{
	const char *interface = rule->out_interface ? rule->out_interface : "lo";
	uint32_t mark = rule->hook == FILTER_IN || rule->probes ? filter_mark(rule->hook) : 0;
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
		*free_port = (uint16_t)(*free_port + is_share(rule->share));
	}
	return true;
}

struct tally {
	unsigned sent;
	uint64_t hit;
	double share;
};

/* A probe for it can be made, and sent by the loopback. */
static bool can_try(const struct filter_rule *rule, const struct passed * not, struct packet *ret)
{
	if (rule->act == FILTER_PASS || rule->hook == FILTER_THROUGH ||
		rule->in_interface != NULL || rule->keys != NULL || rule->group != NULL)
		return false;
	return make(rule, not, ret) && (rule->hook == FILTER_OUT || is_local(ret));
}

/* How many of n are hit. *ret_sent false: they cannot be sent. */
static int count_hits(const struct filter_rule *rule, const char *table, const struct packet *p,
	unsigned n, bool *ret_sent, uint64_t *ret, struct err *e)
{
	enum { TRIES = 5 }; /* a table that is replaced meanwhile begins to count anew */
	autoclose int fd = nft_open(e);
	uint64_t before = 1, after = 0;
	int r = fd < 0 ? fd : 0;

	*ret_sent = true;
	for (int i = 0; i < TRIES && after < before && r == 0; i++) {
		r = nft_count(fd, table, filter_chain(rule->hook), &before, e);
		if (r < 0)
			return r;
		*ret_sent = send_probes(rule, *p, n);
		if (!*ret_sent)
			return 0;
		clock_sleep_ms(rule->hook == FILTER_IN ? BETWEEN_MS : 0);
		r = nft_count(fd, table, filter_chain(rule->hook), &after, e);
	}
	*ret = after > before ? after - before : 0;
	return r;
}

static int try_rule(const struct filter *f, const struct filter_rule *rule, const char *table,
	struct tally *tally, struct err *e)
{
	double share = is_share(rule->share) ? rule->share : is_share(f->share) ? f->share : 1;
	unsigned n = share < 1 ? PROBES_OF_SHARE : PROBES;
	struct passed not = { 0 };
	struct packet p;
	bool sent;
	uint64_t hits = 0;
	int r = passed(f, rule->hook, &not, e);

	sent = r == 0 && can_try(rule, &not, &p);
	passed_free(&not );
	if (sent)
		r = count_hits(rule, table, &p, n, &sent, &hits, e);
	if (r < 0 || !sent)
		return r;
	tally->sent += n;
	/* Traffic of others that met the rule meanwhile is no proof of ours. */
	tally->hit += hits < n ? hits : n;
	tally->share = share;
	return 0;
}

static int verify_once(const struct filter *f, const char *table, struct effect *ret, struct err *e)
{
	struct tally tally = { .share = 1 };

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

/* A machine that is busy receives them later than they are counted: then they are sent again. */
int filter_verify(struct run *run, const struct filter *f, struct effect *ret, struct err *e)
{
	enum { TRIES = 3 };
	char table[FILTER_TABLE];
	int r = 0;

	filter_table_name(run, f, table);
	*ret = (struct effect){ .verdict = EFFECT_NONE };
	for (int i = 0; i < TRIES && r == 0 && ret->verdict != EFFECTIVE; i++)
		r = verify_once(f, table, ret, e);
	return r;
}
