/* Answers come from whoever can send a packet, the files from whoever runs a container. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/traffic/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	uint16_t id = size > 1 ? (uint16_t)(data[0] << 8 | data[1]) : 0;
	struct names_search search;
	struct nets list = { 0 };

	if (text == NULL)
		return 0;
	names_of_answer(data, size, id, 1, &list, NULL);
	names_of_answer(data, size, id, 28, &list, NULL);
	names_of_hosts(text, "db.example.com", &list, NULL);
	names_candidates(text, "db", &search);
	nets_free(&list);
	free(text);
	return 0;
}
