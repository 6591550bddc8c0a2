/* The webhooks as a whole: one thread keeps the certificates. */
#include "operator/webhook.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "operator/admit_server.h"
#include "operator/certs_keep.h"
#include "operator/thread.h"

struct webhook {
	char namespace[254];
	int stop_fd;
	struct kube_config config;
	struct certs_keeper keeper;
	struct admit_server *server;
	atomic_llong end_ms; /* of the certificate, on the wall clock; 0: there is none */
	char failed[sizeof(((struct err *)0)->msg)]; /* what was logged last; "" all is well */
	struct thread thread;
};

/* --- the certificates ------------------------------------------------------------------------- */

static void tell(struct webhook *w, const char *failed)
{
	if (*failed && !str_eq(failed, w->failed))
		log_write(LOG_WARN, "webhook.certificates", "error", failed, "retrying", "true",
			NULL);
	snprintf(w->failed, sizeof(w->failed), "%s", failed);
}

static void turn(struct webhook *w)
{
	const struct kube_api api = { &w->config, w->stop_fd };
	const struct certs *c = &w->keeper.certs;
	struct err e = { 0 };
	bool changed;
	int r = certs_keep(&w->keeper, &api, &changed, &e);

	if (changed) {
		struct err unusable;

		if (admit_server_certificate(w->server, c->cert, c->key, &unusable) < 0)
			log_write(LOG_ERROR, "webhook.certificates", "error", unusable.msg, NULL);
		else
			log_write(LOG_INFO, "webhook.serving", NULL);
		atomic_store(&w->end_ms, w->keeper.seen.cert.made + w->keeper.seen.cert.life);
	}
	if (r != -ERR_CONFLICT && r != -ERR_BUSY) /* another was first; it ends */
		tell(w, r < 0 ? e.msg : "");
}

static void *run(void *ctx)
{
	struct webhook *w = ctx;
	struct pollfd stop = { w->stop_fd, POLLIN, 0 };

	do
		turn(w);
	while (poll(&stop, 1, (int)certs_turn_ms(&w->keeper)) == 0);
	return NULL;
}

/* --- the whole -------------------------------------------------------------------------------- */

int webhook_new(const struct webhook_options *o, const char *kubeconfig, int stop_fd,
	struct webhook **ret, struct err *e)
{
	const struct admit_server_options server = { o->listen, kubeconfig, o->rights };
	const char *slash = strchr(o->secret, '/');
	struct webhook *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return err_set(e, ERR_NOMEM, ENOMEM, "webhook");
	w->stop_fd = stop_fd;
	snprintf(w->namespace, sizeof(w->namespace), "%.*s", (int)(slash - o->secret), o->secret);
	w->keeper.place = (struct certs_place){ w->namespace, slash + 1, o->configurations,
		o->names, o->life_ms };
	r = kube_config_load(kubeconfig, &w->config, e);
	if (r == 0)
		r = admit_server_new(&server, &w->server, e);
	if (r < 0)
		webhook_free(w);
	else
		*ret = w;
	return r;
}

int webhook_start(struct webhook *w, struct err *e)
{
	int r = admit_server_start(w->server, e);

	return r == 0 ? thread_start(&w->thread, run, w, e) : r;
}

void webhook_lead(struct webhook *w)
{
	if (w)
		atomic_store(&w->keeper.leads, true);
}

void webhook_metrics(const struct webhook *w, struct buf *ret)
{
	admit_server_metrics(w->server, ret);
	buf_fmt(ret,
		"# TYPE gale_operator_webhook_certificate_end_seconds gauge\n"
		"gale_operator_webhook_certificate_end_seconds %lld\n",
		(long long)atomic_load(&w->end_ms) / 1000);
}

void webhook_free(struct webhook *w)
{
	if (!w)
		return;
	thread_join(&w->thread);
	admit_server_free(w->server);
	certs_free(&w->keeper.certs);
	kube_config_free(&w->config);
	free(w);
}
