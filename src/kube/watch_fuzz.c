/* Any octets as a line of a watch, as an HTTP answer, as a kubeconfig. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/chunk.h"
#include "kube/config.h"
#include "kube/pod.h"
#include "kube/watch.h"

static void as_line(const char *text, size_t size)
{
	struct kube_event event;
	struct kube_pod pod;

	if (kube_event_parse(text, size, &event, NULL) < 0)
		return;
	kube_pod_read(event.object, &pod);
	json_decref(event.root);
}

static void as_answer(char *text, size_t size)
{
	struct chunk c;
	char *end = strstr(text, "\r\n\r\n");
	size_t own;
	int status;

	if (!end)
		return;
	*end = '\0';
	if (!chunk_begin(&c, text, &status))
		return;
	for (char *at = end + 4; at < text + size; at += 7) {
		size_t left = (size_t)(text + size - at), n = left < 7 ? left : 7;

		if (!chunk_take(&c, at, n, &own))
			return;
		if (own > n)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct kube_config config;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	as_line(text, size);
	if (kube_config_parse(text, ".", &config, NULL) == 0)
		kube_config_free(&config);
	as_answer(text, size);
	free(text);
	return 0;
}
