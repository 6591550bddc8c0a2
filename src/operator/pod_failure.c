/* PodChaos pod-failure. */
#include "operator/pod_failure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"

#define IMAGES_ANNOTATION "gale/images" /* {"by": UID, "images": {CONTAINER: IMAGE}} */
#define STRATEGIC_MERGE	  "application/strategic-merge-patch+json"

/* What the annotation says; NULL: it is not there, or is none of ours. */
static json_t *kept(const json_t *pod)
{
	const json_t *meta = json_object_get(pod, "metadata");
	const char *text = json_text(json_object_get(meta, "annotations"), IMAGES_ANNOTATION);
	json_t *kept = NULL;

	json_parse(text, strlen(text), &kept, NULL);
	return kept;
}

/* The pod's own version and uid go with it: a pod that is another by now is not changed. */
static json_t *patch_make(const json_t *pod, json_t *note, json_t *spec)
{
	const json_t *meta = json_object_get(pod, "metadata");

	return json_pack("{s:{s:s,s:s,s:{s:o}},s:o}", "metadata", "uid", json_text(meta, "uid"),
		"resourceVersion", json_text(meta, "resourceVersion"), "annotations",
		IMAGES_ANNOTATION, note, "spec", spec);
}

/* The pod's containers of this list, each with this image or, NULL, its own of images. */
static json_t *containers_make(
	const json_t *pod, const char *list, const char *image, const json_t *images)
{
	const json_t *containers = json_object_get(json_object_get(pod, "spec"), list), *one;
	json_t *ret = json_array();
	size_t i;

	json_array_foreach(containers, i, one)
	{
		const char *name = json_text(one, "name");
		const char *own = json_string_value(json_object_get(images, name));

		if (own)
			json_array_append_new(ret,
				json_pack("{s:s,s:s}", "name", name, "image", image ? image : own));
	}
	return ret;
}

static json_t *spec_make(const json_t *pod, const char *image, const json_t *images)
{
	return json_pack("{s:o,s:o}", "containers",
		containers_make(pod, "containers", image, images), "initContainers",
		containers_make(pod, "initContainers", image, images));
}

/* By name: init containers, too, which may run on beside the others. */
static json_t *images_of(const json_t *pod)
{
	const json_t *spec = json_object_get(pod, "spec"), *one;
	json_t *ret = json_object();
	size_t i;

	json_array_foreach(json_object_get(spec, "containers"), i, one)
		json_put_str(ret, json_text(one, "name"), json_text(one, "image"));
	json_array_foreach(json_object_get(spec, "initContainers"), i, one)
		json_put_str(ret, json_text(one, "name"), json_text(one, "image"));
	return ret;
}

int pod_failure_break(
	const json_t *pod, const char *by, const char *image, json_t **ret, struct err *e)
{
	autojson json_t *before = kept(pod), *images = images_of(pod), *note = NULL;
	autofree char *text = NULL;

	*ret = NULL;
	if (before && !str_eq(json_text(before, "by"), by))
		return err_set(e, ERR_CONFLICT, 0, "the pod fails by another experiment already");
	if (before)
		return 0;
	note = json_pack("{s:s,s:O}", "by", by, "images", images);
	text = json_line(note); /* without the note, no change */
	*ret = patch_make(pod, json_string(text), spec_make(pod, image, images));
	return *ret ? 0 : err_set(e, ERR_NOMEM, ENOMEM, "change of a pod");
}

int pod_failure_repair(const json_t *pod, const char *by, json_t **ret, struct err *e)
{
	autojson json_t *before = kept(pod);

	*ret = NULL;
	if (!before || !str_eq(json_text(before, "by"), by))
		return 0; /* it is not ours, or repaired */
	*ret = patch_make(
		pod, json_null(), spec_make(pod, NULL, json_object_get(before, "images")));
	return *ret ? 0 : err_set(e, ERR_NOMEM, ENOMEM, "change of a pod");
}

/* --- by the API ------------------------------------------------------------------------------- */

static const char *by_of(const struct task *t)
{
	return json_text(json_object_get(t->object, "metadata"), "uid");
}

static int pod_patch(struct task *t, const json_t *patch, struct err *e)
{
	char path[1024];
	const struct kube_ask ask = { "PATCH", path, STRATEGIC_MERGE, patch };

	snprintf(path, sizeof(path), "/api/v1/namespaces/%s/pods/%s", t->namespace, t->pod);
	return kube_call(t->api, &ask, NULL, e);
}

int pod_failure_inject(struct task *t, struct err *e)
{
	autojson json_t *pod = NULL, *patch = NULL;
	int r = task_pod(t, &pod, e);

	if (r == -ERR_NOTFOUND) /* for good */
		return err_set(e, ERR_INVALID, 0, "the pod is gone");
	if (r == 0)
		r = pod_failure_break(pod, by_of(t), t->means->pause_image, &patch, e);
	return r == 0 && patch ? pod_patch(t, patch, e) : r;
}

int pod_failure_recover(struct task *t, struct err *e)
{
	autojson json_t *pod = NULL, *patch = NULL;
	int r = task_pod(t, &pod, e);

	if (r == 0)
		r = pod_failure_repair(pod, by_of(t), &patch, e);
	if (r == 0 && patch)
		r = pod_patch(t, patch, e);
	if (r != -ERR_NOTFOUND)
		return r;
	snprintf(t->said, sizeof(t->said), "the pod is gone");
	return 0;
}
