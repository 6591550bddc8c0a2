/* Any octets as JSON: what is read in our way must be what jansson reads. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autojson json_t *right = json_loadb(
		(const char *)data, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	autojson json_t *value = NULL;

	if ((json_parse((const char *)data, size, &value, NULL) == 0) != (right != NULL))
		abort();
	if (right && !json_equal(value, right))
		abort();
	return 0;
}
