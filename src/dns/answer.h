/* Answers to a query: its question echoed as it came, names compressed, OPT where it had one. */
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "dns/wire.h"

/*
 * A writer with a sticky end: a record that does not fit is left out as a whole, sets the flag TC,
 * and so do all behind it.
 */
struct dns_answer {
	const struct dns_query *q;
	uint8_t *data;
	size_t len, max;
	size_t owner; /* where the name stands that the next record is for: a CNAME moves it */
	uint16_t records;
	unsigned rcode;
	bool full;
};

/* max is what dns_answer_limit() says, or less; out has that room, at least DNS_UDP_LEAST. */
void dns_answer_begin(struct dns_answer *a, const struct dns_query *q, uint8_t *out, size_t max,
	unsigned rcode, unsigned flags);
void dns_answer_address(struct dns_answer *a, uint16_t type, uint32_t ttl, const uint8_t *address);
void dns_answer_cname(struct dns_answer *a, uint32_t ttl, const uint8_t *wire, size_t len);
size_t dns_answer_end(struct dns_answer *a); /* the length of the message */

/*
 * No records: SERVFAIL, NXDOMAIN, REFUSED, FORMERR, BADVERS ..., NOERROR for NODATA. There is no
 * SOA in it, so that nobody remembers it (RFC 2308, 5).
 */
size_t dns_answer_rcode(const struct dns_query *q, unsigned rcode, uint8_t *out, size_t max);
/* No records and TC: come again over TCP. */
size_t dns_answer_truncated(const struct dns_query *q, uint8_t *out, size_t max);

#endif
