/* Any octets as a query, as a reply: nothing is read or written that is not theirs. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/answer.h"
#include "dns/reply.h"
#include "dns/rule.h"
#include "dns/wire.h"

static void answer(const struct dns_query *q, int rcode)
{
	size_t max = dns_answer_limit(q, false), len;
	uint8_t *out = malloc(max), to[] = { 1, 'x', 0 };
	struct decision d = { .what = DNS_DO_RANDOM, .chance = q->id };
	struct dns_query again;
	struct dns_answer a;

	if (!out)
		return;
	len = dns_answer_rcode(q, rcode ? (unsigned)rcode : DNS_NXDOMAIN, out, max);
	if (len > max)
		abort();
	rule_answer(&d, q, out, max);
	dns_answer_begin(&a, q, out, max, 0, 0);
	dns_answer_cname(&a, 1, to, sizeof(to));
	for (int i = 0; i < 100; i++)
		dns_answer_address(&a, DNS_A, 1, q->packet);
	len = dns_answer_end(&a);
	if (len > max)
		abort();
	out[2] &= (uint8_t) ~(DNS_QR >> 8); /* our own answer, as a query, has a good question */
	memset(out + 6, 0, 6);
	if (rcode == 0 && dns_query_parse(out, len, &again) != 0)
		abort();
	free(out);
}

static void reply(const uint8_t *data, size_t size, const struct dns_query *q, bool has_query)
{
	uint8_t *own = malloc(size ? size : 1);
	uint32_t least = 0, after = 0;

	if (!own)
		return;
	memcpy(own, data, size);
	if (has_query && dns_reply_fits(own, size, q->id, q)) {
		dns_reply_adopt(own, q);
		memcpy(own, data, size);
	}
	if (dns_reply_least_ttl(own, size, &least) && dns_reply_set_ttl(own, size, 7) &&
		dns_reply_least_ttl(own, size, &after) && after > 7)
		abort();
	dns_reply_age(own, size, 3);
	free(own);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_query q;
	int r = dns_query_parse(data, size, &q);

	if (r >= 0)
		answer(&q, r);
	reply(data, size, &q, r == 0);
	if (size > DNS_HEADER) { /* the same octets, said to be a reply */
		uint8_t *own = malloc(size);

		if (!own)
			return 0;
		memcpy(own, data, size);
		own[2] |= DNS_QR >> 8;
		reply(own, size, &q, r == 0);
		free(own);
	}
	return 0;
}
