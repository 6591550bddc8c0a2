#include "operator/hold.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "base/rand.h"
#include "base/str.h"
#include "operator/record.h"

static json_t *copy_or(const json_t *value, json_t *other)
{
	if (!value)
		return other;
	json_decref(other);
	return json_copy((json_t *)value);
}

json_t *hold_make(const struct family *f, const json_t *meta)
{
	json_t *finalizers = copy_or(json_object_get(meta, "finalizers"), json_array());
	json_t *annotations = copy_or(json_object_get(meta, "annotations"), json_object());
	uint64_t seed;
	char text[24];

	if (!json_has_text(finalizers, f->finalizer))
		json_array_append_new(finalizers, json_string(f->finalizer));
	if (!json_object_get(annotations, SEED_ANNOTATION)) {
		if (!seed_of_uid(json_text(meta, "uid"), &seed)) { /* it has none yet */
			rand_bytes(&seed, sizeof(seed));
			seed >>= 1;
		}
		snprintf(text, sizeof(text), "%" PRIu64, seed);
		json_put_str(annotations, SEED_ANNOTATION, text);
	}
	return json_pack("{s:o,s:o}", "finalizers", finalizers, "annotations", annotations);
}

json_t *hold_end(const struct family *f, const json_t *meta)
{
	json_t *finalizers = json_array(), *one;
	size_t i;

	json_array_foreach(json_object_get(meta, "finalizers"), i, one)
	{
		if (!str_eq(json_string_value(one), f->finalizer))
			json_array_append(finalizers, one);
	}
	return json_pack("{s:o}", "finalizers", finalizers);
}
