/* Fuzzes the parsers of what a process shows of itself: names, options and paths are its own. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jvm/jvm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	char container[65];
	struct jvm jvm;

	jvm_parse_status(text, &jvm, NULL);
	jvm_parse_container(text, container);
	jvm_switch(text, "DisableAttachMechanism", false);
	jvm_release(text);
	free(text);
	return 0;
}
