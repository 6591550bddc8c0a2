/*
 * HTTP/2 and gRPC as anybody may send them: the input's bytes on one connection, in pieces (the
 * first byte says how long), with time going on between them.
 */
#include <stddef.h>
#include <stdint.h>

#include "grpc/call.h"
#include "grpc/health.h"
#include "grpc/health.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int held(struct grpc_call *call, const ProtobufCMessage *in, struct err *e)
{
	call->hold = 1;
	return grpc_reply(call, in, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char greeting[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
	static const struct grpc_method methods[] = {
		{ "/t.T/H", &grpc__health__v1__health_check_request__descriptor, held },
		{ 0 },
	};
	struct grpc_offer offer = { 0 };
	struct grpc_health health = { .offer = &offer, .serving = true };
	size_t room = 100000, piece = size > 0 ? data[0] + 1u : 1;
	const struct h2_limits limits = {
		.streams = 4, .headers = 1000, .body = 5000, .room = &room
	};
	struct grpc_caller caller;
	struct h2 *h;
	const uint8_t *out;
	int64_t now = 1;

	grpc_health_offer(&health);
	grpc_offer(&offer, methods, NULL);
	grpc_caller_init(&caller, &offer);
	h = h2_new(&grpc_h2_ops, &limits, &caller);
	if (!h)
		return 0;
	h2_feed(h, greeting, sizeof(greeting) - 1, now, NULL);
	for (size_t at = 1; at < size && !h2_over(h); at += piece, now += 997) {
		size_t n = size - at < piece ? size - at : piece;

		if (h2_feed(h, data + at, n, now, NULL) < 0)
			break;
		h2_expire(h, now);
		while (h2_pull(h, &out) > 0)
			;
		if (now % 5 == 0)
			grpc_release(&caller, 1, NULL);
	}
	h2_free(h);
	if (room != 100000) /* a body that nobody gave back */
		__builtin_trap();
	return 0;
}
