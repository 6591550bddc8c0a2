/* Checked accessors and writers on jansson. */
#include "base/json.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"

#define MOST_JSON (64u << 20)

/*
 * Plain JSON is what programs send, thousands of lines a second, and jansson reads a byte at a
 * time: objects and lists, not deep, of ASCII texts without escapes, whole numbers and words. All
 * of this gives NULL for everything else, right or wrong: jansson judges it.
 */
struct plain {
	const char *at, *end;
	unsigned depth;
};

static json_t *plain_value(struct plain *p);

static void plain_blanks(struct plain *p)
{
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\n'))
		p->at++;
}

static bool plain_sign(struct plain *p, char sign)
{
	plain_blanks(p);
	if (p->at == p->end || *p->at != sign)
		return false;
	p->at++;
	plain_blanks(p);
	return true;
}

static const char *plain_text(struct plain *p, size_t *ret_len)
{
	const char *text = p->at + 1, *c = text;

	if (p->at == p->end || *p->at != '"')
		return NULL;
	while (c < p->end && *c != '"' && *c != '\\' && *c >= ' ' && *c < 0x7f)
		c++;
	if (c >= p->end || *c != '"')
		return NULL;
	*ret_len = (size_t)(c - text);
	p->at = c + 1;
	return text;
}

static json_t *plain_object(struct plain *p)
{
	autojson json_t *object = json_object();
	const char *key;
	size_t n = 0, len;

	if (plain_sign(p, '}'))
		return take_ptr(&object);
	do {
		key = plain_text(p, &len);
		if (!key || !plain_sign(p, ':') ||
			json_object_setn_new_nocheck(object, key, len, plain_value(p)) < 0)
			return NULL;
		n++;
	} while (plain_sign(p, ','));
	return plain_sign(p, '}') && json_object_size(object) == n ? take_ptr(&object) : NULL;
}

static json_t *plain_list(struct plain *p)
{
	autojson json_t *list = json_array();

	if (plain_sign(p, ']'))
		return take_ptr(&list);
	do {
		if (json_array_append_new(list, plain_value(p)) < 0)
			return NULL;
	} while (plain_sign(p, ','));
	return plain_sign(p, ']') ? take_ptr(&list) : NULL;
}

static json_t *plain_number(struct plain *p)
{
	bool minus = *p->at == '-';
	const char *first = p->at + minus, *c = first;
	json_int_t n = 0;

	for (; c < p->end && isdigit((unsigned char)*c) && c - first < 16; c++)
		n = n * 10 + (*c - '0');
	if (c == first || c - first == 16 || (*first == '0' && (minus || c - first > 1)) ||
		(c < p->end && strchr(".eE", *c)))
		return NULL;
	p->at = c;
	return json_integer(minus ? -n : n);
}

static bool plain_word(struct plain *p, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(p->end - p->at) < len || memcmp(p->at, word, len) != 0)
		return false;
	p->at += len;
	return true;
}

static json_t *plain_nested(struct plain *p, json_t *(*read)(struct plain *p))
{
	json_t *value;

	if (p->depth == 16)
		return NULL;
	p->depth++;
	value = read(p);
	p->depth--;
	return value;
}

static json_t *plain_value(struct plain *p)
{
	const char *text;
	size_t len;

	if (plain_sign(p, '{'))
		return plain_nested(p, plain_object);
	if (plain_sign(p, '['))
		return plain_nested(p, plain_list);
	text = plain_text(p, &len);
	if (text)
		return json_stringn_nocheck(text, len);
	if (plain_word(p, "true"))
		return json_true();
	if (plain_word(p, "false"))
		return json_false();
	if (plain_word(p, "null"))
		return json_null();
	return p->at < p->end ? plain_number(p) : NULL;
}

static json_t *plain_parse(const char *text, size_t len)
{
	struct plain p = { text, text + len, 0 };
	autojson json_t *value = plain_value(&p);

	plain_blanks(&p);
	return p.at == p.end ? take_ptr(&value) : NULL;
}

int json_parse(const char *text, size_t len, json_t **ret, struct err *e)
{
	json_t *value = plain_parse(text, len);
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

const char *json_key(const json_t *object, const char *name)
{
	const char *key;
	json_t *value;

	if (json_object_get(object, name))
		return name;
	json_object_foreach((json_t *)object, key, value)
	{
		if (strcasecmp(key, name) == 0)
			return key;
	}
	return NULL;
}

json_t *json_member(const json_t *object, const char *name)
{
	const char *key = json_key(object, name);

	return key ? json_object_get(object, key) : NULL;
}

bool json_has_text(const json_t *list, const char *text)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (str_eq(json_string_value(json_array_get(list, i)), text))
			return true;
	return false;
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
