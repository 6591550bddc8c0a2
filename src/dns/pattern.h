/*
 * Patterns of names. Case does not count, nor a dot at the end.
 *
 *	www.example.com    this name
 *	example.*          any text from here on (Chaos Mesh's), the empty one too
 *	*.example.com      everything below example.com
 *	.example.com       example.com and everything below it
 *	a*b.?.c[0-9]d      `*` any text, `?` one octet, [..] one of a set, [!..] one not of it:
 *anywhere
 *	*                  every name
 *
 * A wildcard matches dots too, as Chaos Mesh's does. "\" escapes the octet behind it ("\DDD" a
 * decimal one); an escaped dot is a dot inside of a label.
 */
#ifndef DNS_PATTERN_H
#define DNS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/wire.h"

enum pattern_kind {
	PATTERN_ALL,
	PATTERN_EXACT,
	PATTERN_PREFIX, /* text, then anything */
	PATTERN_SUFFIX, /* anything, then text */
	PATTERN_BELOW,	/* text, or a label and a dot and text ... */
	PATTERN_GLOB,
};

enum { PATTERN_MAX = 255 }; /* octets of a pattern */

/*
 * As it is compared with the text of a struct dns_name: lower case, escapes undone; a GLOB in a
 * coding of its own.
 */
struct pattern {
	uint8_t kind;
	uint8_t len;
	uint8_t text[PATTERN_MAX];
};

/* -ERR_INVALID with what is wrong: empty, longer than a name, a bad escape, an open set. */
int pattern_parse(const char *text, struct pattern *ret, struct err *e);
bool pattern_matches(const struct pattern *p, const struct dns_name *name);

/*
 * The runs of literal octets in a GLOB, one a call, copied to ret: its length; 0: no more. Start
 * with *at 0.
 */
size_t pattern_run(const struct pattern *p, size_t *at, uint8_t ret[static PATTERN_MAX]);

#endif
