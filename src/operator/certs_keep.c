/* Certificates of the webhook in the cluster. */
#include "operator/certs_keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "operator/secret_text.h"

enum {
	MOST_TURN_MS = 5000,
	LEAST_TURN_MS = 200,
	WAITING_TURN_MS = 500, /* for the first one to make some */
	MOST_DEEDS = 4,	       /* in a turn: each follows from the one before */
};

/* --- as the API has them ---------------------------------------------------------------------- */

static const struct {
	const char *key;
	size_t offset;
} members[] = {
	{ "ca.crt", offsetof(struct certs, bundle) },
	{ "ca.key", offsetof(struct certs, ca_key) },
	{ "tls.crt", offsetof(struct certs, cert) },
	{ "tls.key", offsetof(struct certs, key) },
};

static char **member(const struct certs *c, size_t i)
{
	return (char **)((char *)c + members[i].offset);
}

void certs_of_secret(const json_t *secret, struct certs *ret)
{
	const json_t *data = json_object_get(secret, "data");

	*ret = (struct certs){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		*member(ret, i) = secret_decode(data, members[i].key);
	}
}

void certs_to_secret(const struct certs *c, json_t *secret)
{
	json_t *data = json_object();

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		json_object_set_new(data, members[i].key, secret_encode(*member(c, i)));
	json_object_set_new(secret, "data", data);
}

/* Webhooks are told by their place; that it is still theirs is tested. */
json_t *bundle_patch(const json_t *configuration, const char *bundle)
{
	autojson json_t *wanted = secret_encode(bundle);
	json_t *patch = json_array();
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(configuration, "webhooks"), i, one)
	{
		const json_t *client = json_object_get(one, "clientConfig");
		char name[64], path[64];

		if (json_equal(json_object_get(client, "caBundle"), wanted))
			continue;
		snprintf(name, sizeof(name), "/webhooks/%zu/name", i);
		snprintf(path, sizeof(path), "/webhooks/%zu/clientConfig/caBundle", i);
		json_array_append_new(patch, json_pack("{s:s,s:s,s:O}", "op", "test", "path", name,
						     "value", json_object_get(one, "name")));
		json_array_append_new(patch,
			json_pack("{s:s,s:s,s:O}", "op", "add", "path", path, "value", wanted));
	}
	if (json_array_size(patch) > 0)
		return patch;
	json_decref(patch);
	return NULL;
}

/* --- the cluster ------------------------------------------------------------------------------ */

static void secret_path(const struct certs_keeper *k, char *ret, size_t size)
{
	snprintf(
		ret, size, "/api/v1/namespaces/%s/secrets/%s", k->place.namespace, k->place.secret);
}

static int secret_get(
	const struct certs_keeper *k, const struct kube_api *a, json_t **ret, struct err *e)
{
	char path[600];
	const struct kube_ask ask = { .method = "GET", .path = path };
	int r;

	secret_path(k, path, sizeof(path));
	r = kube_call(a, &ask, ret, e);
	if (r == -ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND, 0,
			"there is no Secret %s/%s: apply the webhook's manifest again",
			k->place.namespace, k->place.secret);
	return r;
}

/* Of the version that was read: who comes second is told so. */
static int secret_put(const struct certs_keeper *k, const struct kube_api *a, json_t *secret,
	const struct certs *c, struct err *e)
{
	char path[600];
	const struct kube_ask ask = { .method = "PUT", .path = path, .body = secret };

	secret_path(k, path, sizeof(path));
	certs_to_secret(c, secret);
	return kube_call(a, &ask, NULL, e);
}

/* *ret_told: the API server had it before. A configuration that is not there asks nobody. */
static int configuration_tell(const struct certs_keeper *k, const struct kube_api *a,
	const char *plural, bool *ret_told, struct err *e)
{
	autojson json_t *configuration = NULL, *patch = NULL;
	char path[400];
	struct kube_ask ask = { .method = "GET", .path = path };
	int r;

	snprintf(path, sizeof(path), "/apis/admissionregistration.k8s.io/v1/%s/%s", plural,
		k->place.configurations);
	r = kube_call(a, &ask, &configuration, e);
	if (r < 0)
		return r == -ERR_NOTFOUND ? 0 : r;
	patch = bundle_patch(configuration, k->certs.bundle);
	if (!patch)
		return 0;
	*ret_told = false;
	ask = (struct kube_ask){ "PATCH", path, KUBE_JSON_PATCH, patch };
	return kube_call(a, &ask, NULL, e);
}

static int bundle_tell(
	const struct certs_keeper *k, const struct kube_api *a, bool *ret_told, struct err *e)
{
	bool told = true;
	int r = configuration_tell(k, a, "mutatingwebhookconfigurations", &told, e);

	if (r == 0)
		r = configuration_tell(k, a, "validatingwebhookconfigurations", &told, e);
	*ret_told = r == 0 && told;
	return r;
}

/* --- a turn ----------------------------------------------------------------------------------- */

static void deed_log(enum certs_deed deed)
{
	static const char *const texts[] = {
		[CERTS_KEEP] = "the Secret is filled again",
		[CERTS_ALL] = "an authority and a certificate were made",
		[CERTS_AUTHORITY] = "another authority was made",
		[CERTS_CERTIFICATE] = "a certificate was made",
		[CERTS_FORGET] = "authorities that have ended were forgotten",
	};

	log_write(LOG_INFO, "webhook.certificates", "what", texts[deed], NULL);
}

static void take(struct certs_keeper *k, struct certs *fresh, const struct certs_seen *seen,
	bool *ret_changed)
{
	certs_free(&k->certs);
	k->certs = *fresh;
	k->seen = *seen;
	*fresh = (struct certs){ 0 };
	*ret_changed = true;
}

/* The Secret is filled with what is there after the deed. */
static int deed_do(struct certs_keeper *k, const struct kube_api *a, json_t *secret,
	enum certs_deed deed, bool *ret_changed, struct err *e)
{
	autocerts struct certs next = { 0 };
	struct certs_seen seen;
	int r = certs_copy(&k->certs, &next, e);

	if (r == 0)
		r = certs_do(deed, &next, k->place.names, k->place.life_ms, clock_wall_ms(), e);
	if (r == 0)
		r = secret_put(k, a, secret, &next, e);
	if (r < 0)
		return r;
	deed_log(deed);
	certs_look(&next, k->place.names, &seen);
	take(k, &next, &seen, ret_changed);
	return 0;
}

/*
 * stored: the Secret holds what is known here. One that was emptied asks for others: as long as
 * the leader knows what was in it there is no gap. A bundle that cannot be told keeps nothing from
 * being renewed.
 */
static int lead(struct certs_keeper *k, const struct kube_api *a, json_t *secret, bool stored,
	enum certs_deed *ret, bool *ret_changed, struct err *e)
{
	struct certs_wish wish = { k->place.life_ms, .anew = k->seen.usable && !stored };
	struct err untold;
	int told = k->seen.usable ? bundle_tell(k, a, &wish.told, &untold) : 0, r = 0;

	*ret = certs_plan(&k->seen, &wish, clock_wall_ms());
	if (*ret != CERTS_KEEP || !stored)
		r = deed_do(k, a, secret, *ret, ret_changed, e);
	if (r == 0 && told < 0)
		*e = untold;
	return r < 0 ? r : told;
}

static int turn(struct certs_keeper *k, const struct kube_api *a, enum certs_deed *ret,
	bool *ret_changed, struct err *e)
{
	autojson json_t *secret = NULL;
	autocerts struct certs stored = { 0 };
	struct certs_seen seen = k->seen;
	int r = secret_get(k, a, &secret, e);

	*ret = CERTS_KEEP;
	if (r < 0)
		return r;
	certs_of_secret(secret, &stored);
	if (!certs_same(&k->certs, &stored)) {
		certs_look(&stored, k->place.names, &seen);
		if (seen.usable)
			take(k, &stored, &seen, ret_changed);
	}
	return atomic_load(&k->leads) ? lead(k, a, secret, seen.usable, ret, ret_changed, e) : 0;
}

int certs_keep(struct certs_keeper *k, const struct kube_api *a, bool *ret_changed, struct err *e)
{
	enum certs_deed deed = CERTS_ALL;
	int r = 0;

	*ret_changed = false;
	for (int i = 0; i < MOST_DEEDS && deed != CERTS_KEEP && r == 0; i++)
		r = turn(k, a, &deed, ret_changed, e);
	return r;
}

int64_t certs_turn_ms(const struct certs_keeper *k)
{
	int64_t ms = certs_settle_ms(k->place.life_ms) / 4;

	if (!k->certs.cert)
		return WAITING_TURN_MS;
	if (ms < LEAST_TURN_MS)
		return LEAST_TURN_MS;
	return ms < MOST_TURN_MS ? ms : MOST_TURN_MS;
}
