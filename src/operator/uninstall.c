/* Taking Gale out of a cluster. */
#include "operator/uninstall.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "kube/api.h"
#include "operator/hold.h"
#include "operator/kind.h"
#include "operator/secrets.h"
#include "operator/thread.h"

enum { LOOK_MS = 500, PODS_MS = 120000 }; /* a pod has 30 s to end, its node may be late */

#define WEBHOOKS "/apis/admissionregistration.k8s.io/v1"

struct uninstall {
	struct uninstall_options o;
	char namespace[254], lease[254];
	struct kube_config config;
	struct thread thread;
	bool done;
	int result;
	struct err e;
};

static int call(struct uninstall *u, const char *method, const char *path, const json_t *body,
	struct err *e)
{
	const struct kube_api api = { &u->config, u->o.stop_fd };
	const struct kube_ask ask = { method, path, *method == 'P' ? KUBE_MERGE : NULL, body };
	int r = kube_call(&api, &ask, NULL, e);

	return r == -ERR_NOTFOUND ? 0 : r;
}

static int pause_ms(const struct uninstall *u, int ms, struct err *e)
{
	struct pollfd stop = { u->o.stop_fd, POLLIN, 0 };

	return poll(&stop, 1, ms) > 0 ? err_set(e, ERR_BUSY, 0, "stopped") : 0;
}

/* --- experiments ------------------------------------------------------------------------------ */

struct sweep {
	struct uninstall *u;
	const struct kind *kind;
	bool force;
	size_t left;
	int result;
	struct err *e;
};

/* What it did to a target may be there still, until its own deadline. */
static int let_go(const struct sweep *s, const json_t *object)
{
	const json_t *meta = json_object_get(object, "metadata");
	autojson json_t *patch = json_pack("{s:o}", "metadata", hold_end(s->kind->family, meta));
	char path[768];

	kind_path(s->kind, object, "", path, sizeof(path));
	log_write(LOG_ERROR, "not.recovered", "kind", s->kind->name, "namespace",
		json_text(meta, "namespace"), "name", json_text(meta, "name"), "consequence",
		"its finalizer is taken off; what it did at a node ends at its deadline", NULL);
	return call(s->u, "PATCH", path, patch, s->e);
}

static void item(const json_t *object, void *ctx)
{
	struct sweep *s = ctx;
	char path[768];

	s->left++;
	if (s->result < 0)
		return;
	kind_path(s->kind, object, "", path, sizeof(path));
	if (!*json_text(json_object_get(object, "metadata"), "deletionTimestamp"))
		s->result = call(s->u, "DELETE", path, NULL, s->e);
	if (s->force && s->result == 0)
		s->result = let_go(s, object);
}

/* Those that there are are deleted. */
static int sweep(struct uninstall *u, bool force, size_t *ret_left, struct err *e)
{
	struct sweep s = { .u = u, .force = force, .e = e };
	const struct kube_api api = { &u->config, u->o.stop_fd };
	char path[128], version[KUBE_VERSION_SIZE];

	for (size_t i = 0; i < n_kinds && s.result == 0; i++) {
		int r;

		s.kind = &kinds[i];
		snprintf(path, sizeof(path), "%s/%s", s.kind->family->path, s.kind->plural);
		r = kube_list(&api, path, item, &s, version, e);
		if (r < 0 && r != -ERR_NOTFOUND) /* without its definition there are none */
			return r;
	}
	*ret_left = s.left;
	return s.result;
}

static int experiments_end(struct uninstall *u, struct err *e)
{
	const int64_t until_ms = clock_boot_ms() + u->o.wait_ms;
	size_t left;
	int r = sweep(u, false, &left, e);

	while (r == 0 && left > 0 && clock_boot_ms() < until_ms) {
		r = pause_ms(u, LOOK_MS, e);
		if (r == 0)
			r = sweep(u, false, &left, e);
	}
	return r == 0 && left > 0 ? sweep(u, true, &left, e) : r;
}

/* --- the rest --------------------------------------------------------------------------------- */

/* The operator's pods end before the Secrets go, which they would make again. */
static int deployment_end(struct uninstall *u, struct err *e)
{
	autojson json_t *options = json_pack("{s:s}", "propagationPolicy", "Foreground");
	const struct kube_api api = { &u->config, u->o.stop_fd };
	char path[512];
	const struct kube_ask ask = { .method = "GET", .path = path };
	int64_t until_ms = clock_boot_ms() + PODS_MS;
	int r;

	snprintf(path, sizeof(path), "/apis/apps/v1/namespaces/%s/deployments/gale-operator",
		u->namespace);
	r = call(u, "DELETE", path, options, e);
	while (r == 0) {
		r = kube_call(&api, &ask, NULL, e);
		if (r == 0 && clock_boot_ms() >= until_ms)
			return err_set(e, ERR_TIMEOUT, 0, "the operator's pods do not end");
		if (r == 0)
			r = pause_ms(u, LOOK_MS, e);
	}
	return r == -ERR_NOTFOUND ? 0 : r;
}

static int secrets_end_all(struct uninstall *u, struct err *e)
{
	static const char *const names[] = { SECRET_OF_OPERATOR, SECRET_OF_AGENT, SECRET_OF_DNS,
		"gale-operator-webhook" };
	char path[512];
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(names) && r == 0; i++) {
		snprintf(path, sizeof(path), "/api/v1/namespaces/%s/secrets/%s", u->namespace,
			names[i]);
		r = call(u, "DELETE", path, NULL, e);
	}
	return r;
}

static int uninstall(struct uninstall *u, struct err *e)
{
	int r = experiments_end(u, e);

	if (r == 0)
		r = call(u, "DELETE", WEBHOOKS "/mutatingwebhookconfigurations/gale-operator", NULL,
			e);
	if (r == 0)
		r = call(u, "DELETE", WEBHOOKS "/validatingwebhookconfigurations/gale-operator",
			NULL, e);
	if (r == 0)
		r = deployment_end(u, e);
	return r == 0 ? secrets_end_all(u, e) : r;
}

static void *run(void *ctx)
{
	struct uninstall *u = ctx;

	u->result = uninstall(u, &u->e);
	u->done = u->result == 0;
	kill(getpid(), SIGTERM);
	return NULL;
}

int uninstall_start(const struct uninstall_options *o, struct uninstall **ret, struct err *e)
{
	struct uninstall *u = calloc(1, sizeof(*u));
	int r;

	if (!u)
		return err_set(e, ERR_NOMEM, ENOMEM, "uninstall");
	u->o = *o;
	snprintf(u->namespace, sizeof(u->namespace), "%.*s", (int)strcspn(o->lease, "/"), o->lease);
	snprintf(u->lease, sizeof(u->lease), "%s", strchr(o->lease, '/') + 1);
	r = kube_config_load(o->kubeconfig, &u->config, e);
	if (r == 0)
		r = thread_start(&u->thread, run, u, e);
	if (r < 0)
		uninstall_end(u, NULL);
	else
		*ret = u;
	return r;
}

static int lease_end(struct uninstall *u, struct err *e)
{
	char path[600];

	u->o.stop_fd = -1;
	snprintf(path, sizeof(path), "/apis/coordination.k8s.io/v1/namespaces/%s/leases/%s",
		u->namespace, u->lease);
	return call(u, "DELETE", path, NULL, e);
}

int uninstall_end(struct uninstall *u, struct err *e)
{
	int r;

	if (!u)
		return 0;
	thread_join(&u->thread);
	r = u->result < 0 ? err_set(e, u->e.kind, 0, "%s", u->e.msg) : 0;
	if (r == 0 && u->done)
		r = lease_end(u, e);
	kube_config_free(&u->config);
	free(u);
	return r;
}
