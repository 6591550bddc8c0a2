/* Rights of users. */
#include "operator/admit_rights.h"

#include "base/json.h"

/* The user as the API server knows him: a right may hang on any of it. */
json_t *rights_review(const struct review *r, const char *namespace)
{
	return json_pack("{s:s,s:s,s:{s:O*,s:O*,s:O*,s:O*,s:{s:s,s:s,s:s,s:s}}}", "apiVersion",
		"authorization.k8s.io/v1", "kind", "SubjectAccessReview", "spec", "user",
		json_object_get(r->user, "username"), "groups", json_object_get(r->user, "groups"),
		"uid", json_object_get(r->user, "uid"), "extra", json_object_get(r->user, "extra"),
		"resourceAttributes", "verb", "create", "group", r->group, "resource", r->resource,
		"namespace", namespace);
}

int rights_ask(void *ctx, const struct review *r, const char *namespace, struct err *e)
{
	autojson json_t *review = rights_review(r, namespace), *answer = NULL;
	const struct kube_ask ask = { "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews",
		.body = review };
	const char *user = json_text(r->user, "username");
	int error = kube_call(ctx, &ask, &answer, e);

	if (error < 0) { /* whatever the reason, it is not the user's */
		err_wrap(e, "cannot tell what %.100s may", user);
		e->kind = ERR_SYSTEM;
		return -ERR_SYSTEM;
	}
	if (json_is_true(json_object_get(json_object_get(answer, "status"), "allowed")))
		return 0;
	return err_set(e, ERR_DENIED, 0,
		"%.100s is forbidden on %s%.100s: to create %s needs the right to create %s there",
		user, *namespace ? "namespace " : "cluster", namespace, r->kind, r->resource);
}
