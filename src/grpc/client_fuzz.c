/* What a socket of a container runtime might answer: the input's bytes to one call. */
#include "grpc/client.c"

#include <sys/socket.h>
#include <unistd.h>

#include "grpc/health.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Grpc__Health__V1__HealthCheckRequest in = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	ProtobufCMessage *out = NULL;
	int ends[2];
	struct grpc_client *c = calloc(1, sizeof(*c));

	if (!c || size > 65536 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0) {
		free(c);
		return 0;
	}
	c->wire.fd = ends[0];
	if (session_new(c, NULL) == 0 && send(ends[1], data, size, MSG_NOSIGNAL) >= 0 &&
		shutdown(ends[1], SHUT_WR) == 0 &&
		grpc_client_call(c, "/t.T/M", &in.base,
			&grpc__health__v1__health_check_request__descriptor, 100, &out, NULL) == 0)
		protobuf_c_message_free_unpacked(out, NULL);
	grpc_client_free(c);
	close(ends[1]);
	return 0;
}
