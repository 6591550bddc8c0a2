/* Where the Kubernetes API is. */
#include "kube/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/link.h"
#include "kube/yaml.h"

#define ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount/"

enum { FILE_MAX_SIZE = 1 << 20 };

static void text_free(struct kube_text *t)
{
	free(t->path);
	if (t->text)
		sodium_memzero(t->text, strlen(t->text));
	free(t->text);
}

void kube_config_free(struct kube_config *c)
{
	free(c->host);
	free(c->port);
	free(c->base);
	free(c->server_name);
	text_free(&c->ca);
	text_free(&c->cert);
	text_free(&c->key);
	text_free(&c->token);
	kube_link_free(c->kept);
	*c = (struct kube_config){ 0 };
}

int kube_text_refresh(struct kube_text *t, struct err *e)
{
	autobuf struct buf now = BUF_INIT(FILE_MAX_SIZE);
	int r;

	if (!t->path)
		return 0;
	r = file_read(AT_FDCWD, t->path, &now, e);
	if (r == 0 && now.len == 0)
		r = err_set(e, ERR_INVALID, 0, "%s is empty", t->path);
	if (r < 0)
		return t->text ? 0 : r;
	if (t->text && str_eq(t->text, buf_text(&now)))
		return 0;
	free(t->text);
	t->text = buf_take(&now);
	return 1;
}

static int text_dup(char **ret, const char *text, struct err *e)
{
	*ret = strdup(text);
	return *ret ? 0 : err_set(e, ERR_NOMEM, ENOMEM, "kubeconfig");
}

/* --- the address ------------------------------------------------------------------------------ */

/* What stands behind the scheme: HOST[:PORT][/BASE]. *ret_rest is behind the host. */
static int host_parse(const char *at, struct kube_config *c, const char **ret_rest, struct err *e)
{
	bool six = *at == '[';
	const char *end = six ? strchr(at, ']') : at + strcspn(at, ":/");
	size_t len = end ? (size_t)(end - at) - six : 0;

	if (len == 0)
		return err_illegal(e, "server", at, "https://HOST[:PORT][/PATH]");
	c->host = strndup(at + six, len);
	*ret_rest = end + six;
	return c->host ? 0 : err_set(e, ERR_NOMEM, ENOMEM, "kubeconfig");
}

static int server_parse(const char *url, struct kube_config *c, struct err *e)
{
	const char *rest;
	size_t len;
	int r;

	c->tls = str_starts(url, "https://");
	if (!c->tls && !str_starts(url, "http://"))
		return err_illegal(e, "server", url, "https://HOST[:PORT][/PATH]");
	r = host_parse(url + (c->tls ? 8 : 7), c, &rest, e);
	if (r < 0)
		return r;
	len = strcspn(rest, "/");
	c->port = len > 1 ? strndup(rest + 1, len - 1) : strdup(c->tls ? "443" : "80");
	rest += len;
	for (len = strlen(rest); len > 0 && rest[len - 1] == '/';)
		len--;
	c->base = strndup(rest, len);
	return c->port && c->base ? 0 : err_set(e, ERR_NOMEM, ENOMEM, "kubeconfig");
}

/* --- a kubeconfig ----------------------------------------------------------------------------- */

/* The member `what` of the entry of this name in a list of { name:, what: }. */
static int entry_of(const json_t *root, const char *list, const char *what, const char *name,
	const json_t **ret, struct err *e)
{
	const json_t *entries = json_object_get(root, list), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		if (!str_eq(json_text(entry, "name"), name))
			continue;
		*ret = json_object_get(entry, what);
		return 0;
	}
	return err_set(e, ERR_INVALID, 0, "%s: there is none of the name `%.100s`", list, name);
}

static int text_decode(struct kube_text *t, const char *base64, const char *key, struct err *e)
{
	t->text = base64_decode(base64);
	return t->text ? 0 : err_set(e, ERR_INVALID, 0, "%s is not base64", key);
}

/* KEY-data holds it, or KEY names a file. Neither: it stays empty. */
static int text_from(
	const json_t *node, const char *key, const char *dir, struct kube_text *t, struct err *e)
{
	char data_key[64], path[PATH_MAX];
	const char *data, *file = json_text(node, key);

	snprintf(data_key, sizeof(data_key), "%s-data", key);
	data = json_text(node, data_key);
	if (*data)
		return text_decode(t, data, data_key, e);
	if (!*file)
		return 0;
	snprintf(path, sizeof(path), "%s%s%s", *file == '/' ? "" : dir, *file == '/' ? "" : "/",
		file);
	return text_dup(&t->path, path, e);
}

static int cluster_from(
	const json_t *cluster, const char *dir, struct kube_config *c, struct err *e)
{
	const char *name = json_text(cluster, "tls-server-name");
	int r = server_parse(json_text(cluster, "server"), c, e);

	c->insecure = str_eq(json_text(cluster, "insecure-skip-tls-verify"), "true");
	if (r == 0 && *name)
		r = text_dup(&c->server_name, name, e);
	return r < 0 ? r : text_from(cluster, "certificate-authority", dir, &c->ca, e);
}

static int user_from(const json_t *user, const char *dir, struct kube_config *c, struct err *e)
{
	const char *token = json_text(user, "token");
	int r;

	if (json_object_get(user, "exec") || json_object_get(user, "auth-provider"))
		return err_set(e, ERR_UNSUPPORTED, 0,
			"users: credentials that a program prints (exec, auth-provider) are not "
			"supported: a token, a token file or a certificate is");
	r = text_from(user, "client-certificate", dir, &c->cert, e);
	if (r == 0)
		r = text_from(user, "client-key", dir, &c->key, e);
	if (r == 0 && *token)
		return text_dup(&c->token.text, token, e);
	return r < 0 ? r : text_from(user, "tokenFile", dir, &c->token, e);
}

static int config_from(const json_t *root, const char *dir, struct kube_config *c, struct err *e)
{
	const json_t *context, *cluster, *user;
	int r = entry_of(
		root, "contexts", "context", json_text(root, "current-context"), &context, e);

	if (r == 0)
		r = entry_of(
			root, "clusters", "cluster", json_text(context, "cluster"), &cluster, e);
	if (r == 0)
		r = cluster_from(cluster, dir, c, e);
	if (r == 0 && *json_text(context, "user")) {
		r = entry_of(root, "users", "user", json_text(context, "user"), &user, e);
		if (r == 0)
			r = user_from(user, dir, c, e);
	}
	return r;
}

int kube_config_parse(const char *text, const char *dir, struct kube_config *ret, struct err *e)
{
	struct kube_config c = { 0 };
	json_t *root;
	int r = kube_yaml(text, strlen(text), &root, e);

	if (r < 0)
		return r;
	r = config_from(root, dir, &c, e);
	json_decref(root);
	if (r < 0)
		kube_config_free(&c);
	else
		*ret = c;
	return r;
}

/* --- the two ways ----------------------------------------------------------------------------- */

static int config_in_cluster(struct kube_config *c, struct err *e)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST");
	const char *port = getenv("KUBERNETES_SERVICE_PORT");
	int r;

	if (str_empty(host) || str_empty(port))
		return err_set(e, ERR_INVALID, 0,
			"not in a cluster: KUBERNETES_SERVICE_HOST and _PORT are not set");
	c->tls = true;
	r = text_dup(&c->host, host, e);
	if (r == 0)
		r = text_dup(&c->port, port, e);
	if (r == 0)
		r = text_dup(&c->base, "", e);
	if (r == 0)
		r = text_dup(&c->ca.path, ACCOUNT "ca.crt", e);
	return r < 0 ? r : text_dup(&c->token.path, ACCOUNT "token", e);
}

static int config_file(const char *file, struct kube_config *c, struct err *e)
{
	autobuf struct buf text = BUF_INIT(FILE_MAX_SIZE);
	const char *slash = strrchr(file, '/');
	char dir[PATH_MAX];
	int r = file_read(AT_FDCWD, file, &text, e);

	if (r < 0)
		return r;
	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - file) : 1, slash ? file : ".");
	r = kube_config_parse(buf_text(&text), dir, c, e);
	if (r < 0)
		err_wrap(e, "%s", file);
	return r;
}

char *kube_config_usual(void)
{
	const char *files = getenv("KUBECONFIG"), *home = getenv("HOME");
	char *path = NULL;

	if (!str_empty(files))
		return strndup(files, strcspn(files, ":"));
	if (!str_empty(getenv("KUBERNETES_SERVICE_HOST")))
		return strdup("in-cluster");
	if (str_empty(home) || asprintf(&path, "%s/.kube/config", home) < 0)
		return NULL;
	return path;
}

int kube_config_server(struct kube_config *c, const char *url, const char *token, struct err *e)
{
	struct kube_config to = { 0 };
	int r = url ? server_parse(url, &to, e) : 0;

	if (r == 0 && token)
		r = text_dup(&to.token.text, token, e);
	if (r < 0) {
		kube_config_free(&to);
		return r;
	}
	if (url) {
		free(c->host);
		free(c->port);
		free(c->base);
		c->tls = to.tls;
		c->host = to.host;
		c->port = to.port;
		c->base = to.base;
	}
	if (token) {
		text_free(&c->token);
		c->token = to.token;
	}
	return 0;
}

int kube_config_refresh(struct kube_config *c, struct err *e)
{
	struct kube_text *texts[] = { &c->ca, &c->cert, &c->key, &c->token };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		int r = kube_text_refresh(texts[i], e);

		if (r < 0)
			return r;
		c->revision += r > 0 && texts[i] != &c->token; /* that goes with each request */
	}
	return 0;
}

int kube_config_load(const char *file, struct kube_config *ret, struct err *e)
{
	struct kube_config c = { 0 };
	int r = str_eq(file, "in-cluster") ? config_in_cluster(&c, e) : config_file(file, &c, e);

	if (r == 0)
		r = kube_config_refresh(&c, e);
	if (r < 0)
		kube_config_free(&c);
	else
		*ret = c;
	return r;
}
