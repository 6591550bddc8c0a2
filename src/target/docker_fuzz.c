/* Docker's answers: HTTP, and the list of containers. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "target/docker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct container_query q = { .id = "0123", .name = "a", .labels = "k=v" };
	autofree char *text = calloc(1, size + 1);
	autojson json_t *said = NULL;

	if (!text)
		return 0;
	memcpy(text, data, size);
	if (docker_answer(text, size, &said, NULL) == 0)
		for (size_t i = 0; i < json_array_size(said); i++)
			docker_fits(json_array_get(said, i), &q);
	return 0;
}
