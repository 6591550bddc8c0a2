/* Answers of agents. */
#include "box/drill/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reply reply;
	json_t *effect;

	reply_parse((const char *)data, size, &reply, &effect);
	json_decref(effect);
	return 0;
}
