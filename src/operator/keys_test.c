/* The keys of operator, agents and DNS servers: who believes whom, and for how long. */
#include "operator/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "node/seal.h"
#include "operator/certs_x509.h"

#define DAY_MS (24LL * 3600 * 1000)

static char *text_of(const struct keys_file *files, const char *name)
{
	for (const struct keys_file *f = files; f->name; f++)
		if (str_eq(f->name, name))
			return f->text;
	return NULL;
}

static X509_STORE *store_of(const char *pem)
{
	X509_STORE *store = X509_STORE_new();

	for (size_t i = 0; i < pem_certs(pem, 0, NULL); i++) {
		X509 *ca = NULL;

		pem_certs(pem, i, &ca);
		X509_STORE_add_cert(store, ca);
		X509_free(ca);
	}
	return store;
}

/* By the authorities that `by` trusts, as a server or a client, at a time. */
static bool believed(
	const struct keys *k, enum keys_of whose, enum keys_of by, int purpose, int64_t now_ms)
{
	struct keys_file its[KEYS_FILES], theirs[KEYS_FILES];
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_STORE *store;
	X509 *cert = NULL;
	bool yes;

	assert_int_equal(keys_files(k, whose, its, NULL), 0);
	assert_int_equal(keys_files(k, by, theirs, NULL), 0);
	pem_certs(text_of(its, "tls.crt"), 0, &cert);
	store = store_of(text_of(theirs, "ca.crt"));
	X509_STORE_CTX_init(ctx, store, cert, NULL);
	X509_STORE_CTX_set_purpose(ctx, purpose);
	X509_STORE_CTX_set_time(ctx, 0, (time_t)(now_ms / 1000));
	yes = X509_verify_cert(ctx) == 1;
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(cert);
	keys_files_free(its);
	keys_files_free(theirs);
	return yes;
}

static bool all_believed(const struct keys *k, int64_t now_ms)
{
	return believed(k, KEYS_OPERATOR, KEYS_AGENT, X509_PURPOSE_SSL_CLIENT, now_ms) &&
	       believed(k, KEYS_OPERATOR, KEYS_DNS, X509_PURPOSE_SSL_CLIENT, now_ms) &&
	       believed(k, KEYS_AGENT, KEYS_OPERATOR, X509_PURPOSE_SSL_SERVER, now_ms) &&
	       believed(k, KEYS_DNS, KEYS_OPERATOR, X509_PURPOSE_SSL_SERVER, now_ms);
}

static void test_made(void **state)
{
	const int64_t now_ms = clock_wall_ms();
	autokeys struct keys k = { 0 }, again = { 0 };
	autojson json_t *data = NULL;
	bool changed;

	(void)state;
	keys_read(NULL, &k);
	assert_int_equal(keys_renew(&k, false, now_ms, &changed, NULL), 0);
	assert_true(changed);
	assert_true(all_believed(&k, now_ms));
	assert_false(believed(&k, KEYS_AGENT, KEYS_AGENT, X509_PURPOSE_SSL_CLIENT, now_ms));
	assert_false(believed(&k, KEYS_DNS, KEYS_AGENT, X509_PURPOSE_SSL_CLIENT, now_ms));

	data = keys_data(&k);
	keys_read(data, &again);
	for (int i = 0; i < N_KEYS; i++)
		assert_true(certs_same(&k.of[i], &again.of[i]));
	assert_string_equal(k.orders, again.orders);
	assert_int_equal(keys_renew(&again, true, now_ms + DAY_MS, &changed, NULL), 0);
	assert_false(changed);
}

/* Nothing that was good a minute ago is refused, however long it goes on. */
static void test_years(void **state)
{
	int64_t now_ms = clock_wall_ms();
	autokeys struct keys k = { 0 };
	bool changed;
	int renewed = 0;

	(void)state;
	assert_int_equal(keys_renew(&k, false, now_ms, &changed, NULL), 0);
	for (int day = 0; day < 900; day += 10) {
		now_ms += 10 * DAY_MS;
		assert_true(all_believed(&k, now_ms));
		assert_int_equal(keys_renew(&k, true, now_ms, &changed, NULL), 0);
		renewed += changed;
	}
	assert_in_range(renewed, 900 / 90, 60);
}

static void put(const char *dir, const struct keys_file *f, char ret[static 128])
{
	snprintf(ret, 128, "%s/%s", dir, f->name);
	assert_int_equal(file_replace(ret, 0600, f->text, strlen(f->text), NULL), 0);
}

/* An agent checks what the operator signs, and has nothing to sign with. */
static void test_orders(void **state)
{
	char dir[] = "/tmp/gale-keys-XXXXXX", private[128], public[128];
	struct keys_file operator[KEYS_FILES], agent[KEYS_FILES], dns[KEYS_FILES];
	autokeys struct keys k = { 0 };
	uint8_t seal[SEAL_SIZE];
	struct seal_key *key;
	bool changed;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(keys_renew(&k, false, clock_wall_ms(), &changed, NULL), 0);
	assert_int_equal(keys_files(&k, KEYS_OPERATOR, operator, NULL), 0);
	assert_int_equal(keys_files(&k, KEYS_AGENT, agent, NULL), 0);
	assert_int_equal(keys_files(&k, KEYS_DNS, dns, NULL), 0);
	assert_string_equal(operator[3].name, "orders.key");
	assert_string_equal(agent[3].name, "orders.pub");
	assert_null(strstr(agent[3].text, "PRIVATE"));
	assert_null(text_of(agent, "orders.key"));
	assert_null(dns[3].name);

	put(dir, &operator[3], private);
	put(dir, &agent[3], public);
	assert_int_equal(seal_key_load(private, &key, NULL), 0);
	assert_int_equal(seal_sign(key, "order", 5, seal, NULL), 0);
	assert_int_equal(seal_check(public, "order", 5, seal, NULL), 0);
	assert_int_equal(seal_check(public, "other", 5, seal, NULL), -ERR_DENIED);
	seal_key_free(key);
	unlink(private);
	unlink(public);
	rmdir(dir);
	keys_files_free(operator);
	keys_files_free(agent);
	keys_files_free(dns);
}

/* What somebody spoiled is made anew. */
static void test_spoiled(void **state)
{
	const int64_t now_ms = clock_wall_ms();
	autokeys struct keys k = { 0 };
	bool changed;

	(void)state;
	keys_read(NULL, &k);
	k.orders = strdup("no key");
	k.of[KEYS_AGENT].cert = strdup("no certificate");
	assert_int_equal(keys_renew(&k, true, now_ms, &changed, NULL), 0);
	assert_true(changed);
	assert_non_null(strstr(k.orders, "PRIVATE KEY"));
	assert_true(all_believed(&k, now_ms));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_years),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_spoiled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
