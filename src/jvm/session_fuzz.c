/* Fuzzes the answers of the library: whoever owns the JVM may write them. */
#include <stdint.h>
#include <string.h>

#include "jvm/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct answer a;

	if (size >= sizeof(a.reply.text))
		return 0;
	memcpy(a.reply.text, data, size);
	a.reply.text[size] = '\0';
	a.reply.len = (uint32_t)size;
	if (answer_parse(&a, NULL) == 0)
		answer_int(&a, "methods");
	return 0;
}
