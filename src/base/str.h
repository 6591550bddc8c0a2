/* Text: numbers with limits, comparison, and the splitting of a command into words. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool str_starts(const char *text, const char *prefix);
bool str_empty(const char *text); /* NULL or "" */

/*
 * Whole decimal numbers, the whole text, nothing before or behind. The limits are included.
 * -ERR_INVALID with the value and the limits in the text; *ret untouched then.
 */
int str_to_int(const char *text, long long min, long long max, long long *ret, struct err *e);
int str_to_real(const char *text, double min, double max, double *ret, struct err *e);

/*
 * A length of time as blade's --timeout takes it: whole seconds ("90"), or Go's durations
 * ("500ms", "1h30m", "1.5s"; units ns us µs ms s m h). In milliseconds, rounded up.
 */
int str_to_duration(const char *text, long long *ret_ms, struct err *e);
/* The same with fractions of a millisecond. */
int str_to_milliseconds(const char *text, double *ret_ms, struct err *e);

/*
 * Bits a second as tc takes them: "10mbit", "500kbit", of bytes "500kbps"; without a unit bits,
 * with k, m or g alone bits too, as iperf. Thousands, not 1024s. The limits are included.
 */
int str_to_rate(const char *text, long long min, long long max, long long *ret_bps, struct err *e);

/* "256MB", "1.5 GiB", "64k": a letter alone is of 1024s, as is one with i; without one, bytes. */
int str_to_bytes(const char *text, long long min, long long max, long long *ret, struct err *e);

/* Words, NULL-terminated, owned by the caller: words_free. */
struct words {
	char **v;
	size_t n;
};

void words_free(struct words *w);
int words_add(struct words *w, const char *text, size_t len, struct err *e);

/*
 * Splits as a POSIX shell splits words (blanks, '..', "..", backslash) and expands nothing: no
 * variable, no glob, no operator; "; rm x" is two words. -ERR_INVALID for an open quote.
 */
int words_parse(const char *text, struct words *ret, struct err *e);

/* Splits at each separator, blanks around a part cut off, empty parts left out. */
int words_split(const char *text, char separator, struct words *ret, struct err *e);

#define autowords __attribute__((cleanup(words_free)))

#endif
