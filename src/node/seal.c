/* Ed25519 by OpenSSL. */
#include "node/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"

/* What is signed begins with what it is: a signature of this key says nothing elsewhere. */
static const char domain[] = "gale.node.v1.Order";

enum { MOST_ORDER = 1 << 20, MOST_KEYS_TEXT = 1 << 16 };

struct seal_key {
	EVP_PKEY *key;
};

static int text_make(const void *order, size_t len, struct buf *ret, struct err *e)
{
	buf_add(ret, domain, sizeof(domain));
	buf_add(ret, order, len);
	return ret->failed ? err_set(e, ERR_INVALID, 0, "an order of %zu bytes", len) : 0;
}

int seal_key_load(const char *path, struct seal_key **ret, struct err *e)
{
	EVP_PKEY *key = NULL;
	FILE *f = fopen(path, "re");
	int sys = f ? 0 : errno;
	struct seal_key *k;

	if (f) {
		key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
		fclose(f);
	}
	ERR_clear_error();
	if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(key);
		return err_set(e, ERR_INVALID, sys, "%s: no private key of Ed25519", path);
	}
	k = malloc(sizeof(*k));
	if (!k) {
		EVP_PKEY_free(key);
		return err_set(e, ERR_NOMEM, ENOMEM, "%s", path);
	}
	k->key = key;
	*ret = k;
	return 0;
}

void seal_key_free(struct seal_key *k)
{
	if (k)
		EVP_PKEY_free(k->key);
	free(k);
}

int seal_sign(const struct seal_key *k, const void *order, size_t len,
	uint8_t ret[static SEAL_SIZE], struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_ORDER);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t size = SEAL_SIZE;
	int r = text_make(order, len, &text, e);

	if (r == 0 &&
		(!c || EVP_DigestSignInit(c, NULL, NULL, NULL, k->key) != 1 ||
			EVP_DigestSign(c, ret, &size, (const uint8_t *)text.data, text.len) != 1))
		r = err_set(e, ERR_SYSTEM, 0, "sign an order");
	EVP_MD_CTX_free(c);
	return r;
}

static bool is_right(EVP_PKEY *key, const struct buf *text, const uint8_t *seal)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool right = c && EVP_DigestVerifyInit(c, NULL, NULL, NULL, key) == 1 &&
		     EVP_DigestVerify(c, seal, SEAL_SIZE, (const uint8_t *)text->data, text->len) ==
			     1;

	EVP_MD_CTX_free(c);
	return right;
}

/* Whether there is a key in the file by which the seal is right or, with text NULL, any key. */
static int keys_find(
	const char *path, const struct buf *text, const uint8_t *seal, bool *ret, struct err *e)
{
	autobuf struct buf keys = BUF_INIT(MOST_KEYS_TEXT);
	int r = file_read(AT_FDCWD, path, &keys, e);
	BIO *from = r == 0 ? BIO_new_mem_buf(keys.data, (int)keys.len) : NULL;
	EVP_PKEY *key;

	*ret = false;
	while (from && !*ret && (key = PEM_read_bio_PUBKEY(from, NULL, NULL, NULL)) != NULL) {
		*ret = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 &&
		       (!text || is_right(key, text, seal));
		EVP_PKEY_free(key);
	}
	BIO_free(from);
	ERR_clear_error();
	return r;
}

int seal_keys_check(const char *path, struct err *e)
{
	bool found;
	int r = keys_find(path, NULL, NULL, &found, e);

	return r < 0 || found ? r
			      : err_set(e, ERR_INVALID, 0, "%s: no public key of Ed25519", path);
}

int seal_check(const char *path, const void *order, size_t len,
	const uint8_t seal[static SEAL_SIZE], struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_ORDER);
	bool right = false;
	int r = text_make(order, len, &text, e);

	if (r == 0)
		r = keys_find(path, &text, seal, &right, e);
	return r < 0 || right ? r
			      : err_set(e, ERR_DENIED, 0,
					"the order's signature is not right by %s", path);
}
