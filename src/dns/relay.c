/* From a client to an upstream and back. */
#include "dns/relay.h"

#include <string.h>

#include "dns/reply.h"

enum { OPT_SIZE = 11 };

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* A TTL with the highest bit set counts as 0 (RFC 2181, section 8). */
static uint32_t ttl_of(uint32_t wire)
{
	return wire >> 31 ? 0 : wire;
}

static void opt_cut(uint8_t *reply, const struct dns_record *opt, struct relayed *r)
{
	const uint8_t *ttl = reply + opt->ttl_at;

	r->edns = true;
	r->rcode |= (unsigned)ttl[0] << 4;
	r->len = opt->at;
}

/* A negative answer is kept for as long as its SOA record says, without one not at all. */
static uint32_t keep_of(const struct relayed *r, bool any, bool soa, uint32_t least)
{
	bool negative = !any || r->rcode == DNS_NXDOMAIN;

	if (r->truncated || (negative && !soa))
		return 0;
	return r->rcode == DNS_NOERROR || r->rcode == DNS_NXDOMAIN ? least : 0;
}

bool relay_read(uint8_t *reply, size_t len, struct relayed *ret)
{
	struct relayed r = { .truncated = reply[2] & 2, .rcode = reply[3] & 15 };
	uint32_t least = UINT32_MAX;
	struct dns_records records;
	struct dns_record record;
	uint16_t additional = 0;
	bool soa = false;
	int more;

	if (!dns_records_begin(&records, reply, len))
		return false;
	while ((more = dns_records_next(&records, &record)) > 0) {
		if (record.section == 2 && record.type == DNS_OPT) {
			opt_cut(reply, &record, &r);
			break;
		}
		additional += record.section == 2;
		least = lesser(least, ttl_of(record.ttl));
		if (record.section == 1 && record.type == DNS_SOA && record.data_len >= 4) {
			soa = true;
			least = lesser(
				least, dns_u32(reply + record.data_at + record.data_len - 4));
		}
	}
	if (more < 0)
		return false;
	if (!r.edns)
		r.len = records.at; /* without what hangs on behind */
	r.keep_s = keep_of(&r, dns_u16(reply + 6) > 0, soa, least);
	dns_set_u16(reply + 10, additional);
	*ret = r;
	return true;
}

static size_t opt_put(uint8_t *at, bool dnssec_ok, unsigned rcode)
{
	memset(at, 0, OPT_SIZE);
	dns_set_u16(at + 1, DNS_OPT);
	dns_set_u16(at + 3, DNS_UDP_SAFE);
	at[5] = (uint8_t)(rcode >> 4);
	at[7] = dnssec_ok ? 0x80 : 0;
	return OPT_SIZE;
}

/* Leaves the records of the answer that fit into room: older C libraries make do with them. */
static size_t records_cut(uint8_t *out, size_t room, size_t question)
{
	size_t len = DNS_HEADER + question;
	struct dns_records records;
	struct dns_record record;
	uint16_t n = 0;

	if (dns_records_begin(&records, out, room)) {
		while (dns_records_next(&records, &record) > 0 && record.section == 0) {
			len = records.at;
			n++;
		}
	}
	memset(out + 6, 0, 6);
	dns_set_u16(out + 6, n);
	out[2] |= DNS_TC >> 8;
	return len;
}

size_t relay_answer(const struct relay_to *to, const uint8_t *reply, size_t len, unsigned rcode)
{
	const struct dns_query *q = to->q;
	size_t room = to->max - (q->edns ? OPT_SIZE : 0);
	bool fits = len <= room;
	uint8_t *out = to->out;

	if (out != reply)
		memcpy(out, reply, fits ? len : room);
	dns_reply_adopt(out, q);
	if (!fits)
		len = records_cut(out, room, q->question);
	if (to->ttl)
		dns_reply_set_ttl(out, len, *to->ttl);
	if (!q->dnssec_ok && !(q->flags & DNS_AD))
		out[3] &= (uint8_t)~DNS_AD; /* RFC 6840, section 5.8 */
	if (q->edns) {
		len += opt_put(out + len, q->dnssec_ok, rcode);
		dns_set_u16(out + 10, (uint16_t)(dns_u16(out + 10) + 1));
	}
	return len;
}

size_t relay_query(
	const struct dns_query *q, uint16_t id, bool edns, uint8_t ret[static RELAY_QUERY_MAX])
{
	size_t len = DNS_HEADER + q->question;

	memset(ret, 0, DNS_HEADER);
	dns_set_u16(ret, id);
	dns_set_u16(ret + 2, q->flags & (DNS_RD | DNS_AD | DNS_CD));
	dns_set_u16(ret + 4, 1);
	memcpy(ret + DNS_HEADER, q->packet + DNS_HEADER, q->question);
	if (edns) {
		len += opt_put(ret + len, q->dnssec_ok, 0);
		dns_set_u16(ret + 10, 1);
	}
	return len;
}
