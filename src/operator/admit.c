/* Defaults, validation and rights. */
#include "operator/admit.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "operator/hold.h"
#include "operator/kind.h"
#include "operator/record.h"

enum { MOST_NAMESPACES = 64 }; /* that are asked for one by one, within the API server's patience */

/* "/apis/GROUP/VERSION" is the path of the kind's family. NULL: it is not ours. */
static const struct kind *kind_of(const struct review *r)
{
	size_t len = strlen(r->group);

	for (size_t i = 0; i < n_kinds; i++) {
		const char *group = kinds[i].family->path + strlen("/apis/");

		if (str_eq(kinds[i].name, r->kind) && strncmp(group, r->group, len) == 0 &&
			group[len] == '/')
			return &kinds[i];
	}
	return NULL;
}

static const json_t *spec_of(const json_t *object)
{
	return json_object_get(object, "spec");
}

static bool spec_changes(const struct review *r)
{
	return !r->old || !json_equal(spec_of(r->old), spec_of(r->object));
}

static void patch_add(json_t *patch, const char *op, const char *path, json_t *value)
{
	json_array_append_new(
		patch, json_pack("{s:s,s:s,s:o}", "op", op, "path", path, "value", value));
}

static void patch_spec(json_t *patch, const struct kind *k, const struct review *r)
{
	autojson json_t *spec = json_deep_copy(spec_of(r->object));

	if (!k->family->complete || !json_is_object(spec))
		return;
	k->family->complete(spec, r->namespace);
	if (!json_equal(spec, spec_of(r->object)))
		patch_add(patch, "replace", "/spec", json_incref(spec));
}

/* The operator would put these on as the first thing, in a request of its own. */
static void patch_hold(json_t *patch, const struct kind *k, const struct review *r)
{
	autojson json_t *held = hold_make(k->family, json_object_get(r->object, "metadata"));

	patch_add(patch, "add", "/metadata/finalizers",
		json_incref(json_object_get(held, "finalizers")));
	patch_add(patch, "add", "/metadata/annotations",
		json_incref(json_object_get(held, "annotations")));
}

/* What stands unchanged stays as it is: older objects were never asked for, and are to end too. */
json_t *admit_defaults(const struct review *r)
{
	const struct kind *k = kind_of(r);
	autojson json_t *patch = json_array();

	if (!k || !spec_changes(r))
		return NULL;
	patch_spec(patch, k, r);
	if (!r->old)
		patch_hold(patch, k, r);
	return json_array_size(patch) > 0 ? json_incref(patch) : NULL;
}

int admit_spec(const struct review *r, struct err *e)
{
	const struct kind *k = kind_of(r);

	if (!k)
		return err_set(e, ERR_UNSUPPORTED, 0, "%.60s.%.100s: there is no such kind here",
			r->kind, r->group);
	if (!spec_changes(r))
		return 0;
	if (r->old && k->family->fixed)
		return err_set(e, ERR_INVALID, 0, "spec: Cannot update chaos spec");
	return kind_check(k, spec_of(r->object), e);
}

/* Each of them, or all at once where they are many. */
static int may_all(const struct review *r, const struct admit_rights *rights,
	const json_t *namespaces, struct err *e)
{
	const json_t *one;
	size_t i;
	int error = 0;

	if (json_array_size(namespaces) > MOST_NAMESPACES)
		return rights->may(rights->ctx, r, "", e);
	json_array_foreach(namespaces, i, one)
	{
		if (error == 0)
			error = rights->may(rights->ctx, r, json_string_value(one), e);
	}
	return error;
}

/* An update that changes neither what is done nor whether is no more than a note on it. */
int admit_reach(const struct review *r, const struct admit_rights *rights, struct err *e)
{
	const struct kind *k = kind_of(r);
	autojson json_t *namespaces = json_array();

	if (!rights->may || !k)
		return 0;
	if (!spec_changes(r) && is_paused(r->old) == is_paused(r->object))
		return 0;
	if (k->family->reach(spec_of(r->object), r->namespace, namespaces))
		return rights->may(rights->ctx, r, "", e);
	return may_all(r, rights, namespaces, e);
}

int admit(const char *path, const char *text, size_t len, const struct admit_rights *rights,
	char **ret_answer, struct err *e)
{
	bool mutate = str_starts(path, "/mutate-"), auth = str_eq(path, "/validate-auth");
	autoreview struct review r = { 0 };
	autojson json_t *answer = NULL;
	struct err why = { 0 };
	int error = 0;

	if (!mutate && !str_starts(path, "/validate-"))
		return err_set(e, ERR_NOTFOUND, 0, "there is nothing at %.100s", path);
	error = review_read(text, len, &r, e);
	if (error < 0)
		return error;
	if (auth)
		error = admit_reach(&r, rights, &why);
	else if (!mutate)
		error = admit_spec(&r, &why);
	answer = review_answer(&r, mutate ? admit_defaults(&r) : NULL, error < 0 ? &why : NULL);
	*ret_answer = json_line(answer);
	return *ret_answer ? error < 0 : err_set(e, ERR_NOMEM, ENOMEM, "answer");
}
