/* Defaults, patches, namespaces touched, answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "operator/admit.h"
#include "operator/admit_chaos_mesh.h"
#include "operator/admit_rights.h"
#include "operator/blade_spec.h"

#define USER "\"userInfo\":{\"username\":\"bob\",\"groups\":[\"g\"],\"extra\":{\"k\":[\"v\"]}}"
#define KIND(k)                                                                                    \
	"\"kind\":{\"group\":\"chaos-mesh.org\",\"version\":\"v1alpha1\",\"kind\":\"" k "\"},"     \
	"\"resource\":{\"group\":\"chaos-mesh.org\",\"version\":\"v1alpha1\",\"resource\":\"x\"}"
#define REVIEW(kind, operation, rest)                                                              \
	"{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"       \
	"\"uid\":\"u-1\",\"operation\":\"" operation                                               \
	"\",\"namespace\":\"demo\"," KIND(kind) "," USER "," rest "}}"
#define OBJECT(spec) "\"object\":{\"spec\":" spec "}"
#define OLD(spec)    "\"oldObject\":{\"spec\":" spec "}"
#define KILL(rest)   "{\"action\":\"pod-kill\",\"mode\":\"all\"" rest "}"

static json_t *parsed(const char *text)
{
	json_t *v = NULL;

	assert_int_equal(json_parse(text, strlen(text), &v, NULL), 0);
	return v;
}

static void is(json_t *seen, const char *wanted)
{
	autofree char *text = seen ? json_line(seen) : NULL;

	assert_string_equal(text ? text : "NULL", wanted);
	json_decref(seen);
}

static void review(const char *text, struct review *ret)
{
	struct err e = { 0 };

	if (review_read(text, strlen(text), ret, &e) < 0)
		fail_msg("%s", e.msg);
}

/* --- defaults --------------------------------------------------------------------------------- */

static json_t *completed(const char *text)
{
	json_t *spec = parsed(text);

	chaos_mesh_complete(spec, "demo");
	return spec;
}

static void test_defaults(void **state)
{
	(void)state;
	is(completed("{\"selector\":{}}"), "{\"selector\":{\"namespaces\":[\"demo\"]}}");
	is(completed("{\"selector\":{\"namespaces\":[]},\"target\":{\"selector\":{}}}"),
		"{\"selector\":{\"namespaces\":[\"demo\"]},"
		"\"target\":{\"selector\":{\"namespaces\":[\"demo\"]}}}");
	is(completed("{\"selector\":{\"namespaces\":[\"a\"]}}"),
		"{\"selector\":{\"namespaces\":[\"a\"]}}");
	is(completed("{\"device\":\"eth0@if16\",\"targetDevice\":\"eth1\"}"),
		"{\"device\":\"eth0\",\"targetDevice\":\"eth1\"}");
	is(completed("{\"selector\":3,\"target\":[],\"device\":1}"),
		"{\"selector\":3,\"target\":[],\"device\":1}");
}

static void defaults(const char *text, const char *wanted)
{
	autoreview struct review r = { 0 };

	review(text, &r);
	is(admit_defaults(&r), wanted);
}

/* A new object is held, too: these two changes stand last. */
static void new_defaults(const char *text, const char *wanted)
{
	autoreview struct review r = { 0 };
	json_t *patch, *finalizers, *annotations;
	size_t n;

	review(text, &r);
	patch = admit_defaults(&r);
	n = json_array_size(patch);
	assert_true(n >= 2);
	finalizers = json_array_get(patch, n - 2);
	annotations = json_array_get(patch, n - 1);
	assert_string_equal(json_text(finalizers, "path"), "/metadata/finalizers");
	assert_true(json_has_text(json_object_get(finalizers, "value"), "chaos-mesh/records"));
	assert_string_equal(json_text(annotations, "path"), "/metadata/annotations");
	assert_non_null(json_object_get(json_object_get(annotations, "value"), "gale/seed"));
	json_array_remove(patch, n - 1);
	json_array_remove(patch, n - 2);
	is(patch, wanted);
}

static void test_patch(void **state)
{
	const char *patch = "[{\"op\":\"replace\",\"path\":\"/spec\",\"value\":{\"selector\":"
			    "{\"namespaces\":[\"demo\"]}}}]";

	(void)state;
	new_defaults(REVIEW("PodChaos", "CREATE", OBJECT("{\"selector\":{}}")), patch);
	new_defaults(
		REVIEW("PodChaos", "CREATE", OBJECT("{\"selector\":{\"namespaces\":[\"a\"]}}")),
		"[]");
	new_defaults(REVIEW("PodChaos", "CREATE", OBJECT("7")), "[]");
	defaults(REVIEW("Other", "CREATE", OBJECT("{\"selector\":{}}")), "NULL");
	/* one from before stays as it is; who sends it anew without defaults gets them again */
	defaults(REVIEW("PodChaos", "UPDATE",
			 OBJECT("{\"selector\":{}}") "," OLD("{\"selector\":{}}")),
		"NULL");
	defaults(REVIEW("PodChaos", "UPDATE",
			 OBJECT("{\"selector\":{}}") "," OLD(
				 "{\"selector\":{\"namespaces\":[\"demo\"]}}")),
		patch);
}

/* --- validation ------------------------------------------------------------------------------- */

static void spec(const char *text, int wanted, const char *message)
{
	autoreview struct review r = { 0 };
	struct err e = { 0 };

	review(text, &r);
	assert_int_equal(admit_spec(&r, &e), wanted);
	if (!strstr(e.msg, message))
		fail_msg("`%s` in `%s`", message, e.msg);
}

static void test_spec(void **state)
{
	(void)state;
	spec(REVIEW("PodChaos", "CREATE", OBJECT(KILL(",\"selector\":{}"))), 0, "");
	spec(REVIEW("PodChaos", "CREATE", OBJECT(KILL(",\"duration\":\"x\",\"selector\":{}"))),
		-ERR_INVALID, "spec.duration: ");
	spec(REVIEW("PodChaos", "CREATE", OBJECT("{\"action\":\"no\",\"mode\":\"one\"}")),
		-ERR_INVALID, "pod-kill, pod-failure or container-kill");
	spec(REVIEW("Other", "CREATE", OBJECT("{}")), -ERR_UNSUPPORTED, "Other.chaos-mesh.org");
	spec(REVIEW("PodChaos", "UPDATE", OBJECT(KILL("")) "," OLD(KILL(",\"value\":\"1\""))),
		-ERR_INVALID, "Cannot update chaos spec");
	/* what nobody asked about once can still be ended */
	spec(REVIEW("PodChaos", "UPDATE", OBJECT("{\"mode\":\"x\"}") "," OLD("{\"mode\":\"x\"}")),
		0, "");
}

/* --- rights ----------------------------------------------------------------------------------- */

static void reached(const char *text, bool all, const char *wanted)
{
	autojson json_t *s = parsed(text);
	json_t *namespaces = json_array();

	assert_int_equal(chaos_mesh_reach(s, "demo", namespaces), all);
	is(namespaces, wanted);
}

static void test_reach(void **state)
{
	(void)state;
	reached("{\"selector\":{}}", false, "[\"demo\"]");
	reached("{}", false, "[\"demo\"]");
	reached("{\"selector\":{\"namespaces\":[\"a\",\"b\",\"a\"]}}", false, "[\"a\",\"b\"]");
	reached("{\"selector\":{\"pods\":{\"a\":[\"x\"],\"b\":[]}}}", false, "[\"a\",\"b\"]");
	reached("{\"selector\":{\"namespaces\":[\"c\"],\"pods\":{\"a\":[\"x\"]}}}", false,
		"[\"c\",\"a\"]");
	reached("{\"selector\":{\"namespaces\":[\"a\"]},\"target\":{\"selector\":"
		"{\"namespaces\":[\"b\"]}}}",
		false, "[\"a\",\"b\"]");
	reached("{\"selector\":{\"namespaces\":[\"a\"]},\"target\":{\"selector\":{}}}", false,
		"[\"a\",\"demo\"]");
	reached("{\"selector\":{\"namespaces\":[\"\"]}}", true, "[]");
	reached("{\"selector\":{\"namespaces\":[7]}}", true, "[]");
}

static void blades(const char *experiments, bool all, const char *wanted)
{
	autojson json_t *s = json_object();
	json_t *namespaces = json_array();

	json_object_set_new(s, "experiments", parsed(experiments));
	assert_int_equal(blade_reach(s, "", namespaces), all);
	is(namespaces, wanted);
}

#define BLADE(scope, matchers)                                                                     \
	"{\"scope\":\"" scope                                                                      \
	"\",\"target\":\"cpu\",\"action\":\"fullload\",\"matchers\":[" matchers "]}"
#define IN(n) "{\"name\":\"namespace\",\"value\":[\"" n "\"]}"

static void test_blade(void **state)
{
	(void)state;
	blades("[]", false, "[]");
	blades("[" BLADE("pod", "") "]", false, "[\"default\"]");
	blades("[" BLADE("pod", IN("a")) "," BLADE("container", IN("b")) "]", false,
		"[\"a\",\"b\"]");
	blades("[" BLADE("pod", IN("a")) "," BLADE("node", "") "]", true, "[\"a\"]");
	blades("[" BLADE("pod", IN("a,b")) "]", true, "[]");
}

static int noted(void *ctx, const struct review *r, const char *namespace, struct err *e)
{
	(void)r;
	json_array_append_new(ctx, json_string(namespace));
	return *namespace == 'n' ? err_set(e, ERR_DENIED, 0, "not in %s", namespace) : 0;
}

static void asked(const char *text, int wanted, const char *whom)
{
	json_t *seen = json_array();
	const struct admit_rights rights = { noted, seen };
	autoreview struct review r = { 0 };
	struct err e = { 0 };

	review(text, &r);
	assert_int_equal(admit_reach(&r, &rights, &e), wanted);
	is(seen, whom);
}

#define PAUSED(yes)                                                                                \
	"{\"spec\":{},\"metadata\":{\"annotations\":{\"experiment.chaos-mesh.org/pause\":\"" yes   \
	"\"}}}"

static void test_rights(void **state)
{
	const struct admit_rights none = { 0 };
	autoreview struct review r = { 0 };

	(void)state;
	asked(REVIEW("PodChaos", "CREATE", OBJECT("{\"selector\":{}}")), 0, "[\"demo\"]");
	asked(REVIEW("PodChaos", "CREATE", OBJECT("{\"selector\":{\"namespaces\":[\"a\",\"n\"]}}")),
		-ERR_DENIED, "[\"a\",\"n\"]");
	asked(REVIEW("PodChaos", "CREATE", OBJECT("{\"selector\":{\"namespaces\":[\"\"]}}")), 0,
		"[\"\"]");
	asked(REVIEW("PodChaos", "UPDATE", OBJECT("{}") "," OLD("{}")), 0, "[]");
	asked(REVIEW("PodChaos", "UPDATE",
		      "\"object\":" PAUSED("false") ",\"oldObject\":" PAUSED("true")),
		0, "[\"demo\"]");
	asked(REVIEW("PodChaos", "UPDATE",
		      "\"object\":" PAUSED("true") ",\"oldObject\":" PAUSED("true")),
		0, "[]");
	review(REVIEW("PodChaos", "CREATE", OBJECT("{\"selector\":{}}")), &r);
	assert_int_equal(admit_reach(&r, &none, NULL), 0);
}

/* More than can be asked in time are the whole cluster. */
static void test_many(void **state)
{
	autojson json_t *object = parsed(REVIEW("PodChaos", "CREATE", OBJECT("{\"selector\":{}}")));
	json_t *list = json_array(), *request = json_object_get(object, "request"), *s;
	autofree char *text = NULL;
	char name[16];

	(void)state;
	for (int i = 0; i < 65; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		json_array_append_new(list, json_string(name));
	}
	s = json_object_get(json_object_get(request, "object"), "spec");
	json_object_set_new(json_object_get(s, "selector"), "namespaces", list);
	text = json_line(object);
	asked(text, 0, "[\"\"]");
}

static void test_question(void **state)
{
	autoreview struct review r = { 0 };

	(void)state;
	review(REVIEW("PodChaos", "CREATE", OBJECT("{}")), &r);
	is(rights_review(&r, "a"),
		"{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SubjectAccessReview\","
		"\"spec\":{\"user\":\"bob\",\"groups\":[\"g\"],\"extra\":{\"k\":[\"v\"]},"
		"\"resourceAttributes\":{\"verb\":\"create\",\"group\":\"chaos-mesh.org\","
		"\"resource\":\"x\",\"namespace\":\"a\"}}}");
}

/* --- questions and answers -------------------------------------------------------------------- */

static json_t *answered(const char *path, const char *text)
{
	const struct admit_rights none = { 0 };
	autofree char *answer = NULL;
	struct err e = { 0 };

	assert_in_range(admit(path, text, strlen(text), &none, &answer, &e), 0, 1);
	return parsed(answer);
}

static void test_answer(void **state)
{
	const char *good = REVIEW("PodChaos", "CREATE", OBJECT(KILL(",\"selector\":{}")));
	const char *bad = REVIEW("PodChaos", "CREATE", OBJECT("{\"mode\":\"x\"}"));
	autojson json_t *mutated = answered("/mutate-chaos-mesh-org-v1alpha1-podchaos", good);
	const json_t *response = json_object_get(mutated, "response");
	const char *patch = json_text(response, "patch");
	unsigned char text[512];
	size_t len;

	(void)state;
	assert_string_equal(json_text(response, "uid"), "u-1");
	assert_string_equal(json_text(response, "patchType"), "JSONPatch");
	assert_int_equal(sodium_base642bin(text, sizeof(text), patch, strlen(patch), NULL, &len,
				 NULL, sodium_base64_VARIANT_ORIGINAL),
		0);
	text[len] = '\0';
	assert_non_null(strstr((char *)text, "\"namespaces\":[\"demo\"]"));
	is(answered("/validate-chaos-mesh-org-v1alpha1-podchaos", good),
		"{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
		"\"response\":{\"uid\":\"u-1\",\"allowed\":true}}");
	is(answered("/validate-chaos-mesh-org-v1alpha1-podchaos", bad),
		"{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
		"\"response\":{\"uid\":\"u-1\",\"allowed\":false,\"status\":{\"code\":422,"
		"\"reason\":\"Invalid\",\"message\":\"illegal `spec.mode` parameter value: `x`. "
		"one, all, fixed, fixed-percent or random-max-percent\"}}}");
}

static void refused(const char *path, const char *text, int wanted)
{
	const struct admit_rights none = { 0 };
	char *answer = NULL;
	struct err e = { 0 };

	assert_int_equal(admit(path, text, strlen(text), &none, &answer, &e), wanted);
	assert_null(answer);
}

static void test_refused(void **state)
{
	(void)state;
	refused("/", "{}", -ERR_NOTFOUND);
	refused("/validate-auth", "", -ERR_INVALID);
	refused("/validate-auth", "{}", -ERR_INVALID);
	refused("/validate-auth", "{\"kind\":\"AdmissionReview\"}", -ERR_INVALID);
	refused("/validate-auth", REVIEW("PodChaos", "CREATE", "\"object\":null"), -ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_patch),
		cmocka_unit_test(test_spec),
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_blade),
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_question),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
