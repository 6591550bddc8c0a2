/* What the DNS servers shall hold, from objects and pods. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "dns/door/sync.pb-c.h"
#include "grpc/pbjson.h"
#include "operator/dns_list.h"

/* text: JSON with ' for ". */
static json_t *json_of(const char *text)
{
	char copy[4000];
	json_t *value;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *at = copy; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	value = json_loads(copy, 0, NULL);
	assert_non_null(value);
	return value;
}

/* records: "PHASE ns/pod/container uid", with commas. */
static void put(struct dns_list *l, const char *name, const char *made, const char *spec,
	const char *records, int64_t now_ms)
{
	autojson json_t *object = json_pack("{s:{s:s,s:s,s:s},s:o,s:{s:{s:[]}}}", "metadata",
		"namespace", "chaos", "name", name, "creationTimestamp", made, "spec",
		json_of(spec), "status", "experiment", "containerRecords");
	json_t *list = json_object_get(
		json_object_get(json_object_get(object, "status"), "experiment"),
		"containerRecords");
	autowords struct words words = { 0 };

	assert_int_equal(words_split(records, ',', &words, NULL), 0);
	for (size_t i = 0; i < words.n; i++) {
		char phase[32], id[100], uid[32];

		assert_int_equal(sscanf(words.v[i], "%31s %99s %31s", phase, id, uid), 3);
		json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "phase",
						    str_eq(phase, "in")	      ? "Injected"
						    : str_eq(phase, "going")  ? "Not Injected/Wait"
						    : str_eq(phase, "coming") ? "Injected/Wait"
									      : "Not Injected",
						    "id", id, "podUID", uid));
	}
	dns_list_put(l, object, now_ms);
}

/* Finds the pods: "name uid address,name uid -": - for the node's. Those that are not there: gone.
 */
static void find(struct dns_list *l, const char *cluster, int64_t now_ms)
{
	struct dns_pod pod;
	int64_t next;

	while (dns_list_look(l, now_ms, &pod, &next)) {
		autowords struct words words = { 0 };
		json_t *found = NULL;

		assert_int_equal(words_split(cluster, ',', &words, NULL), 0);
		for (size_t i = 0; i < words.n; i++) {
			char name[32], uid[32], address[32];

			assert_int_equal(
				sscanf(words.v[i], "%31s %31s %31s", name, uid, address), 3);
			if (str_eq(name, pod.name))
				found = json_pack("{s:{s:s,s:s,s:s},s:{s:b},s:{s:s}}", "metadata",
					"namespace", pod.namespace, "name", name, "uid", uid,
					"spec", "hostNetwork", str_eq(address, "-"), "status",
					"podIP", str_eq(address, "-") ? "192.0.2.1" : address);
		}
		dns_list_found(l, &pod, found, now_ms);
		json_decref(found);
	}
}

/* As the servers get it; all of it is a message that they take. */
static void gives(const struct dns_list *l, const char *wanted)
{
	autojson json_t *request = dns_list_request(l), *expected = json_of(wanted);
	autofree char *text = json_line_sorted(request),
		      *expected_text = json_line_sorted(expected);
	autoarena struct arena arena;
	ProtobufCMessage *message;

	assert_string_equal(text, expected_text);
	arena_init(&arena, 1 << 20);
	assert_int_equal(pb_from_json(&gale__dns__v1__sync_request__descriptor, request, &arena,
				 &message, NULL),
		0);
}

#define OLD "2026-01-01T00:00:00Z"
#define NEW "2026-01-02T00:00:00Z"

static void test_list(void **state)
{
	struct dns_list l;

	(void)state;
	dns_list_init(&l);
	assert_false(dns_list_whole(&l));
	dns_list_begin(&l);
	put(&l, "a", NEW,
		"{'action':'error','rcode':'nxdomain','patterns':['*.x'],'duration':'1h'}",
		"in ns/web/app u1,in ns/web/side u1,out ns/db/app u2", 0);
	put(&l, "b", OLD, "{'action':'static','domainIpMapping':['x=1.2.3.4','y=1.1.1.1','x=::1']}",
		"going ns/web/app u1,coming ns/gone/app u3", 1000);
	put(&l, "c", OLD, "{'action':'random'}", "out ns/web/app u1", 0);
	assert_false(dns_list_whole(&l));
	dns_list_end(&l);
	assert_false(dns_list_whole(&l));
	assert_int_equal(dns_list_has(&l, "chaos/a", "ns/web/u1"), DNS_UNLISTED);
	find(&l, "web u1 10.0.0.7,gone other 10.0.0.8", 1000);
	assert_true(dns_list_whole(&l));
	assert_int_equal(dns_list_has(&l, "chaos/a", "ns/web/u1"), DNS_LISTED);
	assert_int_equal(dns_list_has(&l, "chaos/a", "ns/db/u2"), DNS_UNLISTED);
	assert_int_equal(dns_list_has(&l, "chaos/b", "ns/gone/u3"), DNS_HOMELESS);
	assert_int_equal(dns_list_has(&l, "chaos/c", "ns/web/u1"), DNS_UNLISTED);
	gives(&l,
		"{'experiments':[{'uid':'chaos/b','action':'static','maps':[{'pattern':'x',"
		"'answers':['1.2.3.4','::1']},{'pattern':'y','answers':['1.1.1.1']}],"
		"'deadline_ms':2592001000,'clients':['ns/web']},{'uid':'chaos/a','action':"
		"'nxdomain','patterns':['*.x'],'deadline_ms':1767315600000,'clients':['ns/web']}],"
		"'pods':[{'namespace':'ns','name':'web','addresses':['10.0.0.7']}]}");
	dns_list_done(&l);
}

/* What makes another list, and what does not. */
static void test_changes(void **state)
{
	static const char spec[] = "{'action':'random'}";
	struct dns_list l;
	struct dns_pod pod;
	uint64_t changes;
	int64_t next;

	(void)state;
	dns_list_init(&l);
	dns_list_begin(&l);
	dns_list_end(&l);
	assert_true(dns_list_whole(&l));
	gives(&l, "{'experiments':[],'pods':[]}");
	changes = l.changes;
	put(&l, "a", OLD, spec, "out ns/web/app u1", 0);
	assert_int_equal(l.changes, changes);
	put(&l, "a", OLD, spec, "going ns/web/app u1", 0);
	assert_true(l.changes > changes);
	assert_false(dns_list_whole(&l));
	find(&l, "web u1 10.0.0.7", 0);
	changes = l.changes;
	put(&l, "a", OLD, spec, "in ns/web/app u1", 5000); /* also the deadline stays */
	find(&l, "web u1 10.0.0.7", 5000);
	assert_int_equal(l.changes, changes);
	assert_false(dns_list_look(&l, 5000, &pod, &next));
	assert_int_equal(next, 60000);
	find(&l, "web u1 10.0.0.9", 60000); /* a sandbox of another address */
	assert_int_equal(l.changes, changes + 1);
	dns_list_begin(&l); /* listed again: all is as it was, or it is not */
	put(&l, "a", OLD, spec, "in ns/web/app u1", 6000);
	dns_list_end(&l);
	assert_int_equal(l.changes, changes + 1);
	dns_list_begin(&l);
	dns_list_end(&l);
	assert_int_equal(l.changes, changes + 2);
	gives(&l, "{'experiments':[],'pods':[]}");
	assert_int_equal(json_object_size(l.pods), 0);
	dns_list_done(&l);
}

static void test_pods(void **state)
{
	autojson json_t *object = json_of("{'metadata':{'namespace':'chaos','name':'a'}}");
	struct dns_list l;
	struct dns_pod pod;
	int64_t next;

	(void)state;
	dns_list_init(&l);
	dns_list_begin(&l);
	dns_list_end(&l);
	put(&l, "a", OLD, "{'action':'error'}", "in ns/net/c u1,in ns/new/c u2,in ns/web/c u3", 0);
	find(&l, "net u1 -,web u3 10.0.0.7", 0);
	assert_int_equal(dns_list_has(&l, "chaos/a", "ns/net/u1"), DNS_ON_ITS_NODE);
	assert_int_equal(dns_list_has(&l, "chaos/a", "ns/new/u2"), DNS_HOMELESS);
	assert_false(dns_list_look(&l, 59000, &pod, &next)); /* who is gone stays so */
	assert_true(dns_list_look(&l, 60000, &pod, &next));
	assert_string_equal(pod.name, "net");
	assert_true(dns_list_whole(&l));
	/* records that name no pod */
	put(&l, "a", OLD, "{'action':'error'}", "in ns/../c u1,in ns/web u1,in //c u1", 0);
	assert_true(dns_list_whole(&l));
	gives(&l, "{'experiments':[],'pods':[]}");
	put(&l, "a", OLD, "{'action':'error'}", "in ns/web/c u3", 0);
	assert_false(dns_list_whole(&l));
	dns_list_gone(&l, object);
	gives(&l, "{'experiments':[],'pods':[]}");
	dns_list_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_pods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
