/* When certificates are made, and what they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <openssl/x509v3.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "operator/certs.h"
#include "operator/certs_keep.h"
#include "operator/certs_x509.h"

#define NAMES "gale-operator.gale.svc,127.0.0.1"
#define LIFE  1000000 /* of a certificate, ms */
#define NOW   1700000000000

/* --- what is to be done ----------------------------------------------------------------------- */

/* All is made at 0. */
static struct certs_seen fresh(void)
{
	return (struct certs_seen){ true, { 0, LIFE * CERTS_CA_LIVES }, { 0, LIFE }, true, true,
		1 };
}

static enum certs_deed planned(const struct certs_seen *s, bool told, int64_t now)
{
	const struct certs_wish w = { LIFE, told, false };

	return certs_plan(s, &w, now);
}

static void test_certificate(void **state)
{
	struct certs_seen s = fresh();

	(void)state;
	assert_int_equal(planned(&s, true, 0), CERTS_KEEP);
	assert_int_equal(planned(&s, true, LIFE / 3 * 2 - 1), CERTS_KEEP);
	assert_int_equal(planned(&s, true, LIFE / 3 * 2), CERTS_CERTIFICATE);
	s.named = false;
	assert_int_equal(planned(&s, true, 0), CERTS_CERTIFICATE);
	s = (struct certs_seen){ 0 };
	assert_int_equal(planned(&s, true, 0), CERTS_ALL);
	s = fresh();
	assert_int_equal(planned(&s, true, LIFE * CERTS_CA_LIVES), CERTS_ALL);
	/* a life that is shortened counts for what is there */
	s.cert.life = LIFE * 100;
	assert_int_equal(planned(&s, true, LIFE / 3 * 2), CERTS_CERTIFICATE);
}

static void test_authority(void **state)
{
	const int64_t due = (int64_t)LIFE * CERTS_CA_LIVES / 3 * 2, settle = certs_settle_ms(LIFE);
	const struct certs_wish anew = { LIFE, true, true };
	struct certs_seen s = fresh();

	(void)state;
	assert_int_equal(settle, LIFE / 10);
	assert_int_equal(certs_settle_ms(90LL * 24 * 3600 * 1000), 600000);
	assert_int_equal(certs_plan(&s, &anew, 0), CERTS_AUTHORITY);
	s.cert.made = due - 1;
	assert_int_equal(planned(&s, true, due - 1), CERTS_KEEP);
	assert_int_equal(planned(&s, true, due), CERTS_AUTHORITY);
	/* it signs when it is trusted */
	s.ca.made = due;
	s.by_newest = false;
	s.authorities = 2;
	assert_int_equal(planned(&s, true, due + settle - 1), CERTS_KEEP);
	assert_int_equal(planned(&s, false, due + settle), CERTS_KEEP);
	assert_int_equal(planned(&s, true, due + settle), CERTS_CERTIFICATE);
	assert_int_equal(certs_plan(&s, &anew, due), CERTS_KEEP); /* that is on its way */
	/* or when nothing else is left */
	assert_int_equal(planned(&s, false, s.cert.made + LIFE / 10 * 9), CERTS_CERTIFICATE);
	/* the old one goes when what it signed has ended */
	s.by_newest = true;
	s.cert.made = due + LIFE / 2;
	assert_int_equal(planned(&s, true, due + LIFE - 1), CERTS_KEEP);
	assert_int_equal(planned(&s, true, due + LIFE), CERTS_FORGET);
	s.authorities = 1;
	assert_int_equal(planned(&s, true, due + LIFE), CERTS_KEEP);
}

/* --- what is made ----------------------------------------------------------------------------- */

/* As an API server does that trusts the bundle. */
static bool believed(const char *bundle, const char *cert_pem, int64_t now_ms)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *cert = NULL, *ca = NULL;
	bool good;

	for (size_t i = 0; i < pem_certs(bundle, i, &ca); i++) {
		X509_STORE_add_cert(store, ca);
		X509_free(ca);
	}
	pem_certs(cert_pem, 0, &cert);
	X509_STORE_CTX_init(ctx, store, cert, NULL);
	X509_STORE_CTX_set_time(ctx, 0, (time_t)(now_ms / 1000));
	X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(ctx), "gale-operator.gale.svc", 0);
	good = X509_verify_cert(ctx) == 1;
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(cert);
	return good;
}

static void deed(enum certs_deed d, struct certs *c, int64_t now)
{
	struct err e = { 0 };

	if (certs_do(d, c, NAMES, LIFE, now, &e) < 0)
		fail_msg("%s", e.msg);
}

static void test_made(void **state)
{
	autocerts struct certs c = { 0 };
	struct certs_seen s;

	(void)state;
	certs_look(&c, NAMES, &s);
	assert_false(s.usable);
	deed(CERTS_ALL, &c, NOW);
	certs_look(&c, NAMES, &s);
	assert_true(s.usable && s.by_newest && s.named);
	assert_int_equal(s.authorities, 1);
	assert_in_range(s.cert.made, NOW - 2000, NOW + 2000); /* they count seconds */
	assert_in_range(s.cert.life, LIFE - 2000, LIFE + 2000);
	assert_in_range(s.ca.life, CERTS_CA_LIVES * LIFE - 2000, CERTS_CA_LIVES * LIFE + 2000);
	assert_true(believed(c.bundle, c.cert, NOW));
	assert_true(believed(c.bundle, c.cert, NOW - LIFE / 20)); /* a clock that is behind */
	assert_false(believed(c.bundle, c.cert, NOW + LIFE + 2000));
	certs_look(&c, "other.svc", &s);
	assert_true(s.usable && !s.named);
}

/* From one authority to the next, whoever has what of it is believed. */
static void test_succession(void **state)
{
	autocerts struct certs c = { 0 };
	autofree char *old_bundle = NULL, *old_cert = NULL;
	struct certs_seen s;

	(void)state;
	deed(CERTS_ALL, &c, NOW);
	old_bundle = strdup(c.bundle);
	old_cert = strdup(c.cert);
	deed(CERTS_AUTHORITY, &c, NOW);
	certs_look(&c, NAMES, &s);
	assert_true(s.usable && !s.by_newest);
	assert_int_equal(s.authorities, 2);
	assert_string_equal(c.cert, old_cert);
	assert_true(believed(c.bundle, old_cert, NOW));
	deed(CERTS_CERTIFICATE, &c, NOW);
	certs_look(&c, NAMES, &s);
	assert_true(s.usable && s.by_newest);
	assert_true(believed(c.bundle, c.cert, NOW));
	assert_true(believed(c.bundle, old_cert, NOW)); /* a replica that reads late */
	assert_false(believed(old_bundle, c.cert, NOW));
	deed(CERTS_FORGET, &c, NOW);
	certs_look(&c, NAMES, &s);
	assert_int_equal(s.authorities, 1);
	assert_true(s.usable && believed(c.bundle, c.cert, NOW));
	assert_false(believed(c.bundle, old_cert, NOW));
	for (int i = 0; i < 12; i++)
		deed(CERTS_AUTHORITY, &c, NOW);
	assert_int_equal(pem_certs(c.bundle, 0, NULL), 8);
}

/* What does not belong together is as good as nothing. */
static void test_unusable(void **state)
{
	autocerts struct certs a = { 0 }, b = { 0 };
	struct certs_seen s;
	char *swap;

	(void)state;
	deed(CERTS_ALL, &a, NOW);
	deed(CERTS_ALL, &b, NOW);
	assert_false(certs_same(&a, &b));
	swap = a.key;
	a.key = b.key;
	b.key = swap;
	certs_look(&a, NAMES, &s);
	assert_false(s.usable);
	free(b.bundle);
	b.bundle = strdup("garbage");
	certs_look(&b, NAMES, &s);
	assert_false(s.usable);
}

static void test_names(void **state)
{
	autocerts struct certs c = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(certs_do(CERTS_ALL, &c, "a,IP:1.2.3.4", LIFE, NOW, &e), -ERR_INVALID);
	assert_int_equal(certs_do(CERTS_ALL, &c, "", LIFE, NOW, &e), -ERR_MISSING);
	assert_null(c.cert);
}

/* --- in the cluster --------------------------------------------------------------------------- */

static void test_secret(void **state)
{
	autocerts struct certs c = { 0 }, again = { 0 };
	autojson json_t *secret = json_object();

	(void)state;
	deed(CERTS_ALL, &c, NOW);
	certs_to_secret(&c, secret);
	certs_of_secret(secret, &again);
	assert_true(certs_same(&c, &again));
	json_object_set_new(json_object_get(secret, "data"), "tls.key", json_string("!"));
	certs_free(&again);
	certs_of_secret(secret, &again);
	assert_null(again.key);
	assert_string_equal(again.cert, c.cert);
}

static void test_bundle(void **state)
{
	autojson json_t *config = json_pack("{s:[{s:s,s:{}},{s:s,s:{s:s}},{s:s,s:{s:s}}]}",
		"webhooks", "name", "x", "clientConfig", "name", "y", "clientConfig", "caBundle",
		"YQ==", "name", "z", "clientConfig", "caBundle", "Yg==");
	autojson json_t *patch = bundle_patch(config, "a");
	autofree char *text = json_line(patch);

	(void)state;
	assert_string_equal(text,
		"[{\"op\":\"test\",\"path\":\"/webhooks/0/name\",\"value\":\"x\"},"
		"{\"op\":\"add\",\"path\":\"/webhooks/0/clientConfig/caBundle\","
		"\"value\":\"YQ==\"},"
		"{\"op\":\"test\",\"path\":\"/webhooks/2/name\",\"value\":\"z\"},"
		"{\"op\":\"add\",\"path\":\"/webhooks/2/clientConfig/caBundle\","
		"\"value\":\"YQ==\"}]");
	json_object_clear(config);
	assert_null(bundle_patch(config, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificate),
		cmocka_unit_test(test_authority),
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_succession),
		cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_bundle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
