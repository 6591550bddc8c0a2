#include "fault/record.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/record_test.XXXXXX");
	unsetenv("CHAOSBLADE_DATAFILE_PATH");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/gale.db", dir);
	unlink(path);
	return rmdir(dir);
}

static struct record sample(const char *uid)
{
	struct record r = { .status = "Created", .deadline_wall_ms = 5, .seed = 42 };

	snprintf(r.uid, sizeof(r.uid), "%s", uid);
	snprintf(r.command, sizeof(r.command), "cpu");
	snprintf(r.sub_command, sizeof(r.sub_command), "fullload");
	r.flag = strdup(" --cpu-percent=80");
	r.error = strdup("");
	return r;
}

static int insert(const char *uid, struct err *e)
{
	struct record r = sample(uid);
	struct records *rs = NULL;
	int res;

	assert_int_equal(records_open(dir, &rs, e), 0);
	res = record_insert(rs, &r, e);
	record_done(&r);
	records_close(rs);
	return res;
}

static void test_round_trip(void **state)
{
	struct record r;
	struct records *rs;
	struct err e;

	(void)state;
	assert_int_equal(insert("a", &e), 0);
	assert_int_equal(insert("a", &e), -ERR_STORE);
	assert_int_equal(records_open(dir, &rs, &e), 0);
	assert_int_equal(record_get(rs, "b", &r, &e), -ERR_NOTFOUND);
	assert_int_equal(record_get(rs, "a", &r, &e), 0);
	assert_string_equal(r.flag, " --cpu-percent=80");
	assert_true(r.seed == 42 && r.deadline_wall_ms == 5);
	effect_judge(&r.effect, "percent", 80, 79, 2, "cpu time");
	snprintf(r.status, sizeof(r.status), "Success");
	assert_int_equal(record_update(rs, &r, &e), 0);
	assert_string_equal(r.notes, "");
	record_done(&r);
	assert_int_equal(record_note(rs, "a", "first", &e), 0);
	assert_int_equal(record_note(rs, "a", "second", &e), 0);
	assert_int_equal(record_get(rs, "a", &r, &e), 0);
	assert_non_null(strstr(r.notes, " first; "));
	assert_non_null(strstr(r.notes, " second"));
	assert_string_equal(r.status, "Success");
	assert_int_equal(r.effect.verdict, EFFECTIVE);
	assert_string_not_equal(r.update_time, "");
	record_done(&r);
	assert_int_equal(record_delete(rs, "a", &e), 0);
	assert_int_equal(record_get(rs, "a", &r, &e), -ERR_NOTFOUND);
	records_close(rs);
}

static int collect(const struct record *r, void *ctx)
{
	char *uids = ctx;

	snprintf(uids + strlen(uids), sizeof(r->uid), "%s", r->uid);
	return 0;
}

static void list(struct record_filter f, const char *expected)
{
	char uids[64] = "";
	struct records *rs;
	struct err e;

	assert_int_equal(records_open(dir, &rs, &e), 0);
	assert_int_equal(record_list(rs, &f, collect, uids, &e), 0);
	assert_string_equal(uids, expected);
	records_close(rs);
}

static void test_lists(void **state)
{
	struct err e;

	(void)state;
	insert("1", &e);
	insert("2", &e);
	insert("3", &e);
	list((struct record_filter){ 0 }, "321");
	list((struct record_filter){ .ascending = true }, "123");
	list((struct record_filter){ .limit = 1 }, "3");
	list((struct record_filter){ .offset = 1, .limit = 1 }, "2");
	list((struct record_filter){ .flag_like = "percent=80" }, "321");
	list((struct record_filter){ .flag_like = "'; DROP TABLE experiment; --" }, "");
	list((struct record_filter){ .command = "cpu", .sub_command = "fullload" }, "321");
	list((struct record_filter){ .status = "Success" }, "");
}

/* A file that blade made has its table only; ours is added, its rows are read. */
static void test_file_of_blade(void **state)
{
	char path[128];
	sqlite3 *db;
	struct records *rs;
	struct record r;
	struct err e;

	(void)state;
	snprintf(path, sizeof(path), "%s/gale.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			"CREATE TABLE experiment (id INTEGER PRIMARY KEY AUTOINCREMENT, uid VARCHAR(32)"
			" UNIQUE, command VARCHAR NOT NULL, sub_command VARCHAR, flag VARCHAR,"
			" status VARCHAR, error VARCHAR, create_time VARCHAR, update_time VARCHAR);"
			"INSERT INTO experiment (uid, command, status) VALUES ('old', 'disk', 'Success');"
			"PRAGMA user_version = 1",
			NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(records_open(dir, &rs, &e), 0);
	assert_int_equal(record_get(rs, "old", &r, &e), 0);
	assert_string_equal(r.command, "disk");
	assert_string_equal(r.flag, "");
	record_done(&r);
	records_close(rs);
}

static void test_many_at_once(void **state)
{
	struct records *rs;
	struct record_filter f = { 0 };
	char uids[512] = "";
	struct err e;

	(void)state;
	for (int i = 0; i < 10; i++) {
		if (fork() == 0) {
			char uid[8];

			snprintf(uid, sizeof(uid), "%d", i);
			_exit(insert(uid, &e) == 0 ? 0 : 1);
		}
	}
	for (int i = 0; i < 10; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(records_open(dir, &rs, &e), 0);
	assert_int_equal(record_list(rs, &f, collect, uids, &e), 0);
	assert_int_equal(strlen(uids), 10);
	records_close(rs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file_of_blade, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_at_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
