/* A runtime's answers: the list of containers, and what it says of one. */
#include "target/cri.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Runtime__V1__ListContainersResponse *list = runtime__v1__list_containers_response__unpack(
		NULL, size, data);
	char *text = strndup((const char *)data, size);
	long long pid;

	for (size_t i = 0; list && i < list->n_containers; i++)
		pair_value(list->containers[i]->labels, list->containers[i]->n_labels, LABEL_UID);
	runtime__v1__list_containers_response__free_unpacked(list, NULL);
	if (text)
		cri_pid(text, &pid, NULL);
	free(text);
	return 0;
}
