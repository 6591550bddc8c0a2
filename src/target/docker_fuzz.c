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
	static const char head[] = "HTTP/1.0 200 OK\r\n\r\n";
	const struct container_query q = {
		.id = (char[]){ "0123" }, .name = (char[]){ "a" }, .labels = (char[]){ "k=v" }
	};
	size_t before = size % 2 ? strlen(head) : 0; /* half of them are bodies alone */
	autofree char *text = calloc(1, before + size + 1);
	autojson json_t *said = NULL;

	if (!text)
		return 0;
	memcpy(text, head, before);
	memcpy(text + before, data, size);
	if (docker_answer(text, before + size, &said, NULL) == 0)
		for (size_t i = 0; i < json_array_size(said); i++)
			docker_fits(json_array_get(said, i), &q);
	return 0;
}
