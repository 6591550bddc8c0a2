/* Fuzzes the counters' file: whoever owns the JVM writes it. */
#include <stdint.h>

#include "jvm/perfdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[64];

	perfdata_text(data, size, "sun.rt.javaCommand", text, sizeof(text), NULL);
	return 0;
}
