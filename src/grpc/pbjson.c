/* Messages of protobuf as JSON, by their descriptors. */
#include "grpc/pbjson.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

#define MOST_DEPTH 16

/* What a field of this type can hold. A double and what has no number has no limits. */
static const struct kind {
	ProtobufCType type;
	const char *name;
	size_t size;
	int64_t min, max;
} kinds[] = {
	{ PROTOBUF_C_TYPE_STRING, "text", sizeof(char *) },
	{ PROTOBUF_C_TYPE_MESSAGE, "an object", sizeof(ProtobufCMessage *) },
	{ PROTOBUF_C_TYPE_BOOL, "true or false", sizeof(protobuf_c_boolean) },
	{ PROTOBUF_C_TYPE_DOUBLE, "a number", sizeof(double) },
	{ PROTOBUF_C_TYPE_UINT32, "a whole number", sizeof(uint32_t), 0, UINT32_MAX },
	{ PROTOBUF_C_TYPE_INT32, "a whole number", sizeof(int32_t), INT32_MIN, INT32_MAX },
	{ PROTOBUF_C_TYPE_SINT32, "a whole number", sizeof(int32_t), INT32_MIN, INT32_MAX },
	{ PROTOBUF_C_TYPE_UINT64, "a whole number", sizeof(uint64_t), 0, INT64_MAX },
	{ PROTOBUF_C_TYPE_INT64, "a whole number", sizeof(int64_t), INT64_MIN, INT64_MAX },
};

static const struct kind *kind_of(const ProtobufCFieldDescriptor *f)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].type == f->type)
			return &kinds[i];
	return NULL;
}

/* --- from JSON -------------------------------------------------------------------------------- */

struct reader {
	struct arena *arena;
	struct err *e;
	unsigned depth;
};

static int message_read(struct reader *r, const ProtobufCMessageDescriptor *d, const json_t *object,
	ProtobufCMessage **ret);

static int wrong(struct reader *r, const ProtobufCFieldDescriptor *f, const struct kind *k)
{
	return err_set(r->e, ERR_INVALID, 0, "%s: must be %s", f->name, k ? k->name : "left out");
}

static void *allocate(struct reader *r, size_t size)
{
	void *p = arena_alloc(r->arena, size);

	if (p)
		memset(p, 0, size);
	else
		err_set(r->e, ERR_NOMEM, 0, "the message has too many parts");
	return p;
}

/* Numbers beyond those of JSON stand in a text, as in protobuf's own JSON. */
static bool digits_read(const json_t *value, uint64_t *ret)
{
	const char *text = json_string_value(value);
	char *end;

	if (!text || !isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return *end == '\0' && errno == 0;
}

static int number_read(struct reader *r, const ProtobufCFieldDescriptor *f, const struct kind *k,
	const json_t *value, void *at)
{
	int64_t n = json_integer_value(value);
	uint64_t large;

	if (f->type == PROTOBUF_C_TYPE_UINT64 && digits_read(value, &large)) {
		*(uint64_t *)at = large;
		return 0;
	}
	if (!json_is_integer(value))
		return wrong(r, f, k);
	if (n < k->min || n > k->max)
		return err_set(r->e, ERR_INVALID, 0, "%s: %lld is not from %lld to %lld", f->name,
			(long long)n, (long long)k->min, (long long)k->max);
	memcpy(at, &n, k->size); /* the low bytes come first on the machines that Gale is for */
	return 0;
}

static int value_read(
	struct reader *r, const ProtobufCFieldDescriptor *f, const json_t *value, void *at)
{
	const struct kind *k = kind_of(f);

	if (!k)
		return wrong(r, f, k);
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		if (!json_is_string(value))
			return wrong(r, f, k);
		*(const char **)at = json_string_value(value);
		return 0;
	case PROTOBUF_C_TYPE_BOOL:
		if (!json_is_boolean(value))
			return wrong(r, f, k);
		*(protobuf_c_boolean *)at = json_is_true(value);
		return 0;
	case PROTOBUF_C_TYPE_DOUBLE:
		if (!json_is_number(value))
			return wrong(r, f, k);
		*(double *)at = json_number_value(value);
		return 0;
	case PROTOBUF_C_TYPE_MESSAGE:
		if (!json_is_object(value))
			return wrong(r, f, k);
		return message_read(r, f->descriptor, value, at);
	default:
		return number_read(r, f, k, value, at);
	}
}

static int list_read(struct reader *r, const ProtobufCFieldDescriptor *f, const json_t *list,
	ProtobufCMessage *m)
{
	const struct kind *k = kind_of(f);
	size_t n = json_array_size(list);
	char *values;
	int rc;

	if (!json_is_array(list) || !k)
		return err_set(r->e, ERR_INVALID, 0, "%s: must be a list", f->name);
	values = allocate(r, (n + 1) * k->size);
	if (!values)
		return -ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		rc = value_read(r, f, json_array_get(list, i), values + i * k->size);
		if (rc < 0)
			return rc;
	}
	*(size_t *)((char *)m + f->quantifier_offset) = n;
	*(void **)((char *)m + f->offset) = values;
	return 0;
}

static int field_read(struct reader *r, const ProtobufCFieldDescriptor *f, const json_t *value,
	ProtobufCMessage *m)
{
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return list_read(r, f, value, m);
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		*(uint32_t *)((char *)m + f->quantifier_offset) = f->id;
	return value_read(r, f, value, (char *)m + f->offset);
}

static int message_read(struct reader *r, const ProtobufCMessageDescriptor *d, const json_t *object,
	ProtobufCMessage **ret)
{
	ProtobufCMessage *m = allocate(r, d->sizeof_message);
	const char *key;
	json_t *value;
	int rc;

	if (!m)
		return -ERR_NOMEM;
	if (r->depth >= MOST_DEPTH)
		return err_set(
			r->e, ERR_INVALID, 0, "more than %d objects in one another", MOST_DEPTH);
	protobuf_c_message_init(d, m);
	r->depth++;
	json_object_foreach((json_t *)object, key, value)
	{
		const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(
			d, key);

		if (!f)
			return err_set(r->e, ERR_INVALID, 0,
				"%.100s: there is no such member of %s", key, d->short_name);
		rc = json_is_null(value) ? 0 : field_read(r, f, value, m);
		if (rc < 0)
			return rc;
	}
	r->depth--;
	*ret = m;
	return 0;
}

int pb_from_json(const ProtobufCMessageDescriptor *d, const json_t *object, struct arena *a,
	ProtobufCMessage **ret, struct err *e)
{
	struct reader r = { .arena = a, .e = e };

	if (!json_is_object(object))
		return err_set(e, ERR_INVALID, 0, "%s: must be an object", d->short_name);
	return message_read(&r, d, object, ret);
}

/* --- to JSON ---------------------------------------------------------------------------------- */

static json_t *value_write(const ProtobufCFieldDescriptor *f, const void *at)
{
	const struct kind *k = kind_of(f);
	int64_t n = 0;

	if (!k)
		return NULL;
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		return json_str(*(char *const *)at);
	case PROTOBUF_C_TYPE_BOOL:
		return json_boolean(*(const protobuf_c_boolean *)at);
	case PROTOBUF_C_TYPE_DOUBLE:
		return json_real(*(const double *)at);
	case PROTOBUF_C_TYPE_MESSAGE:
		return pb_to_json(*(ProtobufCMessage *const *)at);
	default:
		memcpy(&n, at, k->size);
		if (f->type == PROTOBUF_C_TYPE_UINT64 && n < 0)
			return json_sprintf("%" PRIu64, (uint64_t)n);
		if (k->size == sizeof(int32_t) && k->min < 0)
			n = (int32_t)n;
		return json_integer(n);
	}
}

static bool assumed(const ProtobufCFieldDescriptor *f, const void *at)
{
	static const char zero[sizeof(int64_t)];
	const struct kind *k = kind_of(f);

	if (f->type == PROTOBUF_C_TYPE_STRING)
		return **(char *const *)at == '\0';
	return !k || memcmp(at, zero, k->size) == 0;
}

static json_t *list_write(const ProtobufCFieldDescriptor *f, const char *values, size_t n)
{
	const struct kind *k = kind_of(f);
	json_t *list = json_array();

	for (size_t i = 0; i < n && k; i++)
		json_array_append_new(list, value_write(f, values + i * k->size));
	return list;
}

json_t *pb_to_json(const ProtobufCMessage *m)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		const char *at = (const char *)m + f->offset;
		const void *n = (const char *)m + f->quantifier_offset;

		if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			if (*(const size_t *)n > 0)
				json_object_set_new(object, f->name,
					list_write(f, *(char *const *)at, *(const size_t *)n));
		} else if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF ? *(const uint32_t *)n == f->id
								  : !assumed(f, at)) {
			json_object_set_new(object, f->name, value_write(f, at));
		}
	}
	return object;
}
