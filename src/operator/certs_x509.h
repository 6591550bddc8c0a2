/* Keys and certificates of the webhook, in PEM, by OpenSSL. */
#ifndef OPERATOR_CERTS_X509_H
#define OPERATOR_CERTS_X509_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "base/err.h"

/* Texts for free(); NULL on failure. */
char *pem_of_cert(X509 *cert);
char *pem_of_key(EVP_PKEY *key);
char *pem_of_public(EVP_PKEY *key); /* its public half */
/* The number of certificates of a text: *ret (NULL allowed) is the one at this place. */
size_t pem_certs(const char *pem, size_t place, X509 **ret);
EVP_PKEY *pem_key(const char *pem);

/* Valid from a tenth of its life before now on, for clocks that differ, to life_ms from now. */
struct x509_wish {
	const char *common_name;
	const char *names; /* "a.svc,127.0.0.1" of a server; NULL: it is an authority */
	int64_t now_ms, life_ms;
};

/* issuer and issuer_key NULL: signed by itself. */
int x509_make(const struct x509_wish *w, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
	X509 **ret, struct err *e);
EVP_PKEY *x509_key(void); /* a new one (P-256); NULL on failure */

/* When it was made and how long it lasts from then on, as x509_make() makes them. */
void x509_age(const X509 *cert, int64_t *ret_made_ms, int64_t *ret_life_ms);
bool x509_named(X509 *cert, const char *names); /* for each of the names */

#endif
