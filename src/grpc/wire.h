/* The octets of a client's connection: a local socket, or mutual TLS. Blocks, with a limit. */
#ifndef GRPC_WIRE_H
#define GRPC_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "grpc/tls.h"

struct wire {
	int fd;
	SSL *ssl; /* NULL: plain */
};

/* Both leave *ret closed after a failure. until_ms: of the boot clock. */
int wire_local(const char *path, struct wire *ret, struct err *e);
int wire_dial(
	const char *address, struct tls *tls, int64_t until_ms, struct wire *ret, struct err *e);
void wire_close(struct wire *w);

int wire_send(struct wire *w, const void *data, size_t len, int64_t until_ms, struct err *e);
/* What has come, at least one octet; -ERR_PROTOCOL at the end. */
ssize_t wire_receive(struct wire *w, void *ret, size_t size, int64_t until_ms, struct err *e);

#endif
