/* Kubernetes' events. */
#include "operator/tell.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"

void tell_add(json_t *events, const json_t *object, const char *reason, const char *message)
{
	const json_t *meta = json_object_get(object, "metadata");
	bool bad = str_eq(reason, "Failed") || str_eq(reason, "NotSupported");
	const char *namespace = json_text(meta, "namespace");
	char name[160], now[40];
	json_t *event;

	clock_rfc3339_at(clock_wall_ms() / 1000 * 1000, now);
	snprintf(name, sizeof(name), "%.120s.", json_text(meta, "name"));
	event = json_pack(
		"{s:{s:s,s:s,s:{s:s}},s:{s:O?,s:O?,s:O?,s:O?,s:O?},s:s,s:o,s:s,s:s,s:s,s:i,"
		"s:{s:s},s:s}",
		"metadata", "generateName", name, "namespace", *namespace ? namespace : "default",
		"annotations", "chaos-mesh.org/type", reason, "involvedObject", "apiVersion",
		json_object_get(object, "apiVersion"), "kind", json_object_get(object, "kind"),
		"namespace", json_object_get(meta, "namespace"), "name",
		json_object_get(meta, "name"), "uid", json_object_get(meta, "uid"), "reason",
		reason, "message", json_str(message), "type", bad ? "Warning" : "Normal",
		"firstTimestamp", now, "lastTimestamp", now, "count", 1, "source", "component",
		"gale-operator", "reportingComponent", "gale-operator");
	json_array_append_new(events, event);
}

int tell_send(const struct kube_api *a, json_t *events, struct err *e)
{
	const json_t *one;
	size_t i;
	int r = 0;

	json_array_foreach(events, i, one)
	{
		char path[512];
		struct kube_ask ask = { .method = "POST", .path = path, .body = one };

		snprintf(path, sizeof(path), "/api/v1/namespaces/%s/events",
			json_text(json_object_get(one, "metadata"), "namespace"));
		if (r == 0)
			r = kube_call(a, &ask, NULL, e);
	}
	json_array_clear(events);
	return r;
}
