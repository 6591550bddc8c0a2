/* TLS of the webhook's server. */
#include "operator/admit_tls.h"

#include <errno.h>

#include <openssl/err.h>

#include "operator/certs_x509.h"

static int choose_http1(SSL *ssl, const unsigned char **out, unsigned char *out_len,
	const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char http1[] = "\x08http/1.1";

	(void)ssl, (void)arg;
	return SSL_select_next_proto((unsigned char **)out, out_len, http1, sizeof(http1) - 1, in,
		       in_len) == OPENSSL_NPN_NEGOTIATED
		       ? SSL_TLSEXT_ERR_OK
		       : SSL_TLSEXT_ERR_NOACK;
}

static bool use(SSL_CTX *tls, const char *cert_pem, const char *key_pem)
{
	EVP_PKEY *key = pem_key(key_pem);
	X509 *cert = NULL;
	bool good;

	pem_certs(cert_pem, 0, &cert);
	good = cert && key && SSL_CTX_use_certificate(tls, cert) == 1 &&
	       SSL_CTX_use_PrivateKey(tls, key) == 1;
	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return good;
}

int admit_tls(const char *cert, const char *key, SSL_CTX **ret, struct err *e)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (!tls)
		return err_set(e, ERR_NOMEM, ENOMEM, "TLS");
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(tls, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_num_tickets(tls, 0);
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(tls, choose_http1, NULL);
	if (!use(tls, cert, key)) {
		SSL_CTX_free(tls);
		return err_set(e, ERR_INVALID, 0, "certificate and key of the webhook: no pair");
	}
	*ret = tls;
	return 0;
}
