/* Mutual TLS: our certificate, and whose peers are believed; read again when the files change. */
#ifndef GRPC_TLS_H
#define GRPC_TLS_H

#include <openssl/ssl.h>

#include "base/err.h"

struct tls;

struct tls_files {
	const char *cert, *key; /* PEM; cert with its chain */
	const char *ca;		/* PEM: the authorities of the peers' certificates */
	const char *names;	/* "a.example,b": a peer's certificate has one of them; "": any */
};

/* The texts are borrowed. TLS 1.2 at least, HTTP/2 alone, no client without a certificate. */
int tls_open(const struct tls_files *files, struct tls **ret, struct err *e);
int tls_open_client(const struct tls_files *files, struct tls **ret, struct err *e);
void tls_close(struct tls *t); /* no SSL of it may be left; NULL is fine */

/* For connections from now on; on failure all stays as it was. Any thread. */
int tls_reload(struct tls *t, struct err *e);

/*
 * A new one, to be accepted or connected on; NULL: no memory. Files that changed are read again
 * before; those that cannot be used are told of in the log. Any thread.
 */
SSL *tls_session(struct tls *t);
/* The first DNS name of the peer's certificate, or its common name, cut to size. */
void tls_peer_name(const SSL *ssl, char *ret, size_t size);

#endif
