/* Any answer of an agent. */
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "box/fleet/order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autojson json_t *owner = NULL, *body = NULL;
	struct agent_reply reply;
	struct device device;

	/* The text of an answer ends with a NUL, as the client gives it. */
	if (size == 0 || data[size - 1] != '\0')
		return 0;
	order_decode((const char *)data, size - 1, &reply, &owner, NULL);
	if (json_parse((const char *)data, size - 1, &body, NULL) == 0)
		fleet_read_registration(body, &device, NULL);
	return 0;
}
