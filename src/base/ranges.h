/* Lists of unsigned numbers and ranges ("80,8000-8080"): ports, processors, process ids. */
#ifndef BASE_RANGES_H
#define BASE_RANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct range {
	unsigned lo, hi; /* both included */
};

struct ranges {
	struct range *v;
	size_t n;
};

/* At most 1,024 parts; each number from min to max; lo <= hi. *ret is owned: ranges_free. */
int ranges_parse(const char *text, unsigned min, unsigned max, struct ranges *ret, struct err *e);
int ranges_add(struct ranges *r, unsigned lo, unsigned hi, struct err *e);
int ranges_add_all(struct ranges *r, const struct ranges *more, struct err *e); /* NULL: none */
void ranges_free(struct ranges *r);
bool ranges_has(const struct ranges *r, unsigned number);

#endif
