/* What a signed order becomes, and which are refused. */
#include "agent/node_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "node/node.pb-c.h"

#define NOW	1000000
#define T(text) ((char *)(text)) /* as protobuf-c has them */

static struct node_ended ended;

/* The words, joined by blanks, or the kind of the error; the caller frees nothing. */
static const char *words_of(const Gale__Node__V1__Order *o)
{
	static char text[1000];
	const struct words allow = { 0 };
	const struct node_rules rules = {
		.node = "n", .allow = &allow, .now_ms = NOW, .begun_ms = NOW - 1000, .ended = &ended
	};
	autofree uint8_t *packed = malloc(gale__node__v1__order__get_packed_size(o));
	autowords struct words words = { 0 };
	struct err e;
	size_t len;
	int r;

	assert_non_null(packed);
	len = gale__node__v1__order__pack(o, packed);
	r = node_order_words(packed, len, &rules, &words, &e);
	if (r < 0)
		return err_name((enum err_kind) - r);
	*text = '\0';
	for (size_t i = 0; i < words.n; i++) {
		strncat(text, words.v[i], sizeof(text) - strlen(text) - 2);
		strncat(text, i + 1 < words.n ? " " : "", 2);
	}
	return text;
}

struct parts {
	Gale__Node__V1__Order order;
	Gale__Node__V1__Create create;
	Gale__Node__V1__Destroy destroy;
	Gale__Node__V1__Container container;
	Gale__Node__V1__Flag flag, *flags[1];
};

static void parts_make(struct parts *p)
{
	*p = (struct parts){ GALE__NODE__V1__ORDER__INIT, GALE__NODE__V1__CREATE__INIT,
		GALE__NODE__V1__DESTROY__INIT, GALE__NODE__V1__CONTAINER__INIT,
		GALE__NODE__V1__FLAG__INIT, { 0 } };
	p->flags[0] = &p->flag;
	p->flag.name = T("time");
	p->flag.value = T("100 or; more");
	p->create.target = T("network");
	p->create.action = T("delay");
	p->create.timeout_ms = 1500;
	p->create.flags = p->flags;
	p->create.n_flags = 1;
	p->order.node = T("n");
	p->order.uid = T("u-1");
	p->order.issued_ms = NOW - 10;
	p->order.expires_ms = NOW + 10;
	p->order.what_case = GALE__NODE__V1__ORDER__WHAT_CREATE;
	p->order.create = &p->create;
}

static void becomes_words(void **state)
{
	struct parts p;

	(void)state;
	parts_make(&p);
	assert_string_equal(words_of(&p.order),
		"create network delay --uid=u-1 --timeout=1500ms --time=100 or; more");
	p.create.container = &p.container;
	p.container.id = T("containerd://0123");
	p.container.pod_uid = T("pod");
	assert_string_equal(words_of(&p.order),
		"create cri network delay --uid=u-1 --timeout=1500ms --container-id=0123 "
		"--time=100 or; more");
	p.container.id = T("");
	p.create.n_flags = 0;
	assert_string_equal(words_of(&p.order),
		"create cri network delay --uid=u-1 --timeout=1500ms --pod-uid=pod");
	p.container.pod_uid = T("");
	assert_string_equal(words_of(&p.order), "missing");
}

static void refuses_what_is_not_of_now(void **state)
{
	struct parts p;

	(void)state;
	parts_make(&p);
	p.order.node = T("m");
	assert_string_equal(words_of(&p.order), "denied");
	parts_make(&p);
	p.order.expires_ms = NOW;
	assert_string_equal(words_of(&p.order), "busy");
	parts_make(&p);
	p.order.issued_ms = NOW - 1001;
	assert_string_equal(words_of(&p.order), "busy");
	parts_make(&p);
	p.order.issued_ms = NOW + 60001;
	p.order.expires_ms = NOW + 60002;
	assert_string_equal(words_of(&p.order), "busy");
	parts_make(&p);
	p.order.expires_ms = p.order.issued_ms + 600001;
	assert_string_equal(words_of(&p.order), "invalid");
	p.order.issued_ms = INT64_MIN;
	p.order.expires_ms = INT64_MAX;
	assert_string_equal(words_of(&p.order), "busy");
}

static void refuses_what_is_malformed(void **state)
{
	static const char *const names[] = { "uid", "timeout", "container-id", "pod-uid", "",
		"a b" };
	struct parts p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		parts_make(&p);
		p.flag.name = T(names[i]);
		assert_string_equal(words_of(&p.order), "invalid");
	}
	p.flag.name = T("state");
	assert_string_equal(words_of(&p.order), "denied");
	parts_make(&p);
	p.create.timeout_ms = 0;
	assert_string_equal(words_of(&p.order), "invalid");
	parts_make(&p);
	p.create.target = T("--uid=x");
	assert_string_equal(words_of(&p.order), "invalid");
	parts_make(&p);
	p.order.uid = T("-u");
	assert_string_equal(words_of(&p.order), "invalid");
	parts_make(&p);
	p.order.what_case = GALE__NODE__V1__ORDER__WHAT__NOT_SET;
	assert_string_equal(words_of(&p.order), "invalid");
}

static void what_has_ended_does_not_begin(void **state)
{
	struct parts p;

	(void)state;
	parts_make(&p);
	p.order.what_case = GALE__NODE__V1__ORDER__WHAT_DESTROY;
	p.order.destroy = &p.destroy;
	assert_string_equal(words_of(&p.order), "destroy u-1");
	assert_string_equal(words_of(&p.order), "destroy u-1");
	parts_make(&p);
	assert_string_equal(words_of(&p.order), "conflict");
	p.order.uid = T("u-2");
	assert_true(words_of(&p.order)[0] == 'c' && words_of(&p.order)[1] == 'r');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(becomes_words),
		cmocka_unit_test(refuses_what_is_not_of_now),
		cmocka_unit_test(refuses_what_is_malformed),
		cmocka_unit_test(what_has_ended_does_not_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
