/* Mutual TLS, by OpenSSL. */
#include "grpc/tls.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/str.h"

struct tls {
	bool client;
	struct tls_files files;
	struct words names;
	pthread_mutex_t lock; /* of what follows */
	SSL_CTX *context;
	uint64_t stamp; /* of the files, when they were read or could not be */
};

/* What OpenSSL says last, which is nearest to us. */
static int failed(struct err *e, enum err_kind kind, const char *what, const char *path)
{
	unsigned long code = ERR_peek_error();
	const char *reason = ERR_reason_error_string(code);
	int sys = ERR_SYSTEM_ERROR(code) ? ERR_GET_REASON(code) : 0;

	ERR_clear_error();
	if (sys != 0)
		return err_set(e, kind, sys, "%s %s", what, path);
	return err_set(e, kind, 0, "%s %s: %s", what, path, reason ? reason : "unusable");
}

/* Besides what OpenSSL checks of a chain: at its end stands one of the names. */
static int verify(int ok, X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct words *names = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	X509 *cert = X509_STORE_CTX_get_current_cert(store);

	if (!ok || X509_STORE_CTX_get_error_depth(store) != 0 || names->n == 0)
		return ok;
	for (size_t i = 0; i < names->n; i++)
		if (X509_check_host(cert, names->v[i], 0, 0, NULL) == 1)
			return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
	return 0;
}

static const unsigned char h2[] = { 2, 'h', '2' };

static int choose_h2(SSL *ssl, const unsigned char **out, unsigned char *out_len,
	const unsigned char *in, unsigned in_len, void *arg)
{
	(void)ssl, (void)arg;
	for (unsigned i = 0; i + 2 < in_len; i += in[i] + 1u)
		if (memcmp(in + i, h2, sizeof(h2)) == 0) {
			*out = in + i + 1;
			*out_len = 2;
			return SSL_TLSEXT_ERR_OK;
		}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int context_load(SSL_CTX *c, const struct tls_files *f, struct err *e)
{
	STACK_OF(X509_NAME) * authorities;

	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(c, f->cert) != 1)
		return failed(e, ERR_INVALID, "certificate", f->cert);
	if (SSL_CTX_use_PrivateKey_file(c, f->key, SSL_FILETYPE_PEM) != 1)
		return failed(e, ERR_INVALID, "key", f->key);
	if (SSL_CTX_load_verify_locations(c, f->ca, NULL) != 1)
		return failed(e, ERR_INVALID, "certificates", f->ca);
	authorities = SSL_load_client_CA_file(f->ca);
	if (!authorities)
		return failed(e, ERR_INVALID, "certificates", f->ca);
	SSL_CTX_set_client_CA_list(c, authorities);
	return 0;
}

static int context_new(const struct tls *t, SSL_CTX **ret, struct err *e)
{
	SSL_CTX *c = SSL_CTX_new(t->client ? TLS_client_method() : TLS_server_method());
	int r;

	if (!c)
		return err_set(e, ERR_NOMEM, 0, "no memory for TLS");
	SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
	/* Every connection shows its certificate: a reload must not be outlived by a ticket. */
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(
		c, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_num_tickets(c, 0);
	SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
	if (t->client)
		SSL_CTX_set_alpn_protos(c, h2, sizeof(h2));
	else
		SSL_CTX_set_alpn_select_cb(c, choose_h2, NULL);
	SSL_CTX_set_app_data(c, (void *)&t->names);
	SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verify);
	r = context_load(c, &t->files, e);
	if (r < 0) {
		SSL_CTX_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

/* Another when a file is another, or was written to. */
static uint64_t stamp_of(const struct tls_files *f)
{
	const char *const paths[] = { f->cert, f->key, f->ca };
	uint64_t stamp = 0;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct stat st;

		if (stat(paths[i], &st) < 0)
			st = (struct stat){ 0 };
		stamp = stamp * 31 + (uint64_t)st.st_ino;
		stamp = stamp * 31 + (uint64_t)st.st_size;
		stamp = stamp * 31 + (uint64_t)st.st_mtim.tv_sec;
		stamp = stamp * 31 + (uint64_t)st.st_mtim.tv_nsec;
	}
	return stamp;
}

static int open_as(bool client, const struct tls_files *files, struct tls **ret, struct err *e)
{
	struct tls *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return err_set(e, ERR_NOMEM, 0, "no memory for TLS");
	t->client = client;
	t->files = *files;
	t->stamp = stamp_of(files);
	pthread_mutex_init(&t->lock, NULL);
	r = words_split(files->names, ',', &t->names, e);
	if (r == 0)
		r = context_new(t, &t->context, e);
	if (r < 0) {
		tls_close(t);
		return r;
	}
	*ret = t;
	return 0;
}

int tls_open(const struct tls_files *files, struct tls **ret, struct err *e)
{
	return open_as(false, files, ret, e);
}

int tls_open_client(const struct tls_files *files, struct tls **ret, struct err *e)
{
	return open_as(true, files, ret, e);
}

void tls_close(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->context);
	words_free(&t->names);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

int tls_reload(struct tls *t, struct err *e)
{
	SSL_CTX *fresh;
	int r = context_new(t, &fresh, e);

	if (r < 0)
		return r;
	pthread_mutex_lock(&t->lock);
	SSL_CTX_free(t->context); /* connections hold on to theirs */
	t->context = fresh;
	pthread_mutex_unlock(&t->lock);
	return 0;
}

/* Once for each change: while one file is replaced and its key is not, it fails and all stays. */
static void refresh(struct tls *t)
{
	uint64_t stamp = stamp_of(&t->files);
	struct err e;
	bool changed;

	pthread_mutex_lock(&t->lock);
	changed = stamp != t->stamp;
	t->stamp = stamp;
	pthread_mutex_unlock(&t->lock);
	if (!changed)
		return;
	if (tls_reload(t, &e) < 0)
		log_write(LOG_WARN, "certificate.unusable", "error", e.msg, "consequence",
			"the one before stays", NULL);
	else
		log_write(LOG_INFO, "certificate.read", "file", t->files.cert, NULL);
}

SSL *tls_session(struct tls *t)
{
	SSL *ssl;

	refresh(t);
	pthread_mutex_lock(&t->lock);
	ssl = SSL_new(t->context);
	pthread_mutex_unlock(&t->lock);
	return ssl;
}

static bool first_dns_name(const X509 *cert, char *ret, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS)
			continue;
		snprintf(ret, size, "%.*s", ASN1_STRING_length(name->d.dNSName),
			(const char *)ASN1_STRING_get0_data(name->d.dNSName));
		found = true;
	}
	GENERAL_NAMES_free(names);
	return found;
}

void tls_peer_name(const SSL *ssl, char *ret, size_t size)
{
	const X509 *cert = SSL_get0_peer_certificate(ssl);

	*ret = '\0';
	if (cert && !first_dns_name(cert, ret, size))
		X509_NAME_get_text_by_NID(
			X509_get_subject_name(cert), NID_commonName, ret, (int)size);
}
