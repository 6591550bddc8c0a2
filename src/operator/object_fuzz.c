/* Any JSON as an object of each kind, and as a pod. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "operator/blade_status.h"
#include "operator/dns_endpoints.h"
#include "operator/dns_list.h"
#include "operator/kind.h"
#include "operator/record.h"
#include "operator/select.h"
#include "operator/select_mode.h"
#include "operator/select_query.h"

static void as_status(const json_t *object)
{
	autojson json_t *status = json_deep_copy(json_object_get(object, "status"));
	const struct outcome failed = { true, -ERR_TIMEOUT, "" };
	json_t *one;
	size_t i;

	if (!json_is_object(status))
		return;
	json_array_foreach(records_of(status), i, one)
	{
		struct seen seen;

		record_seen(one, &seen);
		record_outcome(one, &failed, 0);
	}
	status_update(status, &(struct plan){ .run = true }, false, NULL);
	blade_show(status, &(struct wanted){ 0 }, &(struct plan){ .run = true });
}

static void as_selector(const json_t *object)
{
	const json_t *spec = json_object_get(object, "spec");
	const json_t *selector = json_object_get(spec, "selector");
	autobuf struct buf query = BUF_INIT(65536);
	autojson json_t *pods = json_array();

	select_query(selector, &query, NULL);
	for (int i = 0; i < 3; i++)
		if (select_fits(selector, json_object_get(selector, "nodes"), object))
			json_array_append(pods, (json_t *)object);
	if (select_mode(spec, 1, pods, NULL) == 0 && json_array_size(pods) > 3)
		abort();
}

/* A list of DNS servers' rules of it, which is a message, with itself as each of its pods. */
static void as_dns(const json_t *object)
{
	struct dns_endpoint endpoints[DNS_ENDPOINTS_MOST];
	struct dns_list l;
	struct dns_pod pod;
	int64_t next;

	dns_endpoints_read(object, "a", endpoints);
	dns_list_init(&l);
	dns_list_begin(&l);
	dns_list_end(&l);
	dns_list_put(&l, object, 0);
	while (dns_list_look(&l, 0, &pod, &next))
		dns_list_found(&l, &pod, object, 0);
	if (!dns_list_whole(&l))
		abort();
	json_decref(dns_list_request(&l));
	dns_list_gone(&l, object);
	dns_list_done(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autojson json_t *object = NULL;
	struct wanted wanted;
	uint64_t seed;

	if (json_parse((const char *)data, size, &object, NULL) < 0)
		return 0;
	wanted_read(object, "", &wanted);
	seed_read(object, &seed, NULL);
	for (size_t i = 0; i < n_kinds; i++)
		kind_check(&kinds[i], json_object_get(object, "spec"), NULL);
	as_selector(object);
	as_status(object);
	as_dns(object);
	return 0;
}
