/* Queries and names. */
#include "dns/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

static const struct {
	uint16_t type;
	const char *name;
} type_names[] = {
	{ DNS_A, "A" },
	{ DNS_NS, "NS" },
	{ DNS_CNAME, "CNAME" },
	{ DNS_SOA, "SOA" },
	{ DNS_PTR, "PTR" },
	{ DNS_MX, "MX" },
	{ DNS_TXT, "TXT" },
	{ DNS_AAAA, "AAAA" },
	{ DNS_SRV, "SRV" },
	{ DNS_SVCB, "SVCB" },
	{ DNS_HTTPS, "HTTPS" },
	{ DNS_ANY, "ANY" },
};

const char *dns_type_name(uint16_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(type_names); i++)
		if (type_names[i].type == type)
			return type_names[i].name;
	return NULL;
}

bool dns_type_parse(const char *text, uint16_t *ret)
{
	const char *digits = strncasecmp(text, "TYPE", 4) == 0 ? text + 4 : text;
	char *end;
	unsigned long number;

	for (size_t i = 0; i < ARRAY_LEN(type_names); i++)
		if (strcasecmp(type_names[i].name, text) == 0) {
			*ret = type_names[i].type;
			return true;
		}
	if (*digits < '0' || *digits > '9')
		return false;
	number = strtoul(digits, &end, 10);
	if (*end || number == 0 || number > UINT16_MAX)
		return false;
	*ret = (uint16_t)number;
	return true;
}

/* --- names ------------------------------------------------------------------------------------ */

size_t dns_name_skip(const uint8_t *packet, size_t len, size_t at)
{
	size_t start = at;

	while (at < len) {
		uint8_t n = packet[at];

		if (n >= 0xc0)
			return at + 2 <= len ? at + 2 - start : 0;
		if (n >= 0x40)
			return 0;
		at += n + 1u;
		if (at - start > DNS_NAME_MAX)
			return 0;
		if (n == 0)
			return at - start;
	}
	return 0;
}

static uint8_t canonical_octet(uint8_t c)
{
	if (c == '.')
		return 0;
	return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
}

size_t dns_name_canonical(const uint8_t *wire, size_t len, struct dns_name *ret)
{
	size_t at = 0, n = 0;

	while (at < len) {
		uint8_t octets = wire[at++];

		if (octets == 0) {
			if (n == 0)
				ret->text[n++] = '.';
			ret->len = (uint8_t)n;
			return at;
		}
		if (octets >= 0x40 || at + octets >= len || at + octets + 1 > DNS_NAME_MAX)
			return 0;
		for (uint8_t i = 0; i < octets; i++)
			ret->text[n++] = canonical_octet(wire[at + i]);
		ret->text[n++] = '.';
		at += octets;
	}
	return 0;
}

/* One octet of a label and how many letters it took; 0: a bad escape. */
static size_t text_octet(const char *text, uint8_t *ret)
{
	if (text[0] != '\\') {
		*ret = (uint8_t)text[0];
		return 1;
	}
	if (text[1] >= '0' && text[1] <= '9') {
		unsigned value = 0;

		for (int i = 1; i <= 3; i++) {
			if (text[i] < '0' || text[i] > '9')
				return 0;
			value = value * 10 + (unsigned)(text[i] - '0');
		}
		*ret = (uint8_t)value;
		return value < 256 ? 4 : 0;
	}
	*ret = (uint8_t)text[1];
	return text[1] ? 2 : 0;
}

size_t dns_name_wire(const char *text, uint8_t ret[static DNS_NAME_MAX])
{
	size_t label = 0, n = 1; /* the place of the current label's length, and the next octet */

	if (strcmp(text, ".") == 0)
		text++;
	else if (!*text)
		return 0;
	while (*text) {
		uint8_t octet;
		size_t taken;

		if (*text == '.') {
			if (n - label == 1) /* an empty label */
				return 0;
			ret[label] = (uint8_t)(n - label - 1);
			label = n++;
			text++;
			continue;
		}
		taken = text_octet(text, &octet);
		if (taken == 0 || n - label > 63 || n >= DNS_NAME_MAX - 1)
			return 0;
		ret[n++] = octet;
		text += taken;
	}
	if (n - label > 1) {
		ret[label] = (uint8_t)(n - label - 1);
		label = n++;
	}
	ret[label] = 0;
	return n;
}

/* --- queries ---------------------------------------------------------------------------------- */

static int read_opt(const uint8_t *packet, size_t at, struct dns_query *q)
{
	if (q->edns || packet[at] != 0)
		return DNS_FORMERR;
	q->edns = true;
	q->udp_size = dns_u16(packet + at + 3);
	if (q->udp_size < DNS_UDP_LEAST)
		q->udp_size = DNS_UDP_LEAST;
	q->edns_version = packet[at + 6];
	q->dnssec_ok = packet[at + 7] & 0x80;
	return 0;
}

/* Behind the question: OPT, signatures, and what a client of a transfer has (RFC 1995). */
static int read_records(const uint8_t *packet, size_t len, size_t at, struct dns_query *q)
{
	unsigned authorities = dns_u16(packet + 8);

	if (authorities > 0 && q->type != DNS_IXFR)
		return DNS_FORMERR;
	for (unsigned left = authorities + dns_u16(packet + 10); left > 0; left--) {
		size_t name = dns_name_skip(packet, len, at), data;

		if (name == 0 || at + name + 10 > len)
			return DNS_FORMERR;
		data = dns_u16(packet + at + name + 8);
		if (at + name + 10 + data > len)
			return DNS_FORMERR;
		if (dns_u16(packet + at + name) == DNS_OPT && read_opt(packet, at, q) != 0)
			return DNS_FORMERR;
		at += name + 10 + data;
	}
	return 0;
}

int dns_query_parse(const uint8_t *packet, size_t len, struct dns_query *ret)
{
	size_t name;

	ret->packet = packet;
	ret->len = len;
	ret->question = 0;
	ret->edns = ret->dnssec_ok = false;
	ret->edns_version = 0;
	ret->udp_size = DNS_UDP_LEAST;
	ret->type = ret->class = 0;
	ret->name.len = 0;
	if (len < DNS_HEADER)
		return DNS_IGNORE;
	ret->id = dns_u16(packet);
	ret->flags = dns_u16(packet + 2);
	if (ret->flags & DNS_QR)
		return DNS_IGNORE;
	if (ret->flags & DNS_OPCODE)
		return DNS_NOTIMP;
	if (dns_u16(packet + 4) != 1 || dns_u16(packet + 6) != 0) /* one question, no answers */
		return DNS_FORMERR;
	name = dns_name_canonical(packet + DNS_HEADER, len - DNS_HEADER, &ret->name);
	if (name == 0 || DNS_HEADER + name + 4 > len)
		return DNS_FORMERR;
	ret->question = name + 4;
	ret->type = dns_u16(packet + DNS_HEADER + name);
	ret->class = dns_u16(packet + DNS_HEADER + name + 2);
	if (read_records(packet, len, DNS_HEADER + ret->question, ret) != 0)
		return DNS_FORMERR;
	return ret->edns_version == 0 ? 0 : DNS_BADVERS;
}

size_t dns_question(
	const char *name, uint16_t type, uint16_t id, uint8_t ret[static DNS_QUESTION_MAX])
{
	size_t len = dns_name_wire(name, ret + DNS_HEADER);

	if (len == 0)
		return 0;
	memset(ret, 0, DNS_HEADER);
	dns_set_u16(ret, id);
	dns_set_u16(ret + 2, DNS_RD);
	dns_set_u16(ret + 4, 1);
	dns_set_u16(ret + DNS_HEADER + len, type);
	dns_set_u16(ret + DNS_HEADER + len + 2, DNS_IN);
	return DNS_HEADER + len + 4;
}

size_t dns_answer_limit(const struct dns_query *q, bool tcp)
{
	if (tcp)
		return DNS_MESSAGE_MAX;
	return q->udp_size < DNS_UDP_SAFE ? q->udp_size : DNS_UDP_SAFE;
}
