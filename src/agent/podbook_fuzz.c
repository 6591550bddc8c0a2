/* Pods and services of an API server, the answers of a console, and a file that was torn. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/podbook.h"
#include "agent/podbook_file.h"
#include "base/cleanup.h"
#include "base/json.h"

static void act(struct podbook *p, const json_t *one, struct buf *notes)
{
	podbook_seen(p, json_object_get(one, "pod"));
	podbook_gone(p, json_object_get(one, "gone"));
	podbook_service_seen(p, json_object_get(one, "service"));
	podbook_service_gone(p, json_object_get(one, "unserved"));
	free(podbook_body(p));
	podbook_accepted(p, json_object_get(one, "result"), podbook_file_note, notes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autobuf struct buf notes = BUF_INIT(4096);
	autofree char *text = strndup((const char *)data, size);
	autojson json_t *list = NULL;
	struct podbook *p;
	json_t *one;
	size_t i;

	if (!text || podbook_new(&p, NULL) < 0)
		return 0;
	podbook_file_read(text, p);
	podbook_service_end(p);
	podbook_begin(p);
	json_parse((const char *)data, size, &list, NULL);
	json_array_foreach(list, i, one)
	{
		act(p, one, &notes);
	}
	podbook_end(p);
	podbook_failed(p);
	free(podbook_body(p));
	podbook_free(p);
	return 0;
}
