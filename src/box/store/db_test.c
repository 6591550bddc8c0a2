/* Statements, rows, transactions and migrations on a real file. */
#include "box/store/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

static int set_up(void **state)
{
	struct db *db = NULL;
	struct err e = { 0 };

	snprintf(path, sizeof(path), "/tmp/gale-db-test-%d.db", (int)getpid());
	assert_int_equal(db_open(path, &db, &e), 0);
	assert_int_equal(db_migrate(db, 1000, &e), 0);
	assert_true(
		db_run(db, &e, "create table t (id integer primary key, name text unique)") >= 0);
	*state = db;
	return 0;
}

static int tear_down(void **state)
{
	char side[80];

	db_close(*state);
	unlink(path);
	snprintf(side, sizeof(side), "%s-wal", path);
	unlink(side);
	snprintf(side, sizeof(side), "%s-shm", path);
	unlink(side);
	return 0;
}

static void values_come_back(void **state)
{
	struct db *db = *state;
	autorows struct rows rows = { 0 };
	struct err e = { 0 };
	char cut[4];

	assert_int_equal(
		db_run(db, &e, "insert into t (name) values (?1)", db_text("h\xc3\xa9llo")), 1);
	assert_int_equal(db_last_id(db), 1);
	assert_int_equal(db_run(db, &e, "insert into t (name) values (?1)", db_text(NULL)), 1);
	assert_int_equal(db_query(db, &rows, &e,
				 "select id, name from t where id >= ?1 order by id", db_int(1)),
		0);
	assert_int_equal(rows_next(&rows, &e), 1);
	assert_string_equal(rows_text(&rows, 1), "h\xc3\xa9llo");
	rows_copy(&rows, 1, cut, 3);
	assert_string_equal(cut, "h");
	rows_copy(&rows, 1, cut, 4);
	assert_string_equal(cut, "h\xc3\xa9");
	assert_int_equal(rows_next(&rows, &e), 1);
	assert_true(rows_null(&rows, 1));
	assert_string_equal(rows_text(&rows, 1), "");
	assert_int_equal(rows_next(&rows, &e), 0);
}

static void broken_unique_is_a_conflict(void **state)
{
	struct db *db = *state;
	struct err e = { 0 };

	assert_int_equal(db_run(db, &e, "insert into t (name) values (?1)", db_text("a")), 1);
	assert_int_equal(
		db_run(db, &e, "insert into t (name) values (?1)", db_text("a")), -ERR_CONFLICT);
	assert_non_null(strstr(e.msg, "t.name"));
}

static void uncommitted_work_is_gone(void **state)
{
	struct db *db = *state;
	struct err e = { 0 };
	long long n = -1;

	{
		autotx struct tx tx = { 0 };

		assert_int_equal(tx_begin(&tx, db, &e), 0);
		assert_int_equal(db_run(db, &e, "insert into t (id) values (?1)", db_int(7)), 1);
	}
	assert_int_equal(db_number(db, &n, &e, "select count(*) from t"), 0);
	assert_int_equal(n, 0);
	{
		autotx struct tx tx = { 0 };

		assert_int_equal(tx_begin(&tx, db, &e), 0);
		assert_int_equal(db_run(db, &e, "insert into t (id) values (?1)", db_int(7)), 1);
		assert_int_equal(tx_commit(&tx, &e), 0);
	}
	assert_int_equal(db_number(db, &n, &e, "select count(*) from t"), 0);
	assert_int_equal(n, 1);
}

static void one_query_can_run_inside_itself(void **state)
{
	struct db *db = *state;
	struct err e = { 0 };
	int pairs = 0;

	assert_int_equal(db_run(db, &e, "insert into t (id) values (1), (2)"), 2);
	autorows struct rows outer = { 0 };
	static const char sql[] = "select id from t";

	assert_int_equal(db_query(db, &outer, &e, sql), 0);
	while (rows_next(&outer, &e) > 0) {
		autorows struct rows inner = { 0 };

		assert_int_equal(db_query(db, &inner, &e, sql), 0);
		while (rows_next(&inner, &e) > 0)
			pairs++;
	}
	assert_int_equal(pairs, 4);
}

static void migrations_run_once(void **state)
{
	struct db *db = *state;
	struct err e = { 0 };
	long long n = 0, first = 0;

	assert_int_equal(db_number(db, &first, &e, "select count(*) from migration"), 0);
	assert_true(first >= 2);
	assert_int_equal(db_migrate(db, 2000, &e), 0);
	assert_int_equal(
		db_number(db, &n, &e, "select count(*) from migration where applied_ms = 1000"), 0);
	assert_int_equal(n, first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values_come_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(broken_unique_is_a_conflict, set_up, tear_down),
		cmocka_unit_test_setup_teardown(uncommitted_work_is_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_query_can_run_inside_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(migrations_run_once, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
