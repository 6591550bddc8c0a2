/* TLS as the webhook's server speaks it. */
#ifndef OPERATOR_ADMIT_TLS_H
#define OPERATOR_ADMIT_TLS_H

#include <openssl/ssl.h>

#include "base/err.h"

/* Of a certificate and its key, PEM. TLS 1.2 at least, HTTP/1.1. -ERR_INVALID: they are no pair. */
int admit_tls(const char *cert, const char *key, SSL_CTX **ret, struct err *e);

#endif
