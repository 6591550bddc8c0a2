/* The keys of operator, agents and DNS servers. */
#include "operator/keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "operator/certs_x509.h"
#include "operator/secret_text.h"

#define LIFE_MS (90LL * 24 * 3600 * 1000) /* of a certificate */

enum { BUNDLES_MAX = 256 << 10 };

static const char *const names[] = { "gale-operator", "gale-agent", "gale-dns" };
static const char orders_name[] = "orders.key";

/* Where a part of it is in the Secret: "gale-agent.ca.key". */
struct part {
	char name[32];
	char **text;
};
enum { PARTS = 4 };

static void parts_name(struct keys *k, enum keys_of whose, struct part ret[static PARTS])
{
	static const char *const kinds[] = { "ca.crt", "ca.key", "tls.crt", "tls.key" };
	struct certs *c = &k->of[whose];
	char **const texts[] = { &c->bundle, &c->ca_key, &c->cert, &c->key };

	for (size_t i = 0; i < PARTS; i++) {
		snprintf(ret[i].name, sizeof(ret[i].name), "%s.%s", names[whose], kinds[i]);
		ret[i].text = texts[i];
	}
}

/* --- the Secret of the operator alone ----------------------------------------------------------
 */

void keys_read(const json_t *data, struct keys *ret)
{
	*ret = (struct keys){ .orders = secret_decode(data, orders_name) };
	for (enum keys_of whose = 0; whose < N_KEYS; whose++) {
		struct part parts[PARTS];

		parts_name(ret, whose, parts);
		for (size_t i = 0; i < PARTS; i++)
			*parts[i].text = secret_decode(data, parts[i].name);
	}
}

void keys_free(struct keys *k)
{
	for (enum keys_of whose = 0; whose < N_KEYS; whose++)
		certs_free(&k->of[whose]);
	secret_free(k->orders);
	*k = (struct keys){ 0 };
}

json_t *keys_data(const struct keys *k)
{
	json_t *data = json_object();
	int r = json_object_set_new(data, orders_name, secret_encode(k->orders));

	for (enum keys_of whose = 0; whose < N_KEYS; whose++) {
		struct part parts[PARTS];

		parts_name((struct keys *)k, whose, parts);
		for (size_t i = 0; i < PARTS; i++)
			r |= json_object_set_new(
				data, parts[i].name, secret_encode(*parts[i].text));
	}
	if (r < 0) {
		json_decref(data);
		return NULL;
	}
	return data;
}

/* --- making ----------------------------------------------------------------------------------- */

static int orders_renew(struct keys *k, bool *ret_changed, struct err *e)
{
	EVP_PKEY *key = k->orders ? pem_key(k->orders) : NULL;
	bool good = key && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519;

	EVP_PKEY_free(key);
	if (good)
		return 0;
	key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	secret_free(k->orders);
	k->orders = key ? pem_of_key(key) : NULL;
	EVP_PKEY_free(key);
	*ret_changed = true;
	return k->orders ? 0 : err_set(e, ERR_NOMEM, 0, "key of orders");
}

int keys_renew(struct keys *k, bool told, int64_t now_ms, bool *ret_changed, struct err *e)
{
	int r;

	*ret_changed = false;
	r = orders_renew(k, ret_changed, e);
	for (enum keys_of whose = 0; whose < N_KEYS && r == 0; whose++) {
		/* The operator reads its own files again at once. */
		const struct certs_wish wish = { .life_ms = LIFE_MS,
			.told = told || whose != KEYS_OPERATOR };
		struct certs_seen seen;
		enum certs_deed deed;

		certs_look(&k->of[whose], names[whose], &seen);
		deed = certs_plan(&seen, &wish, now_ms);
		if (deed == CERTS_KEEP)
			continue;
		r = certs_do(deed, &k->of[whose], names[whose], LIFE_MS, now_ms, e);
		*ret_changed = true;
	}
	return r;
}

/* --- what each of them reads -------------------------------------------------------------------
 */

static char *public_half(const char *private)
{
	EVP_PKEY *key = pem_key(private);
	char *text = key ? pem_of_public(key) : NULL;

	EVP_PKEY_free(key);
	return text;
}

/* Who is trusted: the operator by the others, and they by the operator. */
static char *trusted(const struct keys *k, enum keys_of whose)
{
	autobuf struct buf text = BUF_INIT(BUNDLES_MAX);

	if (whose != KEYS_OPERATOR)
		return strdup(k->of[KEYS_OPERATOR].bundle);
	buf_str(&text, k->of[KEYS_AGENT].bundle);
	buf_str(&text, k->of[KEYS_DNS].bundle);
	return buf_take(&text);
}

int keys_files(const struct keys *k, enum keys_of whose, struct keys_file ret[static KEYS_FILES],
	struct err *e)
{
	struct keys_file files[KEYS_FILES] = {
		{ "ca.crt", trusted(k, whose) },
		{ "tls.key", strdup(k->of[whose].key) },
		{ "tls.crt", strdup(k->of[whose].cert) },
	};

	if (whose == KEYS_OPERATOR)
		files[3] = (struct keys_file){ orders_name, strdup(k->orders) };
	else if (whose == KEYS_AGENT)
		files[3] = (struct keys_file){ "orders.pub", public_half(k->orders) };
	for (const struct keys_file *f = files; f->name; f++) {
		if (!f->text) {
			keys_files_free(files);
			return err_set(e, ERR_NOMEM, ENOMEM, "%s", f->name);
		}
	}
	memcpy(ret, files, sizeof(files));
	return 0;
}

void keys_files_free(struct keys_file *files)
{
	for (struct keys_file *f = files; f->name; f++)
		secret_free(f->text);
}
