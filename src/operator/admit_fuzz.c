/* Any bytes as a question of the API server, at each of the paths. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "operator/admit.h"

static int may(void *ctx, const struct review *r, const char *namespace, struct err *e)
{
	(void)ctx, (void)r;
	return strchr(namespace, '-') ? err_set(e, ERR_DENIED, 0, "no") : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/mutate-x", "/validate-x", "/validate-auth", "/" };
	const struct admit_rights rights = { may, NULL };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char *answer = NULL;
		json_t *root = NULL;
		struct err e = { 0 };

		if (admit(paths[i], (const char *)data, size, &rights, &answer, &e) < 0)
			continue;
		if (json_parse(answer, strlen(answer), &root, &e) < 0 ||
			!json_is_boolean(
				json_object_get(json_object_get(root, "response"), "allowed")))
			abort();
		json_decref(root);
		free(answer);
	}
	return 0;
}
