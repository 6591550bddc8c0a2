/* Words of rules, and the answers that they make up. */
#include "dns/rule.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/nets.h"
#include "base/rand.h"
#include "base/str.h"
#include "dns/answer.h"
#include "dns/compiled.h"

static const struct {
	const char *name;
	enum dns_do what;
	unsigned rcode;
} actions[] = {
	{ "error", DNS_DO_ERROR, DNS_SERVFAIL },
	{ "servfail", DNS_DO_ERROR, DNS_SERVFAIL },
	{ "nxdomain", DNS_DO_ERROR, DNS_NXDOMAIN },
	{ "refused", DNS_DO_ERROR, DNS_REFUSED },
	{ "nodata", DNS_DO_ERROR, DNS_NOERROR },
	{ "random", DNS_DO_RANDOM, 0 },
	{ "static", DNS_DO_STATIC, 0 },
	{ "delay", DNS_DO_DELAY, 0 },
	{ "drop", DNS_DO_DROP, 0 },
	{ "truncate", DNS_DO_TRUNCATE, 0 },
	{ "ttl", DNS_DO_TTL, 0 },
};

int rule_action_parse(const char *text, struct rule_spec *ret, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (str_eq(actions[i].name, text)) {
			ret->what = actions[i].what;
			ret->rcode = actions[i].rcode;
			return 0;
		}
	return err_illegal(e, "action", text,
		"error, nxdomain, refused, nodata, random, static, delay, drop, truncate, ttl");
}

const char *rule_action_name(enum dns_do what, unsigned rcode)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (actions[i].what == what && actions[i].rcode == rcode)
			return actions[i].name;
	return "";
}

/* --- clients ---------------------------------------------------------------------------------- */

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static void address_put(struct dns_address *ret, int family, const void *bytes)
{
	if (family == AF_INET) {
		memcpy(ret->b, mapped, sizeof(mapped));
		memcpy(ret->b + sizeof(mapped), bytes, 4);
	} else {
		memcpy(ret->b, bytes, sizeof(ret->b));
	}
}

void dns_address_from(const struct sockaddr *sa, struct dns_address *ret)
{
	if (sa->sa_family == AF_INET)
		address_put(
			ret, AF_INET, &((const struct sockaddr_in *)(const void *)sa)->sin_addr);
	else
		address_put(
			ret, AF_INET6, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
}

/* namespace/name, in Kubernetes' letters: a namespace has no dot, an address has one. */
static bool is_pod(const char *text)
{
	size_t namespace = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
	const char *name = text + namespace + 1;

	return namespace > 0 && text[namespace] == '/' && *name &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.")];
}

int dns_client_parse(const char *text, struct dns_client *ret, struct err *e)
{
	struct dns_client c = { .kind = DNS_CLIENT_NET };
	struct nets nets = { 0 };

	if (str_eq(text, "any")) {
		*ret = (struct dns_client){ .kind = DNS_CLIENT_ANY };
		return 0;
	}
	if (!strchr(text, ',') && nets_parse(text, &nets, NULL) == 0) {
		c.prefix = nets.v[0].prefix + (nets.v[0].family == AF_INET ? 96 : 0);
		address_put(&c.net, nets.v[0].family, nets.v[0].addr);
		nets_free(&nets);
		*ret = c;
		return 0;
	}
	if (!is_pod(text))
		return err_illegal(e, "client", text,
			"any, an IPv4 or IPv6 address or CIDR block, namespace/pod");
	*ret = (struct dns_client){ .kind = DNS_CLIENT_POD, .pod = text };
	return 0;
}

/* --- answers ---------------------------------------------------------------------------------- */

static bool usable_v4(const uint8_t a[static 4])
{
	return a[0] >= 1 && a[0] < 224 && a[0] != 10 && a[0] != 127 &&
	       !(a[0] == 169 && a[1] == 254) && !(a[0] == 172 && (a[1] & 0xf0) == 16) &&
	       !(a[0] == 192 && a[1] == 168);
}

void rule_random_a(uint64_t chance, uint8_t ret[static 4])
{
	struct rand dice = rand_seeded(chance);

	do {
		uint64_t bits = rand_next(&dice);

		memcpy(ret, &bits, 4);
	} while (!usable_v4(ret));
}

void rule_random_aaaa(uint64_t chance, uint8_t ret[static 16])
{
	struct rand dice = rand_seeded(chance);

	for (int i = 0; i < 2; i++) {
		uint64_t bits = rand_next(&dice);

		memcpy(ret + 8 * i, &bits, 8);
	}
	ret[0] = 0x20 | (ret[0] & 0x1f);
}

static void answer_random(
	struct dns_answer *a, const struct decision *d, uint16_t type, uint32_t ttl)
{
	uint8_t address[16];

	if (type == DNS_A)
		rule_random_a(d->chance, address);
	else if (type == DNS_AAAA)
		rule_random_aaaa(d->chance, address);
	else
		return;
	dns_answer_address(a, type, ttl, address);
}

static void answer_static(
	struct dns_answer *a, const struct static_answer *s, uint16_t type, uint32_t ttl)
{
	const uint8_t *v4 = s->data + s->cname, *v6 = v4 + 4 * s->n_a;

	if (s->cname)
		dns_answer_cname(a, ttl, s->data, s->cname);
	for (unsigned i = 0; i < s->n_a && (type == DNS_A || type == DNS_ANY); i++)
		dns_answer_address(a, DNS_A, ttl, v4 + 4 * i);
	for (unsigned i = 0; i < s->n_aaaa && (type == DNS_AAAA || type == DNS_ANY); i++)
		dns_answer_address(a, DNS_AAAA, ttl, v6 + 16 * i);
}

size_t rule_answer(const struct decision *d, const struct dns_query *q, uint8_t *out, size_t max)
{
	uint32_t ttl = d->has_ttl ? d->ttl : DNS_RULE_TTL;
	struct dns_answer a;

	if (d->what == DNS_DO_TRUNCATE)
		return dns_answer_truncated(q, out, max);
	if (d->what == DNS_DO_ERROR)
		return dns_answer_rcode(q, d->rcode, out, max);
	dns_answer_begin(&a, q, out, max, DNS_NOERROR, DNS_AA | DNS_RA);
	if (d->what == DNS_DO_RANDOM)
		answer_random(&a, d, q->type, ttl);
	else if (d->what == DNS_DO_STATIC)
		answer_static(&a, d->answer, q->type, ttl);
	return dns_answer_end(&a);
}
