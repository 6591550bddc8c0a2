/* Checked accessors and writers on jansson. */
#include "base/json.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"

#define MOST_JSON (64u << 20)

/* The plain ASCII text between two quotes at *at, which moves behind it; NULL for any other. */
static const char *flat_text(const char **at, const char *end, size_t *ret_len)
{
	const char *text = *at + 1, *c = text;

	if (*at == end || **at != '"')
		return NULL;
	while (c < end && *c != '"' && *c != '\\' && *c >= ' ' && *c < 0x7f)
		c++;
	if (c == end || *c != '"')
		return NULL;
	*ret_len = (size_t)(c - text);
	*at = c + 1;
	return text;
}

static bool flat_sign(const char **at, const char *end, char sign)
{
	while (*at < end && (**at == ' ' || **at == '\n'))
		++*at;
	if (*at == end || **at != sign)
		return false;
	++*at;
	while (*at < end && (**at == ' ' || **at == '\n'))
		++*at;
	return true;
}

/*
 * {"name":"text",...} of plain texts is what agents send, thousands a second, and jansson reads a
 * byte at a time. NULL for everything else, right or wrong: jansson judges it.
 */
static json_t *json_parse_flat(const char *at, size_t len)
{
	const char *end = at + len, *key, *text;
	autojson json_t *object = NULL;
	size_t n = 0, key_len, text_len;

	if (!flat_sign(&at, end, '{'))
		return NULL;
	object = json_object();
	do {
		key = flat_text(&at, end, &key_len);
		if (!key || !flat_sign(&at, end, ':'))
			return NULL;
		text = flat_text(&at, end, &text_len);
		if (!text || json_object_setn_new_nocheck(object, key, key_len,
				     json_stringn_nocheck(text, text_len)) < 0)
			return NULL;
		n++;
	} while (flat_sign(&at, end, ','));
	if (!flat_sign(&at, end, '}') || at != end || json_object_size(object) != n)
		return NULL;
	return json_incref(object);
}

int json_parse(const char *text, size_t len, json_t **ret, struct err *e)
{
	json_t *value = json_parse_flat(text, len);
	json_error_t why;

	if (!value)
		value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (!value)
		return err_set(e, ERR_INVALID, 0, "not JSON at line %d, column %d: %s", why.line,
			why.column, why.text);
	*ret = value;
	return 0;
}

/* What Go escapes otherwise than jansson, at *at, which is moved behind it. */
static void escape_as_go(const char **at, struct buf *out)
{
	const char *c = *at;

	if (str_starts(c, "\xe2\x80\xa8") || str_starts(c, "\xe2\x80\xa9")) {
		buf_fmt(out, "\\u202%c", c[2] == '\xa8' ? '8' : '9');
		*at += 3;
	} else if (str_starts(c, "\\u")) { /* control characters: small digits */
		for (int i = 0; i < 6; i++)
			buf_fmt(out, "%c", tolower((unsigned char)c[i]));
		*at += 6;
	} else if (*c == '\\') {
		buf_add(out, c, 2);
		*at += 2;
	} else if (*c == '\xe2') {
		buf_add(out, c, 1);
		*at += 1;
	} else {
		buf_fmt(out, "\\u%04x", (unsigned)*c);
		*at += 1;
	}
}

/* All of these bytes can stand only inside strings, so a pass over the text is enough. */
static char *json_write(const json_t *value, size_t flags)
{
	autofree char *plain = json_dumps(
		value, flags | JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	struct buf out = BUF_INIT(MOST_JSON);

	if (!plain)
		return NULL;
	for (const char *at = plain; *at;) {
		size_t n = strcspn(at, "<>&\\\xe2");

		buf_add(&out, at, n);
		at += n;
		if (*at)
			escape_as_go(&at, &out);
	}
	return buf_take(&out);
}

char *json_line(const json_t *value)
{
	return json_write(value, 0);
}

char *json_line_sorted(const json_t *value)
{
	return json_write(value, JSON_SORT_KEYS);
}

static int json_wrong_type(const char *key, const char *wanted, struct err *e)
{
	return err_set(e, ERR_INVALID, 0, "`%s` must be %s", key, wanted);
}

int json_get_str(const json_t *object, const char *key, const char *fallback, const char **ret,
	struct err *e)
{
	const json_t *member = json_object_get(object, key);

	if (member && !json_is_null(member) && !json_is_string(member))
		return json_wrong_type(key, "a string", e);
	*ret = json_is_string(member) ? json_string_value(member) : fallback;
	return 0;
}

int json_get_int(
	const json_t *object, const char *key, long long fallback, long long *ret, struct err *e)
{
	const json_t *member = json_object_get(object, key);

	if (member && !json_is_null(member) && !json_is_integer(member))
		return json_wrong_type(key, "a whole number", e);
	*ret = json_is_integer(member) ? json_integer_value(member) : fallback;
	return 0;
}

int json_get_bool(const json_t *object, const char *key, bool fallback, bool *ret, struct err *e)
{
	const json_t *member = json_object_get(object, key);

	if (member && !json_is_null(member) && !json_is_boolean(member))
		return json_wrong_type(key, "true or false", e);
	*ret = json_is_boolean(member) ? json_is_true(member) : fallback;
	return 0;
}

const char *json_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

json_t *json_str(const char *text)
{
	json_t *value = json_string(text);
	autofree char *ascii = value ? NULL : strdup(text);

	if (!ascii)
		return value;
	for (char *at = ascii; *at; at++)
		if ((unsigned char)*at > 0x7f)
			*at = '?';
	return json_string(ascii);
}

void json_put_str(json_t *object, const char *key, const char *text)
{
	if (text)
		json_object_set_new(object, key, json_str(text));
}

void json_put_int(json_t *object, const char *key, long long number)
{
	json_object_set_new(object, key, json_integer(number));
}

void json_put_real(json_t *object, const char *key, double number)
{
	if (isfinite(number))
		json_object_set_new(object, key, json_real(number));
}

void json_put_bool(json_t *object, const char *key, bool yes)
{
	json_object_set_new(object, key, json_boolean(yes));
}
