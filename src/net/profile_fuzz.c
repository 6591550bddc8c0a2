/* Fuzzes the reading of profiles. */
#include <stdlib.h>
#include <string.h>

#include "net/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct profile p;
	struct err e;

	if (text != NULL && profile_parse(text, &p, &e) == 0) {
		atomic_llong start = 1;
		double left;

		p.start_ns = &start;
		for (int64_t ns = 1; ns > 0 && ns < INT64_MAX / 16; ns *= 16)
			profile_now(&p, ns, &left);
		profile_free(&p);
	}
	free(text);
	return 0;
}
