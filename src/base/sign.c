/* The signatures of the agent protocol. */
#include "base/sign.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"

#define MOST_KEYS 64
#define MOST_TEXT (64u << 20)

struct pair {
	const char *key, *value;
};

static int pair_order(const void *a, const void *b)
{
	return strcmp(((const struct pair *)a)->key, ((const struct pair *)b)->key);
}

/* What Go's encoder does not copy as it is. U+2028 and U+2029 are the bytes e2 80 a8 and a9. */
static bool go_special(const char *c)
{
	switch (*c) {
	case '"':
	case '\\':
	case '<':
	case '>':
	case '&':
		return true;
	case '\xe2':
		return str_starts(c, "\u2028") || str_starts(c, "\u2029");
	default:
		return (unsigned char)*c < 0x20;
	}
}

/* The letters that Go's encoder writes as they are, up to the next one that it escapes. */
static size_t go_plain(const char *text)
{
	size_t n = 0;

	while (!go_special(text + n))
		n++;
	return n;
}

static void go_string(struct buf *out, const char *text)
{
	static const char shorts[] = "\"\"\\\\\nn\rr\tt";

	buf_str(out, "\"");
	for (;;) {
		size_t n = go_plain(text);
		const char *s;

		buf_add(out, text, n);
		text += n;
		if (!*text)
			break;
		s = shorts;
		while (*s && *s != *text)
			s += 2;
		if (*s)
			buf_fmt(out, "\\%c", s[1]);
		else if ((unsigned char)*text < 0x80)
			buf_fmt(out, "\\u%04x", (unsigned)*text);
		else
			buf_str(out, text[2] == "\u2028"[2] ? "\\u2028" : "\\u2029");
		text += (unsigned char)*text < 0x80 ? 1 : 3;
	}
	buf_str(out, "\"");
}

/* The text members of the object, those named in skip left out, sorted. */
static int pairs_sorted(const json_t *object, const char *const *skip, struct pair *ret,
	size_t *ret_n, struct err *e)
{
	const char *key;
	json_t *value;
	size_t n = 0;

	if (!json_is_object(object))
		return err_set(e, ERR_INVALID, 0, "`params` must be an object");
	json_object_foreach((json_t *)object, key, value)
	{
		const char *const *s = skip;

		while (s && *s && strcmp(*s, key) != 0)
			s++;
		if (s && *s)
			continue;
		if (!json_is_string(value))
			return err_set(e, ERR_INVALID, 0, "`%.100s` must be a string", key);
		if (n == MOST_KEYS)
			return err_set(e, ERR_INVALID, 0, "more than %d params", MOST_KEYS);
		ret[n++] = (struct pair){ key, json_string_value(value) };
	}
	qsort(ret, n, sizeof(*ret), pair_order);
	*ret_n = n;
	return 0;
}

static int sign_object(const json_t *object, const char *const *skip, const char *secret,
	char ret[static SIGN_SIZE], struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_TEXT);
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1];
	struct pair pairs[MOST_KEYS];
	size_t n;
	int r = pairs_sorted(object, skip, pairs, &n, e);

	if (r < 0)
		return r;
	buf_str(&text, "{");
	for (size_t i = 0; i < n; i++) {
		buf_str(&text, i > 0 ? "," : "");
		go_string(&text, pairs[i].key);
		buf_str(&text, ":");
		go_string(&text, pairs[i].value);
	}
	buf_str(&text, "}");
	buf_str(&text, secret);
	if (text.failed)
		return err_set(e, ERR_NOMEM, 0, "sign");
	crypto_hash_sha256(hash, (const unsigned char *)text.data, text.len);
	sodium_memzero(text.data, text.len);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	sodium_bin2base64(ret, SIGN_SIZE, (const unsigned char *)hex, sizeof(hex) - 1,
		sodium_base64_VARIANT_ORIGINAL);
	return 0;
}

static bool sign_equal(
	const json_t *object, const char *const *skip, const char *secret, const char *sn)
{
	char right[SIGN_SIZE];

	return object && sn && strlen(sn) == SIGN_SIZE - 1 &&
	       sign_object(object, skip, secret, right, NULL) == 0 &&
	       sodium_memcmp(right, sn, SIGN_SIZE - 1) == 0;
}

int sign_params(const json_t *params, const char *secret, char ret[static SIGN_SIZE], struct err *e)
{
	return sign_object(params, NULL, secret, ret, e);
}

bool sign_matches(const json_t *params, const char *secret, const char *sn)
{
	return sign_equal(params, NULL, secret, sn);
}

bool sign_body_matches(const json_t *body, const char *secret, const char *sn)
{
	static const char *const headers[] = { "FR", "pid", "type", "rid", "ak", "sn", "sd" };
	static const char *const either[] = { "uid", "cid", "v", "cbv" };

	for (unsigned signed_ones = 0; signed_ones < 1u << ARRAY_LEN(either); signed_ones++) {
		const char *skip[ARRAY_LEN(headers) + ARRAY_LEN(either) + 1] = { 0 };
		size_t n = ARRAY_LEN(headers);
		bool absent = false;

		memcpy(skip, headers, sizeof(headers));
		for (size_t i = 0; i < ARRAY_LEN(either); i++) {
			if (!(signed_ones & 1u << i))
				skip[n++] = either[i];
			else if (!json_object_get(body, either[i]))
				absent = true; /* the same text as without it: tried before */
		}
		if (!absent && sign_equal(body, skip, secret, sn))
			return true;
	}
	return false;
}

int64_t sign_time_ms(const char *ts)
{
	const long long least_us = 100000000000000; /* 1973 in microseconds, 5138 in milliseconds */
	long long at;

	if (!ts || str_to_int(ts, 0, LLONG_MAX, &at, NULL) < 0)
		return -1;
	return at >= least_us ? at / 1000 : at;
}

bool sign_fresh(const char *ts, int64_t now_wall_ms)
{
	int64_t at = sign_time_ms(ts);

	return at >= 0 && at >= now_wall_ms - SIGN_WINDOW_MS && at <= now_wall_ms + SIGN_WINDOW_MS;
}
