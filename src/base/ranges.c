/* Lists of numbers and ranges. */
#include "base/ranges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define MOST_PARTS 1024

static int range_parse(char *part, unsigned min, unsigned max, struct range *ret, struct err *e)
{
	char *dash = strchr(part, '-');
	long long lo, hi;
	int r;

	if (dash)
		*dash = '\0';
	r = str_to_int(part, min, max, &lo, e);
	if (r < 0)
		return r;
	hi = lo;
	if (dash) {
		r = str_to_int(dash + 1, lo, max, &hi, e);
		if (r < 0)
			return r;
	}
	*ret = (struct range){ (unsigned)lo, (unsigned)hi };
	return 0;
}

int ranges_parse(const char *text, unsigned min, unsigned max, struct ranges *ret, struct err *e)
{
	autowords struct words parts = { 0 };
	struct ranges list = { 0 };
	int r;

	r = words_split(text, ',', &parts, e);
	if (r < 0)
		return r;
	if (parts.n == 0 || parts.n > MOST_PARTS)
		return err_set(e, ERR_INVALID, 0,
			"%zu parts; allowed are 1 to %d, separated by commas", parts.n, MOST_PARTS);
	list.v = calloc(parts.n, sizeof(*list.v));
	if (!list.v)
		return err_set(e, ERR_NOMEM, ENOMEM, "parse a list");
	for (; list.n < parts.n; list.n++) {
		r = range_parse(parts.v[list.n], min, max, &list.v[list.n], e);
		if (r < 0) {
			ranges_free(&list);
			return r;
		}
	}
	*ret = list;
	return 0;
}

int ranges_add(struct ranges *r, unsigned lo, unsigned hi, struct err *e)
{
	struct range *v = realloc(r->v, (r->n + 1) * sizeof(*v));

	if (!v)
		return err_set(e, ERR_NOMEM, ENOMEM, "add to a list of numbers");
	r->v = v;
	v[r->n++] = (struct range){ lo, hi };
	return 0;
}

int ranges_add_all(struct ranges *r, const struct ranges *more, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; more && i < more->n && ret == 0; i++)
		ret = ranges_add(r, more->v[i].lo, more->v[i].hi, e);
	return ret;
}

void ranges_free(struct ranges *r)
{
	free(r->v);
	*r = (struct ranges){ 0 };
}

bool ranges_has(const struct ranges *r, unsigned number)
{
	for (size_t i = 0; i < r->n; i++)
		if (number >= r->v[i].lo && number <= r->v[i].hi)
			return true;
	return false;
}
