/* Any body through the check of every request shape that a route has. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "box/api/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autojson json_t *whole = NULL;

	if (json_parse((const char *)data, size, &whole, NULL) < 0 || !json_is_object(whole))
		return 0;
	for (const struct route *const *table = route_tables; *table; table++) {
		for (const struct route *route = *table; route->path; route++) {
			autojson json_t *body = json_deep_copy(whole);

			/* What was made to fit has to fit. */
			if (shape_check(route->request, body, NULL) == 0 &&
				shape_check(route->request, body, NULL) != 0)
				abort();
		}
	}
	return 0;
}
