/* The check of a request against the fields of its shape. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "box/api/route.h"

#define TEXT_MAX 1024

static int wrong_type(const struct field *f, const char *wanted, struct err *e)
{
	return err_set(e, ERR_INVALID, 0, "`%s`: %s expected", f->name, wanted);
}

static int check_text(const struct field *f, json_t **value, struct err *e)
{
	size_t max = f->max ? (size_t)f->max : TEXT_MAX;
	json_t *text;

	if (json_is_integer(*value)) {
		char digits[24];

		snprintf(digits, sizeof(digits), "%lld", (long long)json_integer_value(*value));
		text = json_string(digits);
		if (!text)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
		json_decref(*value);
		*value = text;
	}
	if (!json_is_string(*value))
		return wrong_type(f, "text", e);
	if (json_string_length(*value) > max)
		return err_set(e, ERR_INVALID, 0, "`%s`: at most %zu bytes", f->name, max);
	if (strlen(json_string_value(*value)) != json_string_length(*value))
		return err_set(e, ERR_INVALID, 0, "`%s`: no NUL inside of a text", f->name);
	return 0;
}

static int check_int(const struct field *f, json_t **value, struct err *e)
{
	long long number;
	json_t *integer;

	if (json_is_string(*value)) {
		if (str_to_int(json_string_value(*value), LLONG_MIN, LLONG_MAX, &number, NULL) < 0)
			return wrong_type(f, "a whole number", e);
		integer = json_integer(number);
		if (!integer)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
		json_decref(*value);
		*value = integer;
	}
	if (!json_is_integer(*value))
		return wrong_type(f, "a whole number", e);
	if (f->max && llabs(json_integer_value(*value)) > f->max)
		return err_set(e, ERR_INVALID, 0, "`%s`: at most %lld", f->name, f->max);
	return 0;
}

static int check_bool(const struct field *f, json_t **value, struct err *e)
{
	const char *text = json_string_value(*value);

	if (text && (str_eq(text, "true") || str_eq(text, "false"))) {
		bool yes = str_eq(text, "true");

		json_decref(*value);
		*value = json_boolean(yes);
	}
	return json_is_boolean(*value) ? 0 : wrong_type(f, "true or false", e);
}

static int check_items(const struct field *f, json_t *list, struct err *e)
{
	size_t i;
	json_t *item;

	if (!json_is_array(list))
		return wrong_type(f, "a list", e);
	json_array_foreach(list, i, item)
	{
		json_t *kept = json_incref(item);
		int r = 0;

		if (f->type == FIELD_TEXTS)
			r = check_text(f, &kept, e);
		else if (f->type == FIELD_INTS)
			r = check_int(f, &kept, e);
		else if (f->shape && !json_is_object(kept))
			r = wrong_type(f, "a list of objects", e);
		else if (f->shape)
			r = shape_check(f->shape, kept, e);
		if (r < 0) {
			json_decref(kept);
			return r;
		}
		if (kept != item)
			json_array_set(list, i, kept);
		json_decref(kept);
	}
	return 0;
}

static int check_map(const struct field *f, json_t *map, struct err *e)
{
	const char *key;
	json_t *item;
	int r = 0;

	if (!json_is_object(map))
		return wrong_type(f, "an object", e);
	json_object_foreach(map, key, item)
	{
		if (f->shape)
			r = json_is_object(item) ? shape_check(f->shape, item, e)
						 : wrong_type(f, "an object of objects", e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* *value is a reference of the caller's; a conversion replaces it. */
static int check_value(const struct field *f, json_t **value, struct err *e)
{
	switch (f->type) {
	case FIELD_TEXT:
		return check_text(f, value, e);
	case FIELD_INT:
	case FIELD_TIME:
		return check_int(f, value, e);
	case FIELD_REAL:
		return json_is_number(*value) ? 0 : wrong_type(f, "a number", e);
	case FIELD_BOOL:
		return check_bool(f, value, e);
	case FIELD_TEXTS:
	case FIELD_INTS:
	case FIELD_LIST:
		return check_items(f, *value, e);
	case FIELD_OBJECT:
		if (!json_is_object(*value))
			return wrong_type(f, "an object", e);
		return f->shape ? shape_check(f->shape, *value, e) : 0;
	case FIELD_MAP:
		return check_map(f, *value, e);
	case FIELD_ANY:
		break;
	}
	return 0;
}

static int check_member(const struct field *f, json_t *object, struct err *e)
{
	const char *name = json_key(object, f->name);
	json_t *value = name ? json_incref(json_object_get(object, name)) : NULL;
	int r = 0;

	if (value && json_is_null(value)) {
		json_object_del(object, name);
		json_decref(value);
		value = NULL;
	}
	if (!value)
		return f->flags & FIELD_REQUIRED ? err_missing(e, f->name) : 0;
	if (f->flags & FIELD_REQUIRED && json_is_string(value) && json_string_length(value) == 0)
		r = err_missing(e, f->name);
	if (r == 0)
		r = check_value(f, &value, e);
	if (r == 0 && name != f->name && strcmp(name, f->name) != 0)
		json_object_del(object, name);
	if (r == 0)
		json_object_set(object, f->name, value);
	json_decref(value);
	return r;
}

int shape_check(const struct shape *shape, json_t *value, struct err *e)
{
	int r;

	for (const struct field *f = shape ? shape->fields : NULL; f && f->name; f++) {
		r = check_member(f, value, e);
		if (r < 0)
			return r;
	}
	return 0;
}
