#include "jvm/agent/reader.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool none(void *ctx, const char *value)
{
	(void)ctx;
	assert(strlen(value) < READER_VALUE_MAX);
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reader r;
	char *text = malloc(size + 1);

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (reader_parse(text, &r)) {
		for (unsigned i = 0; i < r.steps_n; i++) {
			if (r.steps[i].name)
				assert(strlen(r.steps[i].name) > 0);
			if (r.steps[i].text)
				assert(strlen(r.steps[i].text) <= READER_TEXT_MAX);
		}
	}
	for (int kind = READER_PLAIN; kind <= READER_URL; kind++)
		assert(!reader_values(kind, text, size, none, NULL));
	free(text);
	return 0;
}
