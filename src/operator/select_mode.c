/* How many, and which of them. */
#include "operator/select_mode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/rand.h"
#include "base/str.h"

/* How many of these; the seed's first number is that of random-max-percent. */
static int mode_count(
	const json_t *pod_selector, size_t found, struct rand *rand, size_t *ret, struct err *e)
{
	const char *mode = json_text(pod_selector, "mode");
	const char *value = json_text(pod_selector, "value");
	bool random = str_eq(mode, "random-max-percent");
	bool percent = random || str_eq(mode, "fixed-percent");
	long long n = 0;
	int r;

	if (str_eq(mode, "one") || str_eq(mode, "all")) {
		*ret = *mode == 'a' || found == 0 ? found : 1;
		return 0;
	}
	if (!percent && !str_eq(mode, "fixed"))
		return err_illegal(e, "spec.mode", mode,
			"one, all, fixed, fixed-percent or random-max-percent");
	r = str_to_int(value, random ? 0 : 1, percent ? 100 : 1000000, &n, e);
	if (r < 0)
		return err_wrap(e, "spec.value");
	if (random)
		n = (long long)rand_below(rand, (uint64_t)n + 1);
	if (percent)
		n = (long long)((found * (size_t)n + 99) / 100);
	*ret = (size_t)n < found ? (size_t)n : found;
	return 0;
}

int select_mode_check(const json_t *pod_selector, struct err *e)
{
	struct rand rand = rand_seeded(0);
	size_t count;

	return mode_count(pod_selector, 0, &rand, &count, e);
}

static int by_name(const void *a, const void *b)
{
	const json_t *x = json_object_get(*(json_t *const *)a, "metadata");
	const json_t *y = json_object_get(*(json_t *const *)b, "metadata");
	int order = strcmp(json_text(x, "namespace"), json_text(y, "namespace"));

	return order ? order : strcmp(json_text(x, "name"), json_text(y, "name"));
}

/* In place; how many are left. */
static size_t sort_unique(json_t **pods, size_t n)
{
	size_t kept = 0;

	qsort(pods, n, sizeof(*pods), by_name);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || by_name(&pods[kept - 1], &pods[i]) != 0)
			pods[kept++] = pods[i];
	return kept;
}

/* Drawn ones to the front, in the order of their names again. */
static void draw(json_t **pods, size_t n, size_t count, struct rand *rand)
{
	for (size_t i = 0; i < count && count < n; i++) {
		size_t other = i + (size_t)rand_below(rand, n - i);
		json_t *pod = pods[i];

		pods[i] = pods[other];
		pods[other] = pod;
	}
	qsort(pods, count, sizeof(*pods), by_name);
}

/* count: of those that are there, once each. NULL: all of them. */
static int rearrange(json_t *pods, const size_t *count, struct rand *rand, struct err *e)
{
	size_t n = json_array_size(pods), i;
	autofree json_t **all = calloc(n + 1, sizeof(json_t *));
	autojson json_t *found = json_copy(pods); /* holds on to them */

	if (!all || !found)
		return err_set(e, ERR_NOMEM, ENOMEM, "selection");
	for (i = 0; i < n; i++)
		all[i] = json_array_get(found, i);
	n = sort_unique(all, n);
	if (count && *count < n)
		draw(all, n, *count, rand);
	json_array_clear(pods);
	for (i = 0; i < (count && *count < n ? *count : n); i++)
		json_array_append(pods, all[i]);
	return 0;
}

int select_sort(json_t *objects, struct err *e)
{
	return rearrange(objects, NULL, NULL, e);
}

int select_draw(json_t *objects, size_t count, struct rand *rand, struct err *e)
{
	return rearrange(objects, &count, rand, e);
}

int select_mode(const json_t *pod_selector, uint64_t seed, json_t *pods, struct err *e)
{
	struct rand rand = rand_seeded(seed);
	size_t count;
	int r = select_sort(pods, e);

	if (r == 0)
		r = mode_count(pod_selector, json_array_size(pods), &rand, &count, e);
	return r == 0 ? select_draw(pods, count, &rand, e) : r;
}
