/* The DNS servers behind a Service. */
#include "operator/dns_endpoints.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"

static long long port_of(const json_t *slice)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(slice, "ports"), i, one)
	{
		if (str_eq(json_text(one, "name"), "grpc"))
			return json_integer_value(json_object_get(one, "port"));
	}
	return 0;
}

static size_t add(struct dns_endpoint *list, size_t n, const struct dns_endpoint *new)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].address, new->address)) {
			list[i].ready |= new->ready;
			return n;
		}
	if (n < DNS_ENDPOINTS_MOST)
		list[n++] = *new;
	return n;
}

/* Without the condition it counts as ready, says the API. */
static size_t add_all(struct dns_endpoint *list, size_t n, const json_t *slice, bool six)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(slice, "endpoints"), i, one)
	{
		const json_t *conditions = json_object_get(one, "conditions");
		const char *address = json_string_value(
			json_array_get(json_object_get(one, "addresses"), 0));
		struct dns_endpoint new = { .ready = !json_is_false(
						    json_object_get(conditions, "ready")) };

		if (!address)
			continue;
		snprintf(new.address, sizeof(new.address), "%s%s%s:%lld", six ? "[" : "", address,
			six ? "]" : "", port_of(slice));
		n = add(list, n, &new);
	}
	return n;
}

size_t dns_endpoints_read(const json_t *slices, const char *service,
	struct dns_endpoint ret[static DNS_ENDPOINTS_MOST])
{
	static const char *const types[] = { "IPv4", "IPv6" };
	const char *key;
	json_t *slice;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(types) && n == 0; i++) {
		json_object_foreach((json_t *)slices, key, slice)
		{
			const json_t *labels = json_object_get(
				json_object_get(slice, "metadata"), "labels");

			if (str_eq(json_text(labels, "kubernetes.io/service-name"), service) &&
				str_eq(json_text(slice, "addressType"), types[i]) &&
				port_of(slice) > 0)
				n = add_all(ret, n, slice, i == 1);
		}
	}
	return n;
}
