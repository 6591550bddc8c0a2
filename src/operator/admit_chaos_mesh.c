/* Specs of chaos-mesh.org: what their definitions cannot put in, and the namespaces they reach. */
#include "operator/admit_chaos_mesh.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"

static void namespace_default(json_t *pod_selector, const char *own)
{
	json_t *selector = json_object_get(pod_selector, "selector");

	if (json_is_object(selector) && *own &&
		json_array_size(json_object_get(selector, "namespaces")) == 0)
		json_object_set_new(selector, "namespaces", json_pack("[s]", own));
}

/* "eth0@if16", as `ip link` shows it inside of a pod. */
static void device_cut(json_t *spec, const char *key)
{
	const char *device = json_text(spec, key), *at = strchr(device, '@');

	if (at)
		json_object_set_new(spec, key, json_stringn(device, (size_t)(at - device)));
}

void chaos_mesh_complete(json_t *spec, const char *own)
{
	namespace_default(spec, own);
	namespace_default(json_object_get(spec, "target"), own);
	device_cut(spec, "device");
	device_cut(spec, "targetDevice");
}

/* The name of none is that of all. */
static bool add(json_t *namespaces, const char *name)
{
	if (str_empty(name))
		return true;
	if (!json_has_text(namespaces, name))
		json_array_append_new(namespaces, json_string(name));
	return false;
}

static bool selector_reach(const json_t *selector, const char *own, json_t *namespaces)
{
	const json_t *list = json_object_get(selector, "namespaces"), *one;
	const json_t *pods = json_object_get(selector, "pods");
	bool all = false;
	const char *name;
	size_t i;

	json_array_foreach(list, i, one)
	{
		all |= add(namespaces, json_string_value(one));
	}
	json_object_foreach((json_t *)pods, name, one)
	{
		all |= add(namespaces, name);
	}
	if (json_array_size(list) == 0 && json_object_size(pods) == 0)
		all |= add(namespaces, own);
	return all;
}

bool chaos_mesh_reach(const json_t *spec, const char *own, json_t *namespaces)
{
	const json_t *target = json_object_get(spec, "target");
	bool all = selector_reach(json_object_get(spec, "selector"), own, namespaces);

	if (target)
		all |= selector_reach(json_object_get(target, "selector"), own, namespaces);
	return all;
}
