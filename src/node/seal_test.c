/* Signatures of orders: whose, of what, and by which of the keys. */
#include "node/seal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

struct files {
	char secret[2][40], public[2][40], both[40];
};

static void file_make(
	char *name, EVP_PKEY *const *keys, int n, int (*put)(FILE *, const EVP_PKEY *))
{
	FILE *f;
	int fd;

	snprintf(name, 40, "/tmp/seal_test.XXXXXX");
	fd = mkstemp(name);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	for (int i = 0; i < n; i++)
		assert_int_equal(put(f, keys[i]), 1);
	fclose(f);
}

static int put_secret(FILE *f, const EVP_PKEY *key)
{
	return PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
}

static int setup(void **state)
{
	struct files *f = calloc(1, sizeof(*f));
	EVP_PKEY *keys[2];

	assert_non_null(f);
	for (int i = 0; i < 2; i++) {
		keys[i] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		assert_non_null(keys[i]);
		file_make(f->secret[i], &keys[i], 1, put_secret);
		file_make(f->public[i], &keys[i], 1, PEM_write_PUBKEY);
	}
	file_make(f->both, keys, 2, PEM_write_PUBKEY);
	EVP_PKEY_free(keys[0]);
	EVP_PKEY_free(keys[1]);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct files *f = *state;

	for (int i = 0; i < 2; i++) {
		unlink(f->secret[i]);
		unlink(f->public[i]);
	}
	unlink(f->both);
	free(f);
	return 0;
}

static void is_of_its_key_and_text(void **state)
{
	static const char order[] = "an order";
	const struct files *f = *state;
	uint8_t seal[SEAL_SIZE];
	struct seal_key *key;
	struct err e;

	assert_int_equal(seal_key_load(f->secret[1], &key, &e), 0);
	assert_int_equal(seal_sign(key, order, sizeof(order), seal, &e), 0);
	seal_key_free(key);
	assert_int_equal(seal_check(f->public[1], order, sizeof(order), seal, &e), 0);
	assert_int_equal(seal_check(f->both, order, sizeof(order), seal, &e), 0);
	assert_int_equal(seal_check(f->public[0], order, sizeof(order), seal, &e), -ERR_DENIED);
	assert_int_equal(seal_check(f->both, order, sizeof(order) - 1, seal, &e), -ERR_DENIED);
	seal[7] ^= 1;
	assert_int_equal(seal_check(f->both, order, sizeof(order), seal, &e), -ERR_DENIED);
}

static void needs_its_files(void **state)
{
	const struct files *f = *state;
	uint8_t seal[SEAL_SIZE] = { 0 };
	struct seal_key *key;
	struct err e;

	assert_int_equal(seal_key_load("/nowhere", &key, &e), -ERR_INVALID);
	assert_int_equal(seal_key_load(f->public[0], &key, &e), -ERR_INVALID);
	assert_int_equal(seal_keys_check(f->both, &e), 0);
	assert_int_equal(seal_keys_check(f->secret[0], &e), -ERR_INVALID);
	assert_int_equal(seal_keys_check("/nowhere", &e), -ERR_NOTFOUND);
	assert_int_equal(seal_check("/nowhere", "", 0, seal, &e), -ERR_NOTFOUND);
	assert_int_equal(seal_check(f->secret[0], "", 0, seal, &e), -ERR_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_of_its_key_and_text),
		cmocka_unit_test(needs_its_files),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
