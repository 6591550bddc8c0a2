/* Replies of other servers. */
#include "dns/reply.h"

#include <string.h>

bool dns_records_begin(struct dns_records *r, const uint8_t *packet, size_t len)
{
	*r = (struct dns_records){ .packet = packet, .len = len, .at = DNS_HEADER };
	if (len < DNS_HEADER)
		return false;
	for (int i = 0; i < 3; i++)
		r->left[i] = dns_u16(packet + 6 + 2 * i);
	for (unsigned questions = dns_u16(packet + 4); questions > 0; questions--) {
		size_t name = dns_name_skip(packet, len, r->at);

		if (name == 0 || r->at + name + 4 > len)
			return false;
		r->at += name + 4;
	}
	return true;
}

int dns_records_next(struct dns_records *r, struct dns_record *ret)
{
	size_t name, fixed;

	while (r->section < 3 && r->left[r->section] == 0)
		r->section++;
	if (r->section == 3)
		return 0;
	name = dns_name_skip(r->packet, r->len, r->at);
	fixed = r->at + name;
	if (name == 0 || fixed + 10 > r->len)
		return -1;
	*ret = (struct dns_record){
		.at = r->at,
		.section = r->section,
		.type = dns_u16(r->packet + fixed),
		.class = dns_u16(r->packet + fixed + 2),
		.ttl_at = fixed + 4,
		.ttl = dns_u32(r->packet + fixed + 4),
		.data_at = fixed + 10,
		.data_len = dns_u16(r->packet + fixed + 8),
	};
	if (ret->data_at + ret->data_len > r->len)
		return -1;
	r->at = ret->data_at + ret->data_len;
	r->left[r->section]--;
	return 1;
}

bool dns_reply_fits(const uint8_t *reply, size_t len, uint16_t id, const struct dns_query *q)
{
	const uint8_t *theirs = reply + DNS_HEADER, *ours = q->packet + DNS_HEADER;
	struct dns_name name;

	if (len < DNS_HEADER + q->question || q->question == 0 || dns_u16(reply) != id ||
		!(reply[2] & DNS_QR >> 8) || dns_u16(reply + 4) != 1)
		return false;
	if (memcmp(theirs, ours, q->question) == 0)
		return true;
	return dns_name_canonical(theirs, q->question - 4, &name) == q->question - 4 &&
	       name.len == q->name.len && memcmp(name.text, q->name.text, name.len) == 0 &&
	       memcmp(theirs + q->question - 4, ours + q->question - 4, 4) == 0;
}

void dns_reply_adopt(uint8_t *reply, const struct dns_query *q)
{
	dns_set_u16(reply, q->id);
	memcpy(reply + DNS_HEADER, q->packet + DNS_HEADER, q->question);
}

/* The last 32 bits of a SOA: how long "there is none" may be remembered. */
static uint32_t negative_ttl(const uint8_t *reply, const struct dns_record *r)
{
	uint32_t minimum = dns_u32(reply + r->data_at + r->data_len - 4);

	return minimum < r->ttl ? minimum : r->ttl;
}

bool dns_reply_least_ttl(const uint8_t *reply, size_t len, uint32_t *ret)
{
	struct dns_records records;
	struct dns_record r;
	uint32_t least = UINT32_MAX;
	bool any = false;
	int more;

	if (!dns_records_begin(&records, reply, len))
		return false;
	while ((more = dns_records_next(&records, &r)) == 1) {
		uint32_t ttl = r.ttl;

		if (r.type == DNS_OPT)
			continue;
		if (r.type == DNS_SOA && r.section == 1 && r.data_len >= 22)
			ttl = negative_ttl(reply, &r);
		if (ttl > INT32_MAX) /* RFC 2181, 8 */
			ttl = 0;
		if (ttl < least)
			least = ttl;
		any = true;
	}
	if (more < 0 || !any)
		return false;
	*ret = least;
	return true;
}

/* What becomes of each TTL but OPT's. */
static bool ttls_change(
	uint8_t *reply, size_t len, uint32_t (*change)(uint32_t ttl, uint32_t by), uint32_t by)
{
	struct dns_records records;
	struct dns_record r;
	int more;

	if (!dns_records_begin(&records, reply, len))
		return false;
	while ((more = dns_records_next(&records, &r)) == 1)
		if (r.type != DNS_OPT)
			dns_set_u32(reply + r.ttl_at, change(r.ttl, by));
	return more == 0;
}

static uint32_t ttl_set(uint32_t ttl, uint32_t to)
{
	(void)ttl;
	return to;
}

static uint32_t ttl_age(uint32_t ttl, uint32_t seconds)
{
	return ttl > seconds ? ttl - seconds : 0;
}

bool dns_reply_set_ttl(uint8_t *reply, size_t len, uint32_t ttl)
{
	return ttls_change(reply, len, ttl_set, ttl);
}

bool dns_reply_age(uint8_t *reply, size_t len, uint32_t seconds)
{
	return ttls_change(reply, len, ttl_age, seconds);
}
