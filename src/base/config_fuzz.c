/* Fuzzes the reading of configuration files. */
#include <stdint.h>

#include "base/config.h"

static int fuzz_set(const char *key, const char *value, size_t line, void *ctx, struct err *e)
{
	(void)ctx;
	(void)e;
	return key && value && line ? 0 : -ERR_INVALID;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e;

	config_yaml((const char *)data, size, fuzz_set, NULL, &e);
	return 0;
}
