/* Keeping the Secrets of operator, agents and DNS servers. */
#include "operator/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "kube/api.h"
#include "operator/keys.h"
#include "operator/secret_text.h"
#include "operator/thread.h"

enum { ROUND_MS = 60000, TRIES = 5, FILE_MAX = 256 << 10 };

static const struct {
	const char *secret;
	enum keys_of whose;
} published[] = { { SECRET_OF_AGENT, KEYS_AGENT }, { SECRET_OF_DNS, KEYS_DNS } };

struct secrets {
	struct secrets_options o;
	struct kube_config config;
	struct thread thread;
};

/* --- one Secret --------------------------------------------------------------------------------
 */

/* *ret NULL: there is none. */
static int secret_get(struct secrets *s, const char *name, json_t **ret, struct err *e)
{
	const struct kube_api api = { &s->config, s->o.stop_fd };
	char path[512];
	const struct kube_ask ask = { .method = "GET", .path = path };
	int r;

	snprintf(path, sizeof(path), "/api/v1/namespaces/%s/secrets/%s", s->o.namespace, name);
	*ret = NULL;
	r = kube_call(&api, &ask, ret, e);
	return r == -ERR_NOTFOUND ? 0 : r;
}

/* was: as it was read, NULL: it is not there. -ERR_CONFLICT: another came first. data is taken. */
static int secret_put(
	struct secrets *s, const char *name, const json_t *was, json_t *data, struct err *e)
{
	const struct kube_api api = { &s->config, s->o.stop_fd };
	autojson json_t *body = was ? json_deep_copy(was)
				    : json_pack("{s:s,s:s,s:s,s:{s:s}}", "apiVersion", "v1", "kind",
					      "Secret", "type", "Opaque", "metadata", "name", name);
	char path[512];
	const struct kube_ask ask = { .method = was ? "PUT" : "POST", .path = path, .body = body };
	int r;

	snprintf(path, sizeof(path), "/api/v1/namespaces/%s/secrets%s%s", s->o.namespace,
		was ? "/" : "", was ? name : "");
	if (!data || json_object_set_new(body, "data", data) < 0)
		return err_set(e, ERR_NOMEM, ENOMEM, "secret %s", name);
	r = kube_call(&api, &ask, NULL, e);
	if (r == 0)
		log_write(LOG_INFO, "secret", "name", name, "was", was ? "renewed" : "made", NULL);
	return r == -ERR_EXISTS ? -ERR_CONFLICT : r;
}

/* --- what the others and the operator itself read -----------------------------------------------
 */

static int publish(struct secrets *s, const struct keys *k, size_t i, struct err *e)
{
	struct keys_file files[KEYS_FILES];
	autojson json_t *was = NULL, *data = json_object();
	int r = secret_get(s, published[i].secret, &was, e);

	if (r == 0)
		r = keys_files(k, published[i].whose, files, e);
	if (r < 0)
		return r;
	for (const struct keys_file *f = files; f->name; f++)
		if (json_object_set_new(data, f->name, secret_encode(f->text)) < 0)
			r = err_set(e, ERR_NOMEM, ENOMEM, "secret %s", published[i].secret);
	keys_files_free(files);
	if (r < 0 || json_equal(json_object_get(was, "data"), data))
		return r;
	return secret_put(s, published[i].secret, was, json_incref(data), e);
}

static int files_write(struct secrets *s, const struct keys *k, struct err *e)
{
	struct keys_file files[KEYS_FILES];
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/keys", s->o.run);
	r = dir_make(path, 0700, e);
	if (r == 0)
		r = keys_files(k, KEYS_OPERATOR, files, e);
	if (r < 0)
		return r;
	for (const struct keys_file *f = files; f->name && r == 0; f++) {
		autobuf struct buf there = BUF_INIT(FILE_MAX);

		snprintf(path, sizeof(path), "%s/keys/%s", s->o.run, f->name);
		if (file_read(AT_FDCWD, path, &there, NULL) < 0 ||
			!str_eq(buf_text(&there), f->text))
			r = file_replace(path, 0600, f->text, strlen(f->text), e);
	}
	keys_files_free(files);
	return r;
}

/* Whether agents and DNS servers trust the operator's authorities as they are. */
static int told(struct secrets *s, const struct keys *k, bool *ret, struct err *e)
{
	*ret = true;
	for (size_t i = 0; i < ARRAY_LEN(published); i++) {
		autojson json_t *secret = NULL;
		autofree char *trusted = NULL;
		int r = secret_get(s, published[i].secret, &secret, e);

		if (r < 0)
			return r;
		trusted = secret_decode(json_object_get(secret, "data"), "ca.crt");
		*ret = *ret && str_eq(trusted, k->of[KEYS_OPERATOR].bundle);
	}
	return 0;
}

/* --- rounds ------------------------------------------------------------------------------------
 */

static int round_once(struct secrets *s, struct err *e)
{
	autokeys struct keys k = { 0 };
	autojson json_t *was = NULL;
	bool changed = false, known = false;
	int r = secret_get(s, SECRET_OF_OPERATOR, &was, e);

	if (r == 0) {
		keys_read(json_object_get(was, "data"), &k);
		r = told(s, &k, &known, e);
	}
	if (r == 0)
		r = keys_renew(&k, known, clock_wall_ms(), &changed, e);
	if (r == 0 && changed)
		r = secret_put(s, SECRET_OF_OPERATOR, was, keys_data(&k), e);
	for (size_t i = 0; i < ARRAY_LEN(published) && r == 0; i++)
		r = publish(s, &k, i, e);
	return r == 0 ? files_write(s, &k, e) : r;
}

static int round_do(struct secrets *s, struct err *e)
{
	int r = -ERR_CONFLICT;

	for (int i = 0; i < TRIES && r == -ERR_CONFLICT; i++)
		r = round_once(s, e);
	return r < 0 ? err_wrap(e, "secrets of namespace %s", s->o.namespace) : 0;
}

static void *rounds(void *ctx)
{
	struct secrets *s = ctx;
	struct pollfd stop = { s->o.stop_fd, POLLIN, 0 };
	struct err e;

	while (poll(&stop, 1, ROUND_MS) == 0)
		if (round_do(s, &e) < 0)
			log_write(LOG_WARN, "secrets", "error", e.msg, "retrying", "true", NULL);
	return NULL;
}

int secrets_new(const struct secrets_options *o, struct secrets **ret, struct err *e)
{
	struct secrets *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(e, ERR_NOMEM, ENOMEM, "secrets");
	s->o = *o;
	r = kube_config_load(o->kubeconfig, &s->config, e);
	if (r == 0)
		r = round_do(s, e);
	if (r < 0)
		secrets_end(s);
	else
		*ret = s;
	return r;
}

int secrets_start(struct secrets *s, struct err *e)
{
	return thread_start(&s->thread, rounds, s, e);
}

void secrets_end(struct secrets *s)
{
	if (!s)
		return;
	thread_join(&s->thread);
	kube_config_free(&s->config);
	free(s);
}
