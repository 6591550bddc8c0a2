/* An upstream's reply becomes a client's answer: its EDNS part is the upstream's own affair. */
#ifndef DNS_RELAY_H
#define DNS_RELAY_H

#include "dns/wire.h"

struct relayed {
	size_t len;	/* without the OPT record, and without what stood behind it */
	bool truncated; /* TC */
	bool edns;
	unsigned rcode;	 /* with the upper bits of the OPT record */
	uint32_t keep_s; /* for how long it may be kept (RFC 2181, RFC 2308); 0: not at all */
};

/* A reply that fits its query (dns_reply_fits). Cuts the OPT record off. false: malformed. */
bool relay_read(uint8_t *reply, size_t len, struct relayed *ret);

/* How a client is answered with it. */
struct relay_to {
	const struct dns_query *q;
	const uint32_t *ttl; /* every record gets it; NULL: they keep theirs */
	uint8_t *out;
	size_t max; /* dns_answer_limit() or less, and the room at out */
};

/*
 * The answer, of a reply without OPT, with the client's id and spelling. One that does not fit has
 * TC and the records that do. reply may be to->out: then only to->max octets of its len are there.
 */
size_t relay_answer(const struct relay_to *to, const uint8_t *reply, size_t len, unsigned rcode);

/*
 * The query as it goes to an upstream: id, question and flags of q, and our own OPT record when
 * edns. Returns its length, at most RELAY_QUERY_MAX.
 */
enum { RELAY_QUERY_MAX = DNS_HEADER + DNS_NAME_MAX + 4 + 11 };
size_t relay_query(
	const struct dns_query *q, uint16_t id, bool edns, uint8_t ret[static RELAY_QUERY_MAX]);

#endif
