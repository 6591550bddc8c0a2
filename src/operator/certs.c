/* The webhook's certificates as a whole: what is there, and deeds. */
#include "operator/certs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/rand.h"
#include "base/str.h"
#include "operator/certs_x509.h"
#include "operator/secret_text.h"

enum {
	MOST_AUTHORITIES = 8, /* the oldest ones go first */
	BUNDLE_MAX = 65536,
};

void certs_free(struct certs *c)
{
	free(c->bundle);
	secret_free(c->ca_key);
	free(c->cert);
	secret_free(c->key);
	*c = (struct certs){ 0 };
}

bool certs_same(const struct certs *a, const struct certs *b)
{
	return str_eq(a->bundle, b->bundle) && str_eq(a->ca_key, b->ca_key) &&
	       str_eq(a->cert, b->cert) && str_eq(a->key, b->key);
}

int certs_copy(const struct certs *from, struct certs *ret, struct err *e)
{
	char *const texts[] = { from->bundle, from->ca_key, from->cert, from->key };
	char **const to[] = { &ret->bundle, &ret->ca_key, &ret->cert, &ret->key };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		*to[i] = texts[i] ? strdup(texts[i]) : NULL;
		if (texts[i] && !*to[i])
			return err_set(e, ERR_NOMEM, ENOMEM, "certificates");
	}
	return 0;
}

/* --- as OpenSSL has them ---------------------------------------------------------------------- */

struct parts {
	X509 *ca, *cert; /* ca: the newest */
	EVP_PKEY *ca_key, *key;
	size_t authorities;
};

static void parts_free(struct parts *p)
{
	X509_free(p->ca);
	X509_free(p->cert);
	EVP_PKEY_free(p->ca_key);
	EVP_PKEY_free(p->key);
}

static void parts_read(const struct certs *c, struct parts *ret)
{
	*ret = (struct parts){ 0 };
	if (c->bundle)
		ret->authorities = pem_certs(c->bundle, 0, &ret->ca);
	if (c->cert)
		pem_certs(c->cert, 0, &ret->cert);
	if (c->ca_key)
		ret->ca_key = pem_key(c->ca_key);
	if (c->key)
		ret->key = pem_key(c->key);
}

static bool signed_by(const struct certs *c, X509 *cert, size_t place)
{
	X509 *ca = NULL;
	bool yes;

	pem_certs(c->bundle, place, &ca);
	yes = ca && X509_verify(cert, X509_get0_pubkey(ca)) == 1;
	X509_free(ca);
	return yes;
}

void certs_look(const struct certs *c, const char *names, struct certs_seen *ret)
{
	__attribute__((cleanup(parts_free))) struct parts p;
	bool known = false;

	*ret = (struct certs_seen){ 0 };
	parts_read(c, &p);
	if (!p.ca || !p.cert || !p.ca_key || !p.key)
		return;
	for (size_t i = 0; i < p.authorities; i++)
		known |= signed_by(c, p.cert, i);
	ret->usable = known && X509_check_private_key(p.ca, p.ca_key) == 1 &&
		      X509_check_private_key(p.cert, p.key) == 1;
	ret->authorities = p.authorities;
	ret->by_newest = signed_by(c, p.cert, 0);
	ret->named = x509_named(p.cert, names);
	x509_age(p.ca, &ret->ca.made, &ret->ca.life);
	x509_age(p.cert, &ret->cert.made, &ret->cert.life);
}

/* --- deeds ------------------------------------------------------------------------------------ */

/* Of the bundle, the first n certificates, put behind what is in ret. */
static void bundle_add(const char *bundle, size_t n, struct buf *ret)
{
	size_t there = bundle ? pem_certs(bundle, 0, NULL) : 0;

	for (size_t i = 0; i < there && i < n; i++) {
		X509 *one = NULL;
		autofree char *text = NULL;

		pem_certs(bundle, i, &one);
		text = one ? pem_of_cert(one) : NULL;
		buf_str(ret, text ? text : "");
		X509_free(one);
	}
}

/* Takes the texts; what was there before goes. */
static int replace(char **old, char *text, char **old_key, char *key, struct err *e)
{
	if (!text || !key) {
		free(text);
		secret_free(key);
		return err_set(e, ERR_NOMEM, 0, "certificate");
	}
	free(*old);
	secret_free(*old_key);
	*old = text;
	*old_key = key;
	return 0;
}

/* keep: of the authorities that are there. */
static int authority_make(
	struct certs *c, size_t keep, int64_t life_ms, int64_t now_ms, struct err *e)
{
	char name[48] = "gale-operator webhook ";
	const struct x509_wish wish = { name, NULL, now_ms, life_ms * CERTS_CA_LIVES };
	autobuf struct buf bundle = BUF_INIT(BUNDLE_MAX);
	EVP_PKEY *key = x509_key();
	X509 *ca = NULL;
	int r;

	rand_hex(name + strlen(name), 16); /* of several in one bundle each has a name of its own */
	r = key ? x509_make(&wish, key, NULL, NULL, &ca, e) : err_set(e, ERR_NOMEM, 0, "key");
	if (r == 0) {
		autofree char *text = pem_of_cert(ca);

		buf_str(&bundle, text ? text : "");
		bundle_add(c->bundle, keep, &bundle);
		r = replace(&c->bundle, text ? buf_take(&bundle) : NULL, &c->ca_key,
			pem_of_key(key), e);
	}
	X509_free(ca);
	EVP_PKEY_free(key);
	return r;
}

static int certificate_make(
	struct certs *c, const char *names, int64_t life_ms, int64_t now_ms, struct err *e)
{
	const struct x509_wish wish = { "gale-operator", names, now_ms, life_ms };
	__attribute__((cleanup(parts_free))) struct parts p;
	EVP_PKEY *key = x509_key();
	X509 *cert = NULL;
	int r;

	parts_read(c, &p);
	r = key && p.ca && p.ca_key ? x509_make(&wish, key, p.ca, p.ca_key, &cert, e)
				    : err_set(e, ERR_NOMEM, 0, "key");
	if (r == 0)
		r = replace(&c->cert, pem_of_cert(cert), &c->key, pem_of_key(key), e);
	X509_free(cert);
	EVP_PKEY_free(key);
	return r;
}

static int forget(struct certs *c, struct err *e)
{
	autobuf struct buf bundle = BUF_INIT(BUNDLE_MAX);
	char *text;

	bundle_add(c->bundle, 1, &bundle);
	text = buf_take(&bundle);
	if (!text)
		return err_set(e, ERR_NOMEM, 0, "certificate");
	free(c->bundle);
	c->bundle = text;
	return 0;
}

int certs_do(enum certs_deed deed, struct certs *c, const char *names, int64_t life_ms,
	int64_t now_ms, struct err *e)
{
	autocerts struct certs next = { 0 };
	bool all = deed == CERTS_ALL;
	int r = certs_copy(c, &next, e);

	if (r == 0 && (all || deed == CERTS_AUTHORITY))
		r = authority_make(&next, all ? 0 : MOST_AUTHORITIES - 1, life_ms, now_ms, e);
	if (r == 0 && (all || deed == CERTS_CERTIFICATE))
		r = certificate_make(&next, names, life_ms, now_ms, e);
	if (r == 0 && deed == CERTS_FORGET)
		r = forget(&next, e);
	if (r < 0)
		return r;
	certs_free(c);
	*c = next;
	next = (struct certs){ 0 };
	return 0;
}
