/* The journal: what is on disk after a crash at any moment, and the order in which it is undone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "fault/journal.h"
#include "fault/undo.h"

static char state_dir[] = "/tmp/gale-journal-XXXXXX";
static char done[64], stuck;

static int letter_revert(const struct undo *u, struct err *e)
{
	const char *letter = undo_get(u, "letter");

	if (*letter == stuck)
		return err_set(e, ERR_SYSTEM, 0, "%s is stuck", letter);
	strncat(done, letter, sizeof(done) - strlen(done) - 1);
	undo_note("it was %s", letter);
	return 0;
}

static const struct fault letters = { .target = "file", .action = "mark", .revert = letter_revert };

static char *path_of(const char *uid)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/journal/%s", state_dir, uid);
	return path;
}

static struct journal *make(const char *uid, const char *records)
{
	struct journal_head h = { .target = "file", .action = "mark" };
	struct journal *j = NULL;

	snprintf(h.uid, sizeof(h.uid), "%s", uid);
	clock_boot_id(h.boot_id);
	assert_int_equal(journal_create(state_dir, &h, &j, NULL), 0);
	for (; *records; records++) {
		autojson json_t *values = json_pack("{ss%}", "letter", records, (size_t)1);

		assert_int_equal(journal_add_undo(j, values, NULL), 0);
	}
	return j;
}

static void append(const char *uid, const char *text)
{
	autoclose int fd = open(path_of(uid), O_WRONLY | O_APPEND);

	assert_int_equal(fd_write_all(fd, text, strlen(text), NULL), 0);
}

static int revert(const char *uid, const char *wanted, bool end)
{
	struct journal *j = NULL;
	int r;

	done[0] = '\0';
	assert_int_equal(journal_take(state_dir, uid, 0, &j, NULL), 0);
	r = journal_revert(j, &letters, NULL);
	assert_string_equal(done, wanted);
	if (end)
		assert_int_equal(journal_end(j, NULL), 0);
	journal_close(j);
	return r;
}

static void last_first_and_once(void **state)
{
	struct journal_head h;

	(void)state;
	journal_close(make("order", "abc"));
	assert_int_equal(journal_look(state_dir, "order", &h, NULL), 0);
	assert_string_equal(h.action, "mark");
	assert_true(journal_head_this_boot(&h));
	assert_false(journal_head_held(&h));
	assert_int_equal(revert("order", "cba", false), 0);
	assert_int_equal(revert("order", "", true), 0);
	assert_int_equal(journal_look(state_dir, "order", &h, NULL), -ERR_NOTFOUND);
}

static void goes_on_behind_a_failure(void **state)
{
	(void)state;
	journal_close(make("failing", "abc"));
	stuck = 'b';
	assert_int_equal(revert("failing", "ca", false), -ERR_SYSTEM);
	assert_int_equal(revert("failing", "", false), -ERR_SYSTEM);
	stuck = '\0';
	assert_int_equal(revert("failing", "b", true), 0);
}

static void a_last_line_without_its_end(void **state)
{
	(void)state;
	journal_close(make("torn", "ab"));
	append("torn", "{\"undo\":{\"letter\":\"c\"");
	assert_int_equal(revert("torn", "ba", false), 0);
	assert_int_equal(revert("torn", "", true), 0);
}

static void damage_is_an_error(void **state)
{
	(void)state;
	journal_close(make("damaged", "ab"));
	append("damaged", "nonsense\n{\"undo\":{\"letter\":\"c\"}}\n{\"what\":1}\n");
	assert_int_equal(revert("damaged", "cba", true), -ERR_SYSTEM);
}

static void one_uid_one_journal(void **state)
{
	struct journal_head h = { .uid = "twice" };
	struct journal *j = make("twice", "a"), *other = NULL;

	(void)state;
	assert_int_equal(journal_create(state_dir, &h, &other, NULL), -ERR_STORE);
	assert_null(other);
	journal_close(j);
	assert_int_equal(revert("twice", "a", true), 0);
}

static void each_says_what_it_found(void **unused)
{
	(void)unused;
	stuck = 'b';
	journal_close(make("said", "abc"));
	assert_int_equal(revert("said", "ca", false), -ERR_SYSTEM);
	assert_string_equal(undo_notes(), "it was c; it was a");
	stuck = '\0';
	assert_int_equal(revert("said", "b", true), 0);
	assert_string_equal(undo_notes(), "it was c; it was a; it was b");
	journal_close(make("other", "a"));
	assert_int_equal(revert("other", "a", true), 0);
	assert_string_equal(undo_notes(), "it was a");
}

static void one_reverts_at_a_time(void **state)
{
	struct journal *first = NULL, *second = NULL;

	(void)state;
	journal_close(make("busy", "a"));
	assert_int_equal(journal_take(state_dir, "busy", 0, &first, NULL), 0);
	assert_int_equal(journal_take(state_dir, "busy", 20, &second, NULL), -ERR_BUSY);
	assert_int_equal(journal_end(first, NULL), 0);
	assert_int_equal(journal_take(state_dir, "busy", 0, &second, NULL), -ERR_NOTFOUND);
	journal_close(first);
	assert_null(second);
}

static void count(const char *uid, void *ctx)
{
	assert_true(str_starts(uid, "each"));
	++*(int *)ctx;
}

static int begin(struct journal *j, const char *letter)
{
	autojson json_t *values = json_pack("{ss}", "letter", letter);

	return journal_begin_undo(j, values, NULL);
}

static void a_record_in_two_steps(void **state)
{
	struct journal *j = make("steps", "a");

	(void)state;
	assert_int_equal(begin(j, "b"), 0);
	assert_int_equal(journal_settle(j, NULL), 0);
	assert_int_equal(journal_settle(j, NULL), 0);
	assert_int_equal(begin(j, "c"), 0);
	journal_close(j);
	assert_int_equal(revert("steps", "cba", true), 0);
}

static void a_child_has_no_part_in_it(void **state)
{
	struct journal *j = make("child", "a");
	int status = -1;
	pid_t pid;

	(void)state;
	assert_int_equal(begin(j, "b"), 0);
	pid = fork();
	if (pid == 0) {
		journal_close(j);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(journal_settle(j, NULL), 0);
	journal_close(j);
	assert_int_equal(revert("child", "ba", true), 0);
}

/* The directory is not where its name would be put on disk. */
static void a_record_that_does_not_get_there(void **state)
{
	struct err e = { 0 };
	char away[PATH_MAX];
	struct journal *j = make("lost", "");

	(void)state;
	snprintf(away, sizeof(away), "%s/away", state_dir);
	assert_int_equal(rename(path_of(""), away), 0);
	assert_int_equal(begin(j, "a"), 0);
	assert_int_equal(journal_settle(j, &e), -ERR_SYSTEM);
	assert_non_null(strstr(e.msg, "journal"));
	assert_int_equal(rename(away, path_of("")), 0);
	journal_close(j);
	assert_int_equal(revert("lost", "", true), 0);
}

static void all_of_them(void **state)
{
	int n = 0;

	(void)state;
	journal_close(make("each1", ""));
	journal_close(make("each2", "a"));
	assert_int_equal(journal_each(state_dir, count, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_int_equal(revert("each1", "", true), 0);
	assert_int_equal(revert("each2", "a", true), 0);
	assert_int_equal(journal_each("/nonexistent", count, &n, NULL), 0);
	assert_int_equal(n, 2);
}

static void no_place_for_it(void **state)
{
	struct journal_head h = { .uid = "nowhere" };
	struct journal *j = NULL;
	struct err e;

	(void)state;
	assert_int_equal(journal_create("/proc/self", &h, &j, &e), -ERR_SYSTEM);
	assert_null(j);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(state_dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(path_of("")) < 0 ? -1 : rmdir(state_dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(last_first_and_once),
		cmocka_unit_test(goes_on_behind_a_failure),
		cmocka_unit_test(a_last_line_without_its_end),
		cmocka_unit_test(damage_is_an_error),
		cmocka_unit_test(one_uid_one_journal),
		cmocka_unit_test(each_says_what_it_found),
		cmocka_unit_test(one_reverts_at_a_time),
		cmocka_unit_test(a_record_in_two_steps),
		cmocka_unit_test(a_child_has_no_part_in_it),
		cmocka_unit_test(a_record_that_does_not_get_there),
		cmocka_unit_test(all_of_them),
		cmocka_unit_test(no_place_for_it),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
