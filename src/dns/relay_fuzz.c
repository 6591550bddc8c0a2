/* Replies of upstreams, from reading to the client's answer and through the cache. */
#include "dns/relay.h"

#include <stdlib.h>
#include <string.h>

#include "dns/cache.h"
#include "dns/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t asked[] = "\x12\x34\1\0\0\1\0\0\0\0\0\1"
			       "\3www\7example\3com\0\0\1\0\1"
			       "\0\0\x29\4\xd0\0\0\0\0\0\0";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[DNS_UDP_LEAST], *reply;
	const uint32_t ttl = 1;
	struct dns_query q;
	struct relay_to to = { &q, &ttl, out, sizeof(out) };
	struct cache_key key;
	struct cache *c;
	struct relayed r;

	if (size < DNS_HEADER || dns_query_parse(asked, sizeof(asked) - 1, &q) != 0)
		return 0;
	reply = malloc(size);
	memcpy(reply, data, size);
	if (dns_reply_fits(reply, size, dns_u16(reply), &q) && relay_read(reply, size, &r)) {
		key = (struct cache_key){ asked + DNS_HEADER, q.question, 0 };
		c = cache_new(1 << 16);
		cache_put(c, &key, reply, r.len, 0, 10000);
		if (cache_get(c, &key, out, sizeof(out), 5000))
			relay_answer(&to, out, r.len, r.rcode);
		relay_answer(&to, reply, r.len, r.rcode);
		cache_free(c);
	}
	free(reply);
	return 0;
}
