/* Leader election. */
#include "kube/lease.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"

static const char *holder_of(const json_t *lease)
{
	return json_text(json_object_get(lease, "spec"), "holderIdentity");
}

bool kube_lease_free(struct kube_lease *l, const json_t *lease, int64_t now_ms)
{
	const char *version = json_text(json_object_get(lease, "metadata"), "resourceVersion");
	const char *holder = holder_of(lease);
	long long duration = json_integer_value(
		json_object_get(json_object_get(lease, "spec"), "leaseDurationSeconds"));

	if (!str_eq(version, l->seen)) {
		snprintf(l->seen, sizeof(l->seen), "%s", version);
		l->seen_ms = now_ms;
	}
	return !*holder || str_eq(holder, l->holder) || now_ms - l->seen_ms > duration * 1000;
}

static json_t *spec_make(const struct kube_lease *l, const json_t *lease)
{
	const json_t *old = json_object_get(lease, "spec");
	long long transitions = json_integer_value(json_object_get(old, "leaseTransitions"));
	bool mine = str_eq(holder_of(lease), l->holder);
	const char *since = json_text(old, "acquireTime");
	time_t now = time(NULL);
	struct tm tm;
	char text[40]; /* of exactly six decimals */

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.000000Z", &tm);
	return json_pack("{s:s,s:I,s:s,s:s,s:I}", "holderIdentity", l->holder,
		"leaseDurationSeconds", (json_int_t)((l->duration_ms + 999) / 1000), "renewTime",
		text, "acquireTime", mine && *since ? since : text, "leaseTransitions",
		(json_int_t)(transitions + (lease && !mine)));
}

static int lease_create(const struct kube_api *a, const struct kube_lease *l, struct err *e)
{
	autojson json_t *lease = json_pack("{s:s,s:s,s:{s:s},s:o}", "apiVersion",
		"coordination.k8s.io/v1", "kind", "Lease", "metadata", "name", l->name, "spec",
		spec_make(l, NULL));
	char path[600];
	const struct kube_ask ask = { .method = "POST", .path = path, .body = lease };

	snprintf(path, sizeof(path), "/apis/coordination.k8s.io/v1/namespaces/%s/leases",
		l->namespace);
	return kube_call(a, &ask, NULL, e);
}

/* A body brings the version that was read: who comes second is told so. */
static int lease_ask(const struct kube_api *a, const struct kube_lease *l, const char *method,
	const json_t *body, json_t **ret, struct err *e)
{
	char path[600];
	const struct kube_ask ask = { .method = method, .path = path, .body = body };

	snprintf(path, sizeof(path), "/apis/coordination.k8s.io/v1/namespaces/%s/leases/%s",
		l->namespace, l->name);
	return kube_call(a, &ask, ret, e);
}

int kube_lease_try(const struct kube_api *a, struct kube_lease *l, bool *ret_held, struct err *e)
{
	autojson json_t *lease = NULL;
	int r = lease_ask(a, l, "GET", NULL, &lease, e);

	if (r == -ERR_NOTFOUND) {
		r = lease_create(a, l, e);
	} else if (r == 0) {
		if (!kube_lease_free(l, lease, clock_boot_ms())) {
			*ret_held = false;
			return 0;
		}
		json_object_set_new(lease, "spec", spec_make(l, lease));
		r = lease_ask(a, l, "PUT", lease, NULL, e);
	}
	*ret_held = r == 0;
	return r == -ERR_CONFLICT || r == -ERR_EXISTS ? 0 : r;
}

int kube_lease_release(const struct kube_api *a, struct kube_lease *l, struct err *e)
{
	autojson json_t *lease = NULL;
	int r = lease_ask(a, l, "GET", NULL, &lease, e);

	if (r < 0 || !str_eq(holder_of(lease), l->holder))
		return r;
	json_put_str(json_object_get(lease, "spec"), "holderIdentity", "");
	return lease_ask(a, l, "PUT", lease, NULL, e);
}
