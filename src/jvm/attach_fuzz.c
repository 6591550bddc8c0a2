/* Fuzzes the reply to a load: whoever owns the JVM may write it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jvm/attach.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	int code;

	attach_reply_parse(text, &code, NULL);
	free(text);
	return 0;
}
