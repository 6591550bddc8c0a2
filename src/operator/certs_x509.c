/* Keys and certificates. */
#include "operator/certs_x509.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/rand.h"
#include "base/str.h"
#include "kube/text.h"

enum { NAMES_MAX = 4096, EARLY = 10 /* parts of its life that it is valid before it was made */ };

/* --- PEM -------------------------------------------------------------------------------------- */

static char *bio_text(BIO *bio, bool good)
{
	char *data, *text = NULL;
	long len = bio ? BIO_get_mem_data(bio, &data) : 0;

	if (good && len > 0)
		text = strndup(data, (size_t)len);
	BIO_free(bio);
	return text;
}

char *pem_of_cert(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());

	return bio_text(bio, bio && PEM_write_bio_X509(bio, cert) == 1);
}

char *pem_of_key(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());

	return bio_text(
		bio, bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
}

char *pem_of_public(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	return bio_text(bio, bio && PEM_write_bio_PUBKEY(bio, key) == 1);
}

size_t pem_certs(const char *pem, size_t place, X509 **ret)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	size_t n = 0;
	X509 *one;

	while (bio && (one = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		if (ret && n == place)
			*ret = one;
		else
			X509_free(one);
		n++;
	}
	BIO_free(bio);
	ERR_clear_error(); /* of the end of the text */
	return n;
}

EVP_PKEY *pem_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	return key;
}

/* --- a certificate ---------------------------------------------------------------------------- */

EVP_PKEY *x509_key(void)
{
	return EVP_EC_gen("P-256");
}

static bool is_address(const char *name)
{
	unsigned char address[16];

	return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

/* OpenSSL's "DNS:a,IP:b"; a name is nothing else, whatever is in it. */
static int names_write(const char *names, struct buf *ret, struct err *e)
{
	autowords struct words list = { 0 };
	int r = words_split(names, ',', &list, e);

	for (size_t i = 0; i < list.n && r == 0; i++) {
		const char *name = list.v[i];
		bool address = is_address(name);

		if (!address && !kube_name_good(name))
			r = err_illegal(e, "names of the webhook", name, "host names, addresses");
		buf_fmt(ret, "%s%s:%s", i ? "," : "", address ? "IP" : "DNS", name);
	}
	if (r == 0 && ret->len == 0)
		r = err_missing(e, "names of the webhook");
	return r;
}

static bool extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;
	bool good;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	good = ext && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return good;
}

static bool extend(X509 *cert, X509 *issuer, const char *names)
{
	bool good = extension(cert, issuer, NID_subject_key_identifier, "hash") &&
		    extension(cert, issuer, NID_authority_key_identifier, "keyid");

	if (!names)
		return good &&
		       extension(
			       cert, issuer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
		       extension(cert, issuer, NID_key_usage, "critical,keyCertSign");
	return good && extension(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
	       extension(cert, issuer, NID_key_usage, "critical,digitalSignature") &&
	       extension(cert, issuer, NID_ext_key_usage, "serverAuth,clientAuth") &&
	       extension(cert, issuer, NID_subject_alt_name, names);
}

static bool serial(X509 *cert)
{
	unsigned char bytes[16];
	BIGNUM *n;
	bool good;

	rand_bytes(bytes, sizeof(bytes));
	bytes[0] &= 0x7f; /* positive */
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	good = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
	return good;
}

static bool fill(X509 *cert, const struct x509_wish *w, EVP_PKEY *key, X509 *issuer)
{
	const int64_t from_ms = w->now_ms - w->life_ms / EARLY;
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_set_version(cert, X509_VERSION_3) == 1 && serial(cert) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		       (const unsigned char *)w->common_name, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1 &&
	       ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)(from_ms / 1000)) &&
	       ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)((w->now_ms + w->life_ms) / 1000)) &&
	       X509_set_pubkey(cert, key) == 1;
}

int x509_make(const struct x509_wish *w, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
	X509 **ret, struct err *e)
{
	autobuf struct buf names = BUF_INIT(NAMES_MAX);
	X509 *cert;
	int r = w->names ? names_write(w->names, &names, e) : 0;

	if (r < 0)
		return r;
	cert = X509_new();
	issuer = issuer ? issuer : cert;
	issuer_key = issuer_key ? issuer_key : key;
	if (cert && !names.failed && fill(cert, w, key, issuer) &&
		extend(cert, issuer, w->names ? buf_text(&names) : NULL) &&
		X509_sign(cert, issuer_key, EVP_sha256()) > 0) {
		*ret = cert;
		return 0;
	}
	ERR_clear_error();
	X509_free(cert);
	return err_set(e, ERR_NOMEM, 0, "certificate of %s", w->common_name);
}

/* --- looking ---------------------------------------------------------------------------------- */

static int64_t time_ms(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) * 1000 : 0;
}

void x509_age(const X509 *cert, int64_t *ret_made_ms, int64_t *ret_life_ms)
{
	const int64_t from = time_ms(X509_get0_notBefore(cert));
	const int64_t until = time_ms(X509_get0_notAfter(cert));

	*ret_made_ms = from + (until - from) / (EARLY + 1);
	*ret_life_ms = until - *ret_made_ms;
}

bool x509_named(X509 *cert, const char *names)
{
	autowords struct words list = { 0 };
	bool all = words_split(names, ',', &list, NULL) == 0 && list.n > 0;

	for (size_t i = 0; i < list.n && all; i++)
		all = is_address(list.v[i]) ? X509_check_ip_asc(cert, list.v[i], 0) == 1
					    : X509_check_host(cert, list.v[i], 0, 0, NULL) == 1;
	return all;
}
