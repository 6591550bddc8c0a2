#include "jvm/agent/sql.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool inside(void *ctx, const char *name, size_t len)
{
	(void)ctx;
	assert(len <= 2 * SQL_NAME_MAX);
	for (size_t i = 0; i < len; i++) /* so that a sanitizer sees a name that is too long */
		(void)*(const volatile char *)(name + i);
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);
	const char *verb;
	size_t len;

	assert(copy);
	memcpy(copy, data, size);
	for (int backslash = 0; backslash < 2; backslash++) {
		const struct sql sql = { copy, size, backslash };

		if (sql_verb(&sql, &verb, &len))
			assert(verb >= copy && verb + len <= copy + size);
		sql_tables(&sql, inside, NULL);
	}
	free(copy);
	return 0;
}
