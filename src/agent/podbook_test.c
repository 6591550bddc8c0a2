#include "agent/podbook.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/podbook_file.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"

/* A pod of this uid with a label; one of the cluster's services selects app=web. */
static json_t *pod(const char *uid, const char *app)
{
	return json_pack("{s:{s:s,s:s,s:s,s:{s:s}}}", "metadata", "uid", uid, "name", uid,
		"namespace", "shop", "labels", "app", app);
}

static void see(struct podbook *p, const char *uid, const char *app)
{
	autojson json_t *object = pod(uid, app);

	podbook_seen(p, object);
}

static void lose(struct podbook *p, const char *uid)
{
	autojson json_t *object = pod(uid, "");

	podbook_gone(p, object);
}

static void service(struct podbook *p, const char *uid, const char *app)
{
	autojson json_t *object = json_pack("{s:{s:s,s:s},s:{s:{s:s}}}", "metadata", "uid", uid,
		"namespace", "shop", "spec", "selector", "app", app);

	podbook_service_seen(p, object);
}

static struct podbook *start(void)
{
	struct podbook *p;

	assert_int_equal(podbook_new(&p, NULL), 0);
	podbook_service_begin(p);
	podbook_service_end(p);
	podbook_begin(p);
	return p;
}

/* "a:full b:short c:gone", sorted by uid; "": the round is over. */
static void assert_body(struct podbook *p, const char *wanted)
{
	autofree char *text = podbook_body(p);
	autojson json_t *body = NULL;
	char said[1000] = "";

	if (text)
		assert_int_equal(json_parse(text, strlen(text), &body, NULL), 0);
	for (char uid = 'a'; uid <= 'z'; uid++) {
		json_t *one;
		size_t i;

		json_array_foreach(body, i, one)
		{
			const char *kind = json_is_false(json_object_get(one, "exist")) ? "gone"
					   : *json_text(one, "name")			? "full"
											: "short";

			if (*json_text(one, "uid") == uid)
				snprintf(said + strlen(said), sizeof(said) - strlen(said),
					"%s%c:%s%s", *said ? " " : "", uid, kind,
					*json_text(one, "cid") ? "+cid" : "");
		}
	}
	assert_string_equal(said, wanted);
}

static void accept_with(struct podbook *p, const char *uids, struct buf *notes)
{
	autojson json_t *result = uids ? json_object() : json_true();

	for (; uids && *uids; uids++) {
		char uid[] = { *uids, '\0' }, cid[] = { 'c', *uids, '\0' };

		json_put_str(result, uid, cid);
	}
	assert_true(podbook_accepted(p, result, podbook_file_note, notes));
}

static void accept(struct podbook *p, const char *uids)
{
	autobuf struct buf notes = BUF_INIT(1000);

	accept_with(p, uids, &notes);
}

static void test_full_then_short(void **state)
{
	struct podbook *p = start();

	(void)state;
	assert_body(p, "");
	see(p, "a", "web");
	see(p, "b", "db");
	assert_false(podbook_listed(p));
	podbook_end(p);
	assert_true(podbook_listed(p));
	assert_body(p, "a:full b:full");
	accept(p, "a"); /* of b the console said nothing */
	assert_body(p, "");
	assert_body(p, "a:short+cid b:full");
	accept(p, "ab");
	assert_body(p, "");
	see(p, "a", "web"); /* as it was */
	see(p, "b", "other");
	assert_body(p, "a:short+cid b:full+cid");
	accept(p, "ab");
	assert_body(p, "");
	podbook_free(p);
}

static void test_failure_clears(void **state)
{
	struct podbook *p = start();

	(void)state;
	see(p, "a", "web");
	podbook_end(p);
	assert_body(p, "a:full");
	accept(p, "a");
	assert_body(p, "");
	assert_body(p, "a:short+cid");
	podbook_failed(p);
	assert_body(p, "a:full+cid"); /* a new round */
	assert_false(podbook_accepted(p, json_true(), NULL, NULL));
	assert_body(p, "a:full+cid");
	accept(p, "a");
	assert_body(p, "");
	assert_body(p, "a:short+cid");
	podbook_free(p);
}

static void test_gone_until_heard(void **state)
{
	autobuf struct buf notes = BUF_INIT(1000);
	struct podbook *p = start();

	(void)state;
	see(p, "a", "web");
	see(p, "b", "web");
	see(p, "c", "web");
	lose(p, "c"); /* the console never heard of it */
	podbook_end(p);
	assert_body(p, "a:full b:full");
	lose(p, "b"); /* while it is asked */
	accept(p, "ab");
	assert_body(p, "b:gone+cid");
	podbook_failed(p);
	assert_body(p, "a:full+cid");
	accept(p, "a");
	assert_body(p, "b:gone+cid");
	accept_with(p, NULL, &notes); /* no object: what there is to know is that it was heard */
	assert_body(p, "");
	assert_body(p, "a:short+cid");
	assert_int_equal(podbook_count(p), 1);
	podbook_free(p);
}

static void test_list_names_all(void **state)
{
	struct podbook *p = start();

	(void)state;
	see(p, "a", "web");
	see(p, "b", "web");
	podbook_end(p);
	assert_body(p, "a:full b:full");
	accept(p, "ab");
	assert_body(p, "");
	podbook_begin(p);
	see(p, "a", "web");
	podbook_begin(p); /* the first one did not come to its end */
	see(p, "a", "web");
	podbook_end(p);
	assert_body(p, "a:short+cid");
	accept(p, "a");
	assert_body(p, "b:gone+cid");
	see(p, "b", "web"); /* a static pod comes again with its uid */
	accept(p, "");
	assert_body(p, "");
	assert_body(p, "a:short+cid b:full+cid");
	podbook_free(p);
}

static void assert_service(struct podbook *p, const char *wanted)
{
	autofree char *text = podbook_body(p);

	podbook_failed(p);
	if (wanted)
		assert_non_null(strstr(text, wanted));
	else
		assert_null(strstr(text, "serviceUid"));
}

static void test_services(void **state)
{
	struct podbook *p = start();

	(void)state;
	see(p, "a", "web");
	podbook_end(p);
	assert_service(p, NULL);
	service(p, "s2", "web");
	assert_service(p, "\"serviceUid\":\"s2\"");
	service(p, "s1", "web"); /* always the same of two */
	assert_service(p, "\"serviceUid\":\"s1\"");
	service(p, "s1", "db");
	assert_service(p, "\"serviceUid\":\"s2\"");
	podbook_service_begin(p);
	service(p, "s1", "db");
	podbook_service_end(p);
	assert_service(p, NULL);
	podbook_free(p);
}

static void count(const char *uid, const char *cid, void *ctx)
{
	(void)uid;
	(void)cid;
	++*(int *)ctx;
}

static void test_large_cluster(void **state)
{
	struct podbook *p = start();
	autojson json_t *result = json_object();
	size_t told = 0, bodies = 0;
	int noted = 0;
	char uid[16];
	char *text;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		snprintf(uid, sizeof(uid), "pod%d", i);
		see(p, uid, "web");
		json_put_str(result, uid, "c");
	}
	podbook_end(p);
	while ((text = podbook_body(p))) {
		autojson json_t *body = NULL;

		assert_int_equal(json_parse(text, strlen(text), &body, NULL), 0);
		assert_true(strlen(text) < 300000);
		told += json_array_size(body);
		bodies++;
		free(text);
		assert_true(podbook_accepted(p, result, count, &noted));
	}
	assert_int_equal(told, 3000);
	assert_int_equal(noted, 3000);
	assert_true(bodies >= 6 && bodies < 20);
	podbook_free(p);
}

static void test_restart(void **state)
{
	char dir[] = "/tmp/gale-pods-XXXXXX", path[64];
	autobuf struct buf notes = BUF_INIT(1000);
	struct podbook_file f;
	struct podbook *p = start();

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/agent.pods", dir);
	assert_int_equal(podbook_file_open(dir, p, &f, NULL), 0);
	see(p, "a", "web");
	see(p, "b", "web");
	podbook_end(p);
	assert_body(p, "a:full b:full");
	accept_with(p, "ab", &notes);
	assert_int_equal(podbook_file_add(&f, &notes, p, NULL), 0);
	podbook_file_close(&f);
	podbook_free(p);

	p = start(); /* of another agent, which finds a alone */
	assert_int_equal(podbook_file_open(dir, p, &f, NULL), 0);
	see(p, "a", "web");
	podbook_end(p);
	assert_body(p, "a:full+cid");
	accept(p, "a");
	assert_body(p, "b:gone+cid");
	buf_reset(&notes);
	accept_with(p, "", &notes);
	assert_string_equal(buf_text(&notes), "-b\n");
	assert_int_equal(podbook_file_add(&f, &notes, p, NULL), 0);
	podbook_file_close(&f);
	podbook_free(p);

	p = start();
	assert_int_equal(podbook_file_open(dir, p, &f, NULL), 0);
	podbook_end(p);
	assert_body(p, "a:gone+cid");
	podbook_file_close(&f);
	podbook_free(p);
	unlink(path);
	snprintf(path, sizeof(path), "%s/agent.pods.new", dir);
	unlink(path);
	rmdir(dir);
}

/* What an agent that finds these files, and no pod, tells of. */
static void assert_found(const char *dir, const char *first, const char *spare, const char *wanted)
{
	const char *const texts[] = { first, spare }, *const names[] = { "", ".new" };
	struct podbook_file f = { -1, -1, 0 };
	struct podbook *p = start();
	char path[64];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/agent.pods%s", dir, names[i]);
		assert_int_equal(file_replace(path, 0600, texts[i], strlen(texts[i]), NULL), 0);
	}
	assert_int_equal(podbook_file_open(dir, p, &f, NULL), 0);
	podbook_end(p);
	assert_body(p, wanted);
	podbook_file_close(&f);
	podbook_free(p);
}

static void test_killed_while_writing_anew(void **state)
{
	autobuf struct buf notes = BUF_INIT(3 << 20), text = BUF_INIT(1000);
	char dir[] = "/tmp/gale-pods-XXXXXX", path[64], spare[64];
	struct podbook_file f = { -1, -1, 0 };
	struct podbook *p = start();

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/agent.pods", dir);
	snprintf(spare, sizeof(spare), "%s/agent.pods.new", dir);
	assert_found(dir, "+a ca\n+b cb\n", "+a ca\n", "a:gone+cid b:gone+cid");
	assert_found(dir, "+a c", "+a ca\n+b cb\n=\n", "a:gone+cid b:gone+cid");
	assert_found(dir, "", "=\n", "");

	podbook_known(p, "a", "ca"); /* of a file that has grown */
	while (notes.len < 2 << 20)
		podbook_file_note("z", NULL, &notes);
	assert_int_equal(podbook_file_open(dir, p, &f, NULL), 0);
	assert_int_equal(podbook_file_add(&f, &notes, p, NULL), 0);
	podbook_file_close(&f);
	podbook_free(p);
	assert_int_equal(file_read(AT_FDCWD, path, &text, NULL), 0);
	assert_string_equal(buf_text(&text), "+a ca\n");
	buf_reset(&text);
	assert_int_equal(file_read(AT_FDCWD, spare, &text, NULL), 0);
	assert_int_equal(text.len, 0);
	unlink(path);
	unlink(spare);
	rmdir(dir);
}

/* Lines behind a half that is left would not be found again. */
static void test_written_anew_in_the_end(void **state)
{
	autobuf struct buf notes = BUF_INIT(3 << 20), text = BUF_INIT(1000);
	char dir[] = "/tmp/gale-pods-XXXXXX", path[64];
	struct podbook_file f = { -1, -1, 0 };
	struct podbook *p = start();
	int spare;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/agent.pods", dir);
	podbook_known(p, "a", "ca");
	assert_int_equal(podbook_file_open(dir, p, &f, NULL), 0);
	while (notes.len < 2 << 20)
		podbook_file_note("z", NULL, &notes);
	spare = f.spare;
	f.spare = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(podbook_file_add(&f, &notes, p, NULL) < 0);
	cleanup_close(&f.spare);
	f.spare = spare;
	buf_reset(&notes);
	podbook_file_note("z", NULL, &notes);
	assert_int_equal(podbook_file_add(&f, &notes, p, NULL), 0);
	podbook_file_close(&f);
	podbook_free(p);
	assert_int_equal(file_read(AT_FDCWD, path, &text, NULL), 0);
	assert_string_equal(buf_text(&text), "+a ca\n");
	unlink(path);
	snprintf(path, sizeof(path), "%s/agent.pods.new", dir);
	unlink(path);
	rmdir(dir);
}

static void test_unreadable_lines(void **state)
{
	struct podbook *p = start();

	(void)state;
	podbook_file_read("+a ca\n\n+\nx y z\n+b\n+c cc\n-c\n+d cd", p);
	podbook_end(p);
	assert_body(p, "a:gone+cid");
	podbook_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_then_short),
		cmocka_unit_test(test_failure_clears),
		cmocka_unit_test(test_gone_until_heard),
		cmocka_unit_test(test_list_names_all),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_large_cluster),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_killed_while_writing_anew),
		cmocka_unit_test(test_written_anew_in_the_end),
		cmocka_unit_test(test_unreadable_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
