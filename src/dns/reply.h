/* Replies of other servers, on their way through: looked at and changed in place. */
#ifndef DNS_REPLY_H
#define DNS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/wire.h"

struct dns_record {
	size_t at;	  /* of its owner's name */
	unsigned section; /* 0 answer, 1 authority, 2 additional */
	uint16_t type, class;
	size_t ttl_at;
	uint32_t ttl;
	size_t data_at, data_len;
};

struct dns_records {
	const uint8_t *packet;
	size_t len, at;
	uint16_t left[3];
	unsigned section;
};

/* Over all records of a message, the question is stepped over. false: malformed. */
bool dns_records_begin(struct dns_records *r, const uint8_t *packet, size_t len);
/* 1 a record, 0 the end, -1 malformed. */
int dns_records_next(struct dns_records *r, struct dns_record *ret);

/* It is a reply, it has this id, and it repeats the question of q, in whatever case. */
bool dns_reply_fits(const uint8_t *reply, size_t len, uint16_t id, const struct dns_query *q);

/* Puts id, and the question's case as q has it, into a reply that fits q. */
void dns_reply_adopt(uint8_t *reply, const struct dns_query *q);

/*
 * The least TTL of the records (OPT left out), and that of the SOA where the answer is negative
 * (RFC 2308: the lesser of its TTL and its minimum). false: malformed, or nothing that has one.
 */
bool dns_reply_least_ttl(const uint8_t *reply, size_t len, uint32_t *ret);
/* Every TTL but OPT's becomes ttl. Malformed: changed as far as it could be read, false. */
bool dns_reply_set_ttl(uint8_t *reply, size_t len, uint32_t ttl);
/* Every TTL but OPT's becomes less by the seconds that went by, at the least 0. */
bool dns_reply_age(uint8_t *reply, size_t len, uint32_t seconds);

#endif
