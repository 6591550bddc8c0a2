/* Which cluster. */
#include "cli/k8s_access.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/k8s_object.h"
#include "cli/reply.h"
#include "kube/text.h"

#define BLADES "/apis/chaosblade.io/v1alpha1/chaosblades"

/* The first looks follow fast, the later ones more slowly. */
enum { LOOK_MS = 20, MOST_LOOK_MS = 500 };

#define AT(member) offsetof(struct k8s_access, member)

const struct param k8s_access_params[] = {
	{ "kubeconfig", PARAM_STR, AT(kubeconfig),
		.help = "kubeconfig of the cluster; else KUBECONFIG, else the pod's service account, else ~/.kube/config" },
	{ "kubectl-proxy", PARAM_STR, AT(kubectl_proxy),
		.help = "URL of the API server, or of a kubectl proxy, in the place of the kubeconfig's" },
	{ "token", PARAM_STR, AT(token),
		.help = "bearer token for it; one in a kubeconfig is seen by fewer" },
	{ "waiting-time", PARAM_DURATION, AT(waiting_ms), 0, 24 * 3600 * 1000.0, .fallback = "20s",
		.help = "how long to wait until the operator has done it" },
	{ 0 },
};

bool k8s_access_given(const struct k8s_access *a)
{
	return a->kubeconfig || a->kubectl_proxy || a->token;
}

char *k8s_access_file(const struct k8s_access *a)
{
	if (a->kubeconfig)
		return strdup(a->kubeconfig);
	return a->kubectl_proxy ? NULL : kube_config_usual();
}

static int config_load(const struct k8s_access *a, struct kube_config *ret, struct err *e)
{
	autofree char *file = k8s_access_file(a);
	struct err why;

	if (!file)
		return a->kubectl_proxy ? 0 : err_missing(e, "kubeconfig");
	if (kube_config_load(file, ret, &why) < 0)
		return err_illegal(e, "kubeconfig", file, why.msg);
	return 0;
}

int k8s_open(const struct k8s_access *a, struct k8s_cluster *ret, struct err *e)
{
	struct kube_config c = { 0 };
	struct err why;
	int r = config_load(a, &c, e);

	if (r < 0)
		return r;
	if (kube_config_server(&c, a->kubectl_proxy, a->token, &why) < 0) {
		kube_config_free(&c);
		return err_illegal(e, "kubectl-proxy", a->kubectl_proxy, why.msg);
	}
	ret->config = c;
	ret->api = (struct kube_api){ &ret->config, -1 };
	return 0;
}

void k8s_close(struct k8s_cluster *c)
{
	kube_config_free(&c->config);
}

int k8s_call(const struct k8s_cluster *c, const struct k8s_call *call, json_t **ret, struct err *e)
{
	char path[sizeof(BLADES) + 256];
	const struct kube_ask ask = { call->method, path,
		str_eq(call->method, "PATCH") ? KUBE_MERGE : KUBE_JSON, call->body };
	struct err why;
	int r;

	if (call->uid && !kube_name_good(call->uid))
		return err_set(e, ERR_NOTFOUND, 0, "`%.63s` record not found", call->uid);
	snprintf(path, sizeof(path), BLADES "%s%.250s", call->uid ? "/" : "",
		call->uid ? call->uid : "");
	r = kube_call(&c->api, &ask, ret, &why);
	if (r == -ERR_NOTFOUND && call->uid)
		return err_set(
			e, ERR_NOTFOUND, 0, "`%.63s` record not found in the cluster", call->uid);
	if (r == -ERR_NOTFOUND)
		err_wrap(&why, "the definition of ChaosBlade objects is not installed");
	return r < 0 ? err_set(e, ERR_KUBE, 0, "`%s`: k8s exec failed, err: %s", call->method,
			       why.msg)
		     : 0;
}

int k8s_wait(const struct k8s_cluster *c, const char *uid, int64_t ms, k8s_done_f *done,
	json_t **ret, struct err *e)
{
	const struct k8s_call get = { "GET", uid, NULL };
	int64_t end = clock_boot_ms() + ms, step = LOOK_MS;

	for (;;) {
		int64_t left = end - clock_boot_ms();
		autojson json_t *object = NULL;
		int r = k8s_call(c, &get, &object, e);

		/* an API server that starts again is waited for, as all else is */
		if (r == -ERR_NOTFOUND || (r < 0 && left <= 0))
			return r;
		if (r == 0 && (left <= 0 || done(object))) {
			*ret = json_incref(object);
			return 0;
		}
		clock_sleep_ms(step < left ? step : left);
		step = step * 3 / 2 < MOST_LOOK_MS ? step * 3 / 2 : MOST_LOOK_MS;
	}
}

/* --- what came of it -------------------------------------------------------------------------- */

static void keep_event(const json_t *event, void *ctx)
{
	json_array_append(ctx, (json_t *)event);
}

/* Who may not read events is told without them. */
static json_t *events_of(const struct k8s_cluster *c, const json_t *object)
{
	autobuf struct buf path = BUF_INIT(1024);
	json_t *events = json_array();
	char version[KUBE_VERSION_SIZE];

	buf_str(&path, "/api/v1/events?fieldSelector=involvedObject.kind%3DChaosBlade"
		       "%2CinvolvedObject.name%3D");
	kube_escape(&path, json_text(json_object_get(object, "metadata"), "name"));
	kube_list(&c->api, buf_text(&path), keep_event, events, version, NULL);
	return events;
}

void k8s_unexpected_text(
	const struct k8s_cluster *c, const json_t *object, const char *wished, struct buf *ret)
{
	autojson json_t *events = events_of(c, object);
	autobuf struct buf why = BUF_INIT(ret->max);
	const char *phase = k8s_object_phase(object);

	k8s_object_reason(object, events, &why);
	buf_fmt(ret,
		"unexpected status, expected status: %s, but the real status: %s, please wait!%s%s",
		wished, *phase ? phase : "not seen", why.len > 0 ? " " : "", buf_text(&why));
}

int k8s_unexpected(const struct k8s_cluster *c, const json_t *object, const char *wished)
{
	autobuf struct buf text = BUF_INIT(1u << 20);

	k8s_unexpected_text(c, object, wished, &text);
	return reply_fail_with(err_code(ERR_TIMEOUT), buf_text(&text), k8s_object_result(object));
}

int k8s_failed(const json_t *object)
{
	autobuf struct buf text = BUF_INIT(1u << 20);

	k8s_object_reason(object, NULL, &text);
	return reply_fail_with(k8s_object_code(object), buf_text(&text), k8s_object_result(object));
}
