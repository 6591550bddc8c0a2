/* The length before a message (grpc/doc/PROTOCOL-HTTP2.md). */
#include "grpc/frame.h"

#define PREFIX 5

/* protobuf-c's sink, which is a buffer of ours. */
struct sink {
	ProtobufCBuffer base;
	struct buf *out;
};

static void append(ProtobufCBuffer *to, size_t len, const uint8_t *data)
{
	buf_add(((struct sink *)to)->out, data, len);
}

int grpc_frame(const ProtobufCMessage *message, struct buf *ret, struct err *e)
{
	struct sink to = { { append }, ret };
	size_t len = protobuf_c_message_get_packed_size(message);
	const uint8_t prefix[PREFIX] = { 0, (uint8_t)(len >> 24), (uint8_t)(len >> 16),
		(uint8_t)(len >> 8), (uint8_t)len };

	if (len > GRPC_MOST_MESSAGE)
		return err_set(e, ERR_NOMEM, 0, "the message has %zu bytes, the most is %d", len,
			GRPC_MOST_MESSAGE);
	buf_reset(ret);
	buf_add(ret, prefix, sizeof(prefix));
	protobuf_c_message_pack_to_buffer(message, &to.base);
	return ret->failed ? err_set(e, ERR_NOMEM, 0, "no memory for a message") : 0;
}

int grpc_unframe(const struct buf *body, const uint8_t **ret, size_t *ret_len, struct err *e)
{
	const uint8_t *p = (const uint8_t *)body->data;
	size_t len;

	if (body->len < PREFIX)
		return err_set(e, ERR_PROTOCOL, 0, "there is no message");
	if (p[0] != 0)
		return err_set(e, ERR_UNSUPPORTED, 0, "messages are taken uncompressed only");
	len = (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4];
	if (len > GRPC_MOST_MESSAGE)
		return err_set(e, ERR_NOMEM, 0, "the message has %zu bytes, the most is %d", len,
			GRPC_MOST_MESSAGE);
	if (body->len - PREFIX != len)
		return err_set(e, ERR_PROTOCOL, 0, "%s",
			body->len - PREFIX < len ? "the message is cut short"
						 : "more than one message");
	*ret = p + PREFIX;
	*ret_len = len;
	return 0;
}
