/* Text helpers. */
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

bool str_eq(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_empty(const char *text)
{
	return !text || !*text;
}

int str_to_int(const char *text, long long min, long long max, long long *ret, struct err *e)
{
	const char *digits = text + (*text == '-');
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (!isdigit((unsigned char)*digits) || *end || errno || value < min || value > max)
		return err_set(e, ERR_INVALID, 0,
			"`%.100s` is not a whole number from %lld to %lld", text, min, max);
	*ret = value;
	return 0;
}

int str_to_real(const char *text, double min, double max, double *ret, struct err *e)
{
	const char *digits = text + (*text == '-');
	double value;
	char *end;

	value = strtod(text, &end);
	if (!isdigit((unsigned char)*digits) || strpbrk(text, "xXpP") || *end || !isfinite(value) ||
		value < min || value > max)
		return err_set(e, ERR_INVALID, 0, "`%.100s` is not a number from %g to %g", text,
			min, max);
	*ret = value;
	return 0;
}

/* Milliseconds in the unit at *text, which is moved behind it; 0 for none that Go knows. */
static double duration_unit(const char **text)
{
	static const struct {
		const char *name;
		double ms;
	} units[] = {
		{ "ns", 1e-6 },
		{ "us", 1e-3 },
		{ "µs", 1e-3 },
		{ "ms", 1 },
		{ "s", 1e3 },
		{ "m", 60e3 },
		{ "h", 3600e3 },
	};

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (str_starts(*text, units[i].name)) {
			*text += strlen(units[i].name);
			return units[i].ms;
		}
	}
	return 0;
}

static int duration_bad(const char *text, struct err *e)
{
	return err_set(e, ERR_INVALID, 0,
		"`%.100s` is not a length of time: whole seconds, or a duration like 1h30m or 500ms",
		text);
}

int str_to_milliseconds(const char *text, double *ret_ms, struct err *e)
{
	const double longest = 100.0 * 365 * 86400e3; /* a century: no sum overflows */
	const char *at = text;
	long long seconds;
	double sum = 0;

	if (str_to_int(text, 0, (long long)(longest / 1e3), &seconds, NULL) == 0) {
		*ret_ms = (double)seconds * 1000;
		return 0;
	}
	if (!*text || strpbrk(text, "xXeEpP"))
		return duration_bad(text, e);
	while (*at) {
		char *end;
		double value = strtod(at, &end), unit;

		if (!isdigit((unsigned char)*at) || end == at)
			return duration_bad(text, e);
		at = end;
		unit = duration_unit(&at);
		if (unit == 0)
			return duration_bad(text, e);
		sum += value * unit;
	}
	if (sum > longest)
		return duration_bad(text, e);
	*ret_ms = sum;
	return 0;
}

int str_to_duration(const char *text, long long *ret_ms, struct err *e)
{
	double ms;
	int r = str_to_milliseconds(text, &ms, e);

	if (r == 0)
		*ret_ms = (long long)ceil(ms);
	return r;
}

static const struct {
	const char *name;
	double bits;
} rate_units[] = {
	{ "", 1 },
	{ "k", 1e3 },
	{ "m", 1e6 },
	{ "g", 1e9 },
	{ "bit", 1 },
	{ "kbit", 1e3 },
	{ "mbit", 1e6 },
	{ "gbit", 1e9 },
	{ "tbit", 1e12 },
	{ "bps", 8 },
	{ "kbps", 8e3 },
	{ "mbps", 8e6 },
	{ "gbps", 8e9 },
	{ "tbps", 8e12 },
};

int str_to_rate(const char *text, long long min, long long max, long long *ret_bps, struct err *e)
{
	size_t digits = strspn(text, "0123456789.");
	char *end = NULL;
	double bits = strtod(text, &end);

	for (size_t i = 0; i < ARRAY_LEN(rate_units) && digits > 0; i++) {
		if (end != text + digits || strcasecmp(end, rate_units[i].name) != 0)
			continue;
		bits *= rate_units[i].bits;
		if (bits < (double)min || bits > (double)max || bits >= (double)LLONG_MAX)
			break;
		*ret_bps = (long long)bits;
		return 0;
	}
	return err_set(e, ERR_INVALID, 0,
		"`%.100s` is not a rate like 10mbit from %lld to %lld bit", text, min, max);
}

int str_to_bytes(const char *text, long long min, long long max, long long *ret, struct err *e)
{
	static const char letters[] = "kmgtp";
	char *end = NULL;
	size_t digits = strspn(text, "0123456789.");
	double bytes = strtod(text, &end);
	const char *unit = end + strspn(end, " "), *letter;
	bool thousands;

	letter = *unit ? strchr(letters, tolower((unsigned char)*unit)) : NULL;
	thousands = letter && strcasecmp(unit + 1, "b") == 0;
	for (const char *l = letter; l && l >= letters; l--)
		bytes *= thousands ? 1000 : 1024;
	if (letter)
		unit++;
	if (digits > 0 && end == text + digits && bytes >= (double)min && bytes <= (double)max &&
		(!*unit || strcasecmp(unit, "b") == 0 || (letter && strcasecmp(unit, "ib") == 0))) {
		*ret = (long long)bytes;
		return 0;
	}
	return err_set(e, ERR_INVALID, 0, "`%.100s` is not a size like 256MB from %lld to %lld",
		text, min, max);
}

void words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->v[i]);
	free(w->v);
	*w = (struct words){ 0 };
}

int words_add(struct words *w, const char *text, size_t len, struct err *e)
{
	char **v = realloc(w->v, (w->n + 2) * sizeof(*v));

	if (!v)
		return err_set(e, ERR_NOMEM, ENOMEM, "split words");
	w->v = v;
	v[w->n] = strndup(text, len);
	if (!v[w->n])
		return err_set(e, ERR_NOMEM, ENOMEM, "split words");
	v[++w->n] = NULL;
	return 0;
}

/* Copies one word to out without its quotes; returns what follows it, NULL for an open quote. */
static const char *word_unquote(const char *in, char *out)
{
	char quote = '\0';

	for (; *in && (quote || !isspace((unsigned char)*in)); in++) {
		if (!quote && (*in == '\'' || *in == '"')) {
			quote = *in;
		} else if (*in == quote) {
			quote = '\0';
		} else if (*in == '\\' && quote != '\'' && in[1] &&
			   (!quote || strchr("\"\\$`", in[1]))) {
			*out++ = *++in;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	return quote ? NULL : in;
}

int words_parse(const char *text, struct words *ret, struct err *e)
{
	autowords struct words w = { 0 };
	autofree char *word = malloc(strlen(text) + 1);
	int r;

	if (!word)
		return err_set(e, ERR_NOMEM, ENOMEM, "split words");
	for (;;) {
		while (isspace((unsigned char)*text))
			text++;
		if (!*text)
			break;
		text = word_unquote(text, word);
		if (!text)
			return err_set(e, ERR_INVALID, 0, "a quote is not closed");
		r = words_add(&w, word, strlen(word), e);
		if (r < 0)
			return r;
	}
	*ret = w;
	w = (struct words){ 0 };
	return 0;
}

int words_split(const char *text, char separator, struct words *ret, struct err *e)
{
	autowords struct words w = { 0 };
	int r;

	while (*text) {
		const char *end = strchrnul(text, separator), *next = *end ? end + 1 : end;

		while (text < end && isspace((unsigned char)*text))
			text++;
		while (text < end && isspace((unsigned char)end[-1]))
			end--;
		if (text < end) {
			r = words_add(&w, text, (size_t)(end - text), e);
			if (r < 0)
				return r;
		}
		text = next;
	}
	*ret = w;
	w = (struct words){ 0 };
	return 0;
}
