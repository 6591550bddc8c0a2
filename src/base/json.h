/* jansson with checked accessors, and the two ways in which Gale writes JSON. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

/* Strict: UTF-8, no duplicate keys, nothing behind the value. *ret is a new reference. */
int json_parse(const char *text, size_t len, json_t **ret, struct err *e);

/*
 * One line without blanks, keys in the order in which they were set, '<', '>' and '&' escaped as
 * Go's encoder does (callers of blade compare bytes). The caller frees it; NULL without memory.
 */
char *json_line(const json_t *value);
/* The same with the keys sorted: what agents sign (spec: json.Marshal of a Go map). */
char *json_line_sorted(const json_t *value);

/* Members of an object. Absent or null gives the fallback; another type is -ERR_INVALID by name. */
int json_get_str(const json_t *object, const char *key, const char *fallback, const char **ret,
	struct err *e); /* borrowed */
int json_get_int(
	const json_t *object, const char *key, long long fallback, long long *ret, struct err *e);
int json_get_bool(const json_t *object, const char *key, bool fallback, bool *ret, struct err *e);

/* The member as text, "" when absent or not a string. Borrowed. For values that were checked
 * before. */
const char *json_text(const json_t *object, const char *key);

/*
 * The key of the member with this name, in the object's own spelling: as written, or, as Go reads
 * JSON, in another case. NULL: absent. Borrowed, as is the member itself.
 */
const char *json_key(const json_t *object, const char *name);
json_t *json_member(const json_t *object, const char *name);

bool json_has_text(const json_t *list, const char *text); /* one of the array is this text */

/* A new string of any bytes: those above 0x7f become '?' when the text is not UTF-8. */
json_t *json_str(const char *text);

/* Sets a member: a new string (json_str), number or boolean. NULL text leaves the key out. */
void json_put_str(json_t *object, const char *key, const char *text);
void json_put_int(json_t *object, const char *key, long long number);
void json_put_real(json_t *object, const char *key, double number); /* NaN and infinity: left out */
void json_put_bool(json_t *object, const char *key, bool yes);

#define autojson __attribute__((cleanup(json_decrefp)))

#endif
