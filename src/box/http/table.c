/* Finding the route of a path: a hash for whole paths, a short list for those with parameters. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "box/http/loop.h"

#define SLOTS	      1024 /* a power of two, several times the number of routes */
#define PATTERNS_MAX  64
#define PARAMETER_MAX 128

static const struct route *slots[SLOTS];
static const struct route *patterns[PATTERNS_MAX];
static size_t n_patterns;

static unsigned hash(const char *path)
{
	unsigned h = 2166136261u;

	for (; *path; path++)
		h = (h ^ (unsigned char)*path) * 16777619u;
	return h;
}

static int table_add(const struct route *route, struct err *e)
{
	unsigned at = hash(route->path) % SLOTS;

	if (strchr(route->path, ':')) {
		if (n_patterns == PATTERNS_MAX)
			return err_set(e, ERR_INVALID, 0, "too many routes with parameters");
		patterns[n_patterns++] = route;
		return 0;
	}
	for (unsigned tries = 0; slots[at]; at = (at + 1) % SLOTS, tries++)
		if (tries == SLOTS / 2 || str_eq(slots[at]->path, route->path))
			return err_set(
				e, ERR_INVALID, 0, "route %s: twice, or too many", route->path);
	slots[at] = route;
	return 0;
}

int routes_init(struct err *e)
{
	int r = 0;

	memset(slots, 0, sizeof(slots));
	n_patterns = 0;
	for (const struct route *const *table = route_tables; *table; table++)
		for (const struct route *route = *table; route->path && r == 0; route++)
			r = table_add(route, e);
	return r;
}

/* "/a/:x/b" against "/a/17/b": sets x. */
static bool pattern_matches(const char *pattern, const char *path, json_t *params)
{
	while (*pattern && *path) {
		size_t name, value;

		if (*pattern != ':') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		name = strcspn(++pattern, "/");
		value = strcspn(path, "/");
		if (value == 0 || value > PARAMETER_MAX)
			return false;
		json_object_setn_new(params, pattern, name, json_stringn(path, value));
		pattern += name;
		path += value;
	}
	return !*pattern && !*path;
}

const struct route *table_find(const char *path, json_t **ret_params)
{
	for (unsigned at = hash(path) % SLOTS; slots[at]; at = (at + 1) % SLOTS)
		if (str_eq(slots[at]->path, path))
			return slots[at];
	for (size_t i = 0; i < n_patterns; i++) {
		json_t *params = json_object();

		if (pattern_matches(patterns[i]->path, path, params)) {
			*ret_params = params;
			return patterns[i];
		}
		json_decref(params);
	}
	return NULL;
}
