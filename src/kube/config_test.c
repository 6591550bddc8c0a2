/* Kubeconfig files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "kube/config.h"

#define HEAD(current)                                                                              \
	"apiVersion: v1\nkind: Config\ncurrent-context: " current "\n"                             \
	"contexts:\n- {name: other, context: {cluster: none, user: none}}\n"                       \
	"- context:\n    cluster: c\n    user: u\n  name: here\n"
#define CLUSTER(server)                                                                            \
	"clusters:\n- cluster:\n    certificate-authority-data: Q0E=\n    server: " server         \
	"\n  name: c\n"
#define USER(rest) "users:\n- name: u\n  user:\n" rest

static void test_reads(void **state)
{
	struct kube_config c;
	struct err e = { 0 };

	(void)state;
	if (kube_config_parse(
		    HEAD("here") CLUSTER("https://[fd00::1]:6443/k8s/x/")
			    USER("    client-certificate: own.crt\n    client-key: /abs/own.key\n"
				 "    token: secret\n"),
		    "/etc/kube", &c, &e) < 0)
		fail_msg("%s", e.msg);
	assert_true(c.tls);
	assert_false(c.insecure);
	assert_string_equal(c.host, "fd00::1");
	assert_string_equal(c.port, "6443");
	assert_string_equal(c.base, "/k8s/x");
	assert_string_equal(c.ca.text, "CA");
	assert_null(c.ca.path);
	assert_string_equal(c.cert.path, "/etc/kube/own.crt");
	assert_string_equal(c.key.path, "/abs/own.key");
	assert_string_equal(c.token.text, "secret");
	kube_config_free(&c);
	assert_int_equal(
		kube_config_parse(HEAD("here") CLUSTER("http://api") USER("    {}\n"), "", &c, &e),
		0);
	assert_false(c.tls);
	assert_string_equal(c.host, "api");
	assert_string_equal(c.port, "80");
	assert_string_equal(c.base, "");
	kube_config_free(&c);
}

static void test_refuses(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "", "empty" },
		{ "a: [", "line" },
		{ "[x]", "contexts" },
		{ HEAD("nosuch"), "nosuch" },
		{ HEAD("here"), "clusters" },
		{ HEAD("here") CLUSTER("ftp://x"), "server" },
		{ HEAD("here") CLUSTER("https://"), "server" },
		{ HEAD("here") CLUSTER("https://x"), "users" },
		{ HEAD("here") CLUSTER("https://x") USER("    exec: {command: aws}\n"), "exec" },
		{ HEAD("here") CLUSTER("https://x") USER("    client-key-data: '%'\n"), "base64" },
		{ "a: *b\n", "line" },
	};
	struct kube_config c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (kube_config_parse(bad[i].text, ".", &c, &e) >= 0)
			fail_msg("number %zu was taken", i);
		if (!strstr(e.msg, bad[i].says))
			fail_msg("number %zu: `%s` says nothing of %s", i, e.msg, bad[i].says);
	}
}

static void test_text_rotates(void **state)
{
	char path[] = "/tmp/gale-kube-token-XXXXXX";
	int fd = mkstemp(path);
	struct kube_text t = { .path = path };

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(kube_text_refresh(&t, NULL), -ERR_INVALID); /* empty, and nothing before */
	assert_int_equal(file_replace(path, 0600, "one", 3, NULL), 0);
	assert_int_equal(kube_text_refresh(&t, NULL), 1);
	assert_int_equal(kube_text_refresh(&t, NULL), 0);
	assert_string_equal(t.text, "one");
	assert_int_equal(file_replace(path, 0600, "two", 3, NULL), 0);
	assert_int_equal(kube_text_refresh(&t, NULL), 1);
	assert_string_equal(t.text, "two");
	unlink(path);
	assert_int_equal(kube_text_refresh(&t, NULL), 0); /* what was there stays */
	assert_string_equal(t.text, "two");
	free(t.text);
}

static void test_other_server(void **state)
{
	struct kube_config c = { 0 };

	(void)state;
	assert_int_equal(kube_config_server(&c, "ftp://x", NULL, NULL), -ERR_INVALID);
	assert_null(c.host);
	assert_int_equal(kube_config_server(&c, "https://a.b:6443/base/", "secret", NULL), 0);
	assert_true(c.tls);
	assert_string_equal(c.host, "a.b");
	assert_string_equal(c.port, "6443");
	assert_string_equal(c.base, "/base");
	assert_int_equal(kube_config_server(&c, "http://127.0.0.1", NULL, NULL), 0);
	assert_false(c.tls);
	assert_string_equal(c.port, "80");
	assert_string_equal(c.token.text, "secret");
	assert_int_equal(kube_config_server(&c, NULL, "other", NULL), 0);
	assert_string_equal(c.host, "127.0.0.1");
	assert_string_equal(c.token.text, "other");
	kube_config_free(&c);
}

static void assert_usual(const char *wanted)
{
	char *usual = kube_config_usual();

	if (wanted)
		assert_string_equal(usual, wanted);
	else
		assert_null(usual);
	free(usual);
}

static void test_usual_place(void **state)
{
	(void)state;
	unsetenv("KUBECONFIG");
	unsetenv("KUBERNETES_SERVICE_HOST");
	unsetenv("HOME");
	assert_usual(NULL);
	setenv("HOME", "/h", 1);
	assert_usual("/h/.kube/config");
	setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
	assert_usual("in-cluster");
	setenv("KUBECONFIG", "/a:/b", 1);
	assert_usual("/a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_text_rotates),
		cmocka_unit_test(test_other_server),
		cmocka_unit_test(test_usual_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
