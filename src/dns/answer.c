/* Answers. */
#include "dns/answer.h"

#include <string.h>

enum { OPT_SIZE = 11, RECORD_FIXED = 10, POINTER = 2 };

void dns_answer_begin(struct dns_answer *a, const struct dns_query *q, uint8_t *out, size_t max,
	unsigned rcode, unsigned flags)
{
	*a = (struct dns_answer){
		.q = q,
		.data = out,
		.len = DNS_HEADER + q->question,
		.max = max - (q->edns ? OPT_SIZE : 0),
		.owner = DNS_HEADER,
		.rcode = rcode,
	};
	memcpy(out, q->packet, DNS_HEADER + q->question);
	dns_set_u16(out + 2, (uint16_t)(DNS_QR | (q->flags & (DNS_OPCODE | DNS_RD | DNS_CD)) |
					flags | (rcode & DNS_RCODE)));
	dns_set_u16(out + 4, q->question ? 1 : 0);
	memset(out + 6, 0, 6);
}

/* The fixed part of a record of the current owner; NULL: it does not fit. */
static uint8_t *answer_record(struct dns_answer *a, uint16_t type, uint32_t ttl, size_t data)
{
	uint8_t *at = a->data + a->len;

	if (a->full || a->len + POINTER + RECORD_FIXED + data > a->max) {
		a->full = true;
		return NULL;
	}
	dns_set_u16(at, (uint16_t)(0xc000 | a->owner));
	dns_set_u16(at + 2, type);
	dns_set_u16(at + 4, DNS_IN);
	dns_set_u32(at + 6, ttl);
	dns_set_u16(at + 10, (uint16_t)data);
	a->len += POINTER + RECORD_FIXED + data;
	a->records++;
	return at + POINTER + RECORD_FIXED;
}

void dns_answer_address(struct dns_answer *a, uint16_t type, uint32_t ttl, const uint8_t *address)
{
	size_t len = type == DNS_AAAA ? 16 : 4;
	uint8_t *data = answer_record(a, type, ttl, len);

	if (data)
		memcpy(data, address, len);
}

void dns_answer_cname(struct dns_answer *a, uint32_t ttl, const uint8_t *wire, size_t len)
{
	uint8_t *data = answer_record(a, DNS_CNAME, ttl, len);

	if (!data)
		return;
	memcpy(data, wire, len);
	a->owner = (size_t)(data - a->data);
}

static void answer_opt(struct dns_answer *a)
{
	uint8_t *at = a->data + a->len;

	at[0] = 0;
	dns_set_u16(at + 1, DNS_OPT);
	dns_set_u16(at + 3, DNS_UDP_SAFE);
	at[5] = (uint8_t)(a->rcode >> 4);
	at[6] = 0; /* our version */
	at[7] = a->q->dnssec_ok ? 0x80 : 0;
	memset(at + 8, 0, 3);
	dns_set_u16(a->data + 10, 1);
	a->len += OPT_SIZE;
}

size_t dns_answer_end(struct dns_answer *a)
{
	if (a->full)
		a->data[2] |= DNS_TC >> 8;
	dns_set_u16(a->data + 6, a->records);
	if (a->q->edns)
		answer_opt(a);
	return a->len;
}

size_t dns_answer_rcode(const struct dns_query *q, unsigned rcode, uint8_t *out, size_t max)
{
	struct dns_answer a;

	dns_answer_begin(&a, q, out, max, rcode, DNS_RA);
	return dns_answer_end(&a);
}

size_t dns_answer_truncated(const struct dns_query *q, uint8_t *out, size_t max)
{
	struct dns_answer a;

	dns_answer_begin(&a, q, out, max, DNS_NOERROR, DNS_RA | DNS_TC);
	return dns_answer_end(&a);
}
