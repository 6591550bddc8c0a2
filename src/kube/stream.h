/*
 * One request to the Kubernetes API and its answer as a stream of octets. Blocks, on a thread of
 * its own; whatever it waits for, it ends at once when a descriptor of the caller becomes readable.
 * The program ignores SIGPIPE.
 */
#ifndef KUBE_STREAM_H
#define KUBE_STREAM_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "kube/config.h"

struct kube_stream;

struct kube_request {
	const char *method, *path; /* path: below c->base */
	const char *type, *body;   /* body NULL: none */
};

/*
 * ret_status is HTTP's. Where the answer before was read to its end, its connection is used again.
 * Certificates and token are read anew. -ERR_BUSY: stop_fd is readable; -ERR_TIMEOUT;
 * -ERR_PROTOCOL: the server cannot be reached, is not who it should be, or speaks no HTTP.
 */
int kube_stream_open(struct kube_config *c, int stop_fd, const struct kube_request *q,
	struct kube_stream **ret, int *ret_status, struct err *e);

/* Octets of the body, 0 at its end; errors as above, -ERR_TIMEOUT when nothing comes so long. */
ssize_t kube_stream_read(
	struct kube_stream *s, void *ret, size_t size, int timeout_ms, struct err *e);
void kube_stream_free(struct kube_stream *s); /* NULL allowed */

#endif
