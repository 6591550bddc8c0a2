/* Questions of the API server, and answers. */
#include "operator/admit_review.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"

void review_done(struct review *r)
{
	json_decref(r->root);
	*r = (struct review){ 0 };
}

static int text_of(const json_t *request, const char *key, const char **ret, struct err *e)
{
	*ret = json_text(request, key);
	return **ret ? 0 : err_set(e, ERR_INVALID, 0, "an AdmissionReview without %s", key);
}

static int request_read(struct review *r, struct err *e)
{
	const json_t *request = json_object_get(r->root, "request"), *old;
	const json_t *kind = json_object_get(request, "kind");
	int error;

	error = text_of(request, "uid", &r->uid, e);
	if (error == 0)
		error = text_of(request, "operation", &r->operation, e);
	if (error == 0)
		error = text_of(kind, "kind", &r->kind, e);
	if (error < 0)
		return error;
	r->group = json_text(kind, "group");
	r->resource = json_text(json_object_get(request, "resource"), "resource");
	r->namespace = json_text(request, "namespace");
	r->user = json_object_get(request, "userInfo");
	r->object = json_object_get(request, "object");
	old = json_object_get(request, "oldObject");
	r->old = json_is_object(old) ? old : NULL;
	if (!json_is_object(r->user) || !json_is_object(r->object))
		return err_set(e, ERR_INVALID, 0, "an AdmissionReview without userInfo or object");
	return 0;
}

int review_read(const char *text, size_t len, struct review *ret, struct err *e)
{
	struct review r = { 0 };
	int error = json_parse(text, len, &r.root, e);

	if (error == 0 && !str_eq(json_text(r.root, "kind"), "AdmissionReview"))
		error = err_set(e, ERR_INVALID, 0, "not an AdmissionReview");
	if (error == 0)
		error = request_read(&r, e);
	if (error < 0)
		review_done(&r);
	else
		*ret = r;
	return error;
}

/* --- answers ---------------------------------------------------------------------------------- */

static void patch_put(json_t *response, json_t *patch)
{
	autofree char *text = json_line(patch);
	autofree char *coded = text ? base64_encode(text) : NULL;

	json_decref(patch);
	if (!coded)
		return;
	json_put_str(response, "patchType", "JSONPatch");
	json_put_str(response, "patch", coded);
}

/* The API server shows the user code and reason beside the message. */
static json_t *status_of(const struct err *why)
{
	static const struct {
		enum err_kind kind;
		int code;
		const char *reason;
	} rows[] = {
		{ ERR_DENIED, 403, "Forbidden" },
		{ ERR_INVALID, 422, "Invalid" },
		{ ERR_MISSING, 422, "Invalid" },
		{ ERR_UNSUPPORTED, 422, "Invalid" },
	};
	int code = 500;
	const char *reason = "InternalError";

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].kind == why->kind) {
			code = rows[i].code;
			reason = rows[i].reason;
		}
	return json_pack(
		"{s:i,s:s,s:o}", "code", code, "reason", reason, "message", json_str(why->msg));
}

json_t *review_answer(const struct review *r, json_t *patch, const struct err *why)
{
	json_t *response = json_pack("{s:s,s:b}", "uid", r->uid, "allowed", why == NULL);

	if (why)
		json_object_set_new(response, "status", status_of(why));
	if (patch)
		patch_put(response, patch);
	return json_pack("{s:s,s:s,s:o}", "apiVersion", "admission.k8s.io/v1", "kind",
		"AdmissionReview", "response", response);
}
