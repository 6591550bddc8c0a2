/*
 * DNS messages as they stand on the wire (RFC 1035, RFC 6891): the reading of a query, and names.
 * Nothing allocates and nothing is copied but the name; numbers are in host order.
 */
#ifndef DNS_WIRE_H
#define DNS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DNS_HEADER = 12,
	DNS_UDP_LEAST = 512, /* what every client takes over UDP */
	DNS_UDP_SAFE = 1232, /* what we announce, and send at most: no fragments (flag day 2020) */
	DNS_MESSAGE_MAX = 65535, /* over TCP */
	DNS_NAME_MAX = 255,	 /* octets of a name on the wire, its last zero counted */
};

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_SRV = 33,
	DNS_OPT = 41,
	DNS_SVCB = 64,
	DNS_HTTPS = 65,
	DNS_IXFR = 251,
	DNS_AXFR = 252,
	DNS_ANY = 255,
};

enum dns_class { DNS_IN = 1, DNS_CHAOS = 3 };

enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
	DNS_BADVERS = 16, /* its upper bits stand in the OPT record */
};

/* Of the second 16 bits of the header. */
enum dns_flag {
	DNS_QR = 0x8000,
	DNS_OPCODE = 0x7800,
	DNS_AA = 0x0400,
	DNS_TC = 0x0200,
	DNS_RD = 0x0100,
	DNS_RA = 0x0080,
	DNS_AD = 0x0020,
	DNS_CD = 0x0010,
	DNS_RCODE = 0x000f,
};

/*
 * A name as it is compared: lower case, a dot behind each label, "." for the root. A dot inside of
 * a label is a zero octet here; all other octets stand as they came.
 */
struct dns_name {
	uint8_t len; /* 1..254 */
	uint8_t text[255];
};

struct dns_query {
	const uint8_t *packet; /* borrowed: everything here lives as long as it */
	size_t len;
	uint16_t id, flags;
	uint16_t type, class;
	size_t question; /* octets of it behind the header, case as it came; 0: unusable */
	struct dns_name name;
	bool edns, dnssec_ok;
	uint8_t edns_version;
	uint16_t udp_size; /* what the client takes over UDP, at least DNS_UDP_LEAST */
};

enum { DNS_IGNORE = -1 };

/*
 * Reads a query. Returns 0 for one that can be served; DNS_IGNORE for what must not be answered
 * (too short, or an answer); else the rcode to answer with (FORMERR, NOTIMP, BADVERS), for which
 * dns_answer_rcode() takes ret too. ret is always filled as far as the query could be read.
 */
int dns_query_parse(const uint8_t *packet, size_t len, struct dns_query *ret);

/* The longest answer that this client takes by this way. */
size_t dns_answer_limit(const struct dns_query *q, bool tcp);

const char *dns_type_name(uint16_t type);	      /* "AAAA"; NULL: it has none here */
bool dns_type_parse(const char *text, uint16_t *ret); /* "aaaa", "TYPE65", "65" */

static inline uint16_t dns_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t dns_u32(const uint8_t *at)
{
	return (uint32_t)dns_u16(at) << 16 | dns_u16(at + 2);
}

static inline void dns_set_u16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void dns_set_u32(uint8_t *at, uint32_t value)
{
	dns_set_u16(at, (uint16_t)(value >> 16));
	dns_set_u16(at + 2, (uint16_t)value);
}

/*
 * The octets that a name takes up at this place of a message, its compression pointer counted as
 * two; 0: malformed. Pointers are not followed.
 */
size_t dns_name_skip(const uint8_t *packet, size_t len, size_t at);

/* A name on the wire (no compression) as it is compared; its octets, 0: malformed. */
size_t dns_name_canonical(const uint8_t *wire, size_t len, struct dns_name *ret);

/*
 * Text ("www.Example.com", "\." and "\DDD" escape an octet; a dot at the end or none) as a name on
 * the wire. Returns its octets; 0: no name.
 */
size_t dns_name_wire(const char *text, uint8_t ret[static DNS_NAME_MAX]);

enum { DNS_QUESTION_MAX = DNS_HEADER + DNS_NAME_MAX + 4 };
/* A client's query for a name; its octets, 0: no name. */
size_t dns_question(
	const char *name, uint16_t type, uint16_t id, uint8_t ret[static DNS_QUESTION_MAX]);

#endif
