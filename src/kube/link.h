/*
 * A connection to the API server: octets over TCP, and TLS where it speaks that. Blocks; whatever
 * it waits for, it ends at once when a descriptor of the caller becomes readable (-ERR_BUSY).
 */
#ifndef KUBE_LINK_H
#define KUBE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "kube/config.h"

struct kube_link;

/* c outlives it. -ERR_PROTOCOL: nobody is there, or is not who it should be; -ERR_TIMEOUT. */
int kube_link_open(const struct kube_config *c, int stop_fd, struct kube_link **ret, struct err *e);
void kube_link_free(struct kube_link *l); /* NULL allowed */

/* For another question. false: it is closed, or made with credentials that were replaced since. */
bool kube_link_reuse(struct kube_link *l, int stop_fd);

ssize_t kube_link_read(struct kube_link *l, void *ret, size_t size, int timeout_ms,
	struct err *e); /* 0: its end */
int kube_link_write(struct kube_link *l, const char *data, size_t len, struct err *e);

#endif
