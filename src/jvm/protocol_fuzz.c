/* The lines of a command or an answer, from anybody. */
#include <stdlib.h>
#include <string.h>

#include "jvm/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *again = malloc(4 * size + 16), *key, *value;
	struct jvm_text t;
	size_t pos = 0;
	uint64_t number;

	memcpy(text, data, size);
	jvm_text_init(&t, again, 4 * size + 16);
	while (jvm_text_next(text, size, &pos, &key, &value) > 0) {
		jvm_text_put(&t, key, value);
		if (jvm_text_number(value, 1000, &number) && number > 1000)
			abort();
	}
	if (t.full) /* at most three bytes for one */
		abort();
	free(again);
	free(text);
	return 0;
}
