/*
 * A rule: for which clients, which names and which types of records what is to happen. And what has
 * been decided for one query. How rules come to stand: dns/book.h.
 *
 * Several rules may fit one query. Their order is: the higher priority first; among equals the one
 * that was set last. Then
 *	- the delays of all that fit are added (DNS_DELAY_MAX at most);
 *	- the first DNS_DO_TTL that fits gives the TTL of whatever is answered;
 *	- the first of the others that fits says what is answered; without one the query is served
 *as if there were no rules. A `truncate` fits over UDP only, a `static` only where it has the name.
 * A rule with a percentage throws its own die for each query that it fits, and fits no more when
 * that says no: then the next in the order has its turn. Rules are about the class IN alone.
 */
#ifndef DNS_RULE_H
#define DNS_RULE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/wire.h"

enum dns_do {
	DNS_DO_NOTHING,
	DNS_DO_ERROR,	 /* rcode; NOERROR: no data */
	DNS_DO_RANDOM,	 /* A and AAAA: an address; other types: no data */
	DNS_DO_STATIC,	 /* the addresses of the name; other types: no data */
	DNS_DO_DROP,	 /* no answer at all */
	DNS_DO_TRUNCATE, /* over UDP: an empty answer with TC */
	DNS_DO_DELAY,
	DNS_DO_TTL,
};

enum {
	DNS_DELAY_MAX = 60000, /* ms, of one rule and of all together */
	DNS_RULE_TTL = 10,     /* seconds, of made up answers (as Chaos Mesh's) */
	DNS_TYPES_MAX = 16,
	DNS_ANSWERS_MAX = 64, /* of one name of a static rule */
};

/* An address: IPv4 as it is mapped into IPv6 (::ffff:a.b.c.d). */
struct dns_address {
	uint8_t b[16];
};

enum dns_client_kind { DNS_CLIENT_ANY, DNS_CLIENT_NET, DNS_CLIENT_POD };

struct dns_client {
	enum dns_client_kind kind;
	struct dns_address net; /* bits behind the prefix zero */
	unsigned prefix;	/* 0..128; an address has 128, an IPv4 block 96 + its own */
	const char *pod;	/* "namespace/name" */
};

/* One name pattern of a static rule, and what is answered: IPv4, IPv6, or one name (CNAME). */
struct dns_map {
	const char *pattern;
	const char *const *answers;
	size_t n_answers;
};

struct rule_spec {
	/*
	 * door and name say whose experiment it is; part tells apart what one experiment sets one
	 * by one (the legacy door: a part for each pod). Any text without control characters; part
	 * may be "".
	 */
	const char *door, *name, *part;
	const struct dns_client *clients; /* none: touches nobody */
	size_t n_clients;
	const char *const *patterns; /* none: all names; not used by DNS_DO_STATIC */
	size_t n_patterns;
	const struct dns_map *maps; /* DNS_DO_STATIC: at least one */
	size_t n_maps;
	uint16_t types[DNS_TYPES_MAX]; /* none: all types */
	size_t n_types;
	enum dns_do what;
	unsigned rcode;	   /* DNS_DO_ERROR */
	uint32_t delay_ms; /* DNS_DO_DELAY */
	uint32_t ttl;	   /* DNS_DO_TTL; of DNS_DO_RANDOM and DNS_DO_STATIC, where has_ttl */
	bool has_ttl;
	double percent; /* above 0, up to 100 */
	uint64_t seed;	/* where has_seed; else one is chosen, and recorded */
	bool has_seed;
	int priority;
	int64_t deadline_wall_ms; /* clock_wall_ms(); 0: until it is cancelled */
};

/*
 * error (SERVFAIL), servfail, nxdomain, refused, nodata, random, static, delay, drop, truncate, ttl
 * into what and rcode. -ERR_INVALID with the list for another word.
 */
int rule_action_parse(const char *text, struct rule_spec *ret, struct err *e);
/* The word for it; "nxdomain" rather than "error" where that is what it does. */
const char *rule_action_name(enum dns_do what, unsigned rcode);

/* "any", "10.0.0.1", "2001:db8::/32", "namespace/pod" (borrowed from text). */
int dns_client_parse(const char *text, struct dns_client *ret, struct err *e);
void dns_address_from(const struct sockaddr *sa, struct dns_address *ret);

/* What was decided. Valid until the snapshot that it was made on is left. */
struct decision {
	enum dns_do what; /* DNS_DO_NOTHING: serve it as if there were no rules */
	unsigned rcode;
	uint32_t delay_ms; /* whatever what says: wait before the answer is sent */
	uint32_t ttl;	   /* of the answer, made up or forwarded, where has_ttl */
	bool has_ttl;
	uint64_t chance;		    /* DNS_DO_RANDOM draws its address from it */
	const struct static_answer *answer; /* DNS_DO_STATIC */
};

/*
 * The answer that a decision makes up: DNS_DO_ERROR, DNS_DO_RANDOM, DNS_DO_STATIC and
 * DNS_DO_TRUNCATE. max as for dns_answer_begin(). Returns its length.
 */
size_t rule_answer(const struct decision *d, const struct dns_query *q, uint8_t *out, size_t max);

/*
 * The address that a random rule makes of a chance: IPv4 in 1.0.0.0 to 223.255.255.255 without
 * 10/8, 127/8, 169.254/16, 172.16/12 and 192.168/16; IPv6 in 2000::/3. Each octet is drawn.
 */
void rule_random_a(uint64_t chance, uint8_t ret[static 4]);
void rule_random_aaaa(uint64_t chance, uint8_t ret[static 16]);

#endif
