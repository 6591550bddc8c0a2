/* What an API server says of a ChaosBlade object, and of its events. */
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "cli/k8s_object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autobuf struct buf text = BUF_INIT(4096);
	json_t *object;

	if (json_parse((const char *)data, size, &object, NULL) < 0)
		return 0;
	k8s_object_came_to(object);
	k8s_object_code(object);
	k8s_object_reason(object, json_object_get(object, "items"), &text);
	json_decref(k8s_object_result(object));
	json_decref(object);
	return 0;
}
