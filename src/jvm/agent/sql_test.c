#include "jvm/agent/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *sql, *verb, *tables;
};

static const struct row mysql[] = {
	{ "select * from t", "select", "t" },
	{ " /* a from b */ SELECT 1 -- from x\n FROM `Or``der` o", "SELECT", "Or``der" },
	{ "# from x\nselect 'a\\' from y' from z", "select", "z" },
	{ "select a.x from db.t1 a, t2 as b, `d c`.`t3` where a.x in (select x from t4)", "select",
		"t1 db.t1 t2 t3 d c.t3 t4" },
	{ "select * from a join b on a.i=b.i left join c using (i)", "select", "a b c" },
	{ "(select 1 from a) union (select 2 from b)", "select", "a b" },
	{ "insert into t(a,b) values (1, 'from x')", "insert", "t" },
	{ "INSERT IGNORE t values (1) on duplicate key update a = 2", "INSERT", "t" },
	{ "replace into s.t set a = replace(b, 'x', 'y')", "replace", "t s.t" },
	{ "update low_priority t, u set a = 1 where b = 2, c", "update", "t u" },
	{ "delete from t where x = extract(year from d)", "delete", "t" },
	{ "select trim(leading 'x' from y) from z for update", "select", "z" },
	{ "truncate table t", "truncate", "t" },
	{ "drop table if exists t", "drop", "t" },
	{ "select * from (select * from inside) x, outside", "select", "inside outside" },
	{ "with c as (select * from a) select * from c", "select", "a c" },
	{ "set autocommit=1", "set", "" },
	{ "select 1 from", "select", "" },
	{ "select 'open", "select", "" },
	{ "", NULL, "" },
	{ "( ;", NULL, "" },
};

static const struct row psql[] = {
	{ "select * from \"Big\".\"T\" where a is distinct from b", "select", "T Big.T" },
	{ "insert into t values ('c:\\') returning id", "insert", "t" },
	{ "select $$ from x $$, $a$ from y $$ $a$ from z", "select", "z" },
	{ "select * from generate_series(1, 3), only t where a = $1", "select", "t" },
	{ "with a as (delete from b returning *) insert into c select * from a", "insert",
		"b c a" },
	{ "update only t set a = 1 from u", "update", "t u" },
	{ "insert into t values (1) on conflict do update set a = 1", "insert", "t" },
};

static bool append(void *ctx, const char *name, size_t len)
{
	char *text = ctx;

	assert_true(strlen(text) + len < 254);
	if (*text)
		strncat(text, " ", 2);
	strncat(text, name, len);
	return false;
}

static void check(const struct row *row, bool backslash)
{
	const struct sql sql = { row->sql, strlen(row->sql), backslash };
	char tables[256] = "";
	const char *verb = NULL;
	size_t len = 0;

	assert_int_equal(sql_verb(&sql, &verb, &len), row->verb != NULL);
	if (row->verb) {
		assert_int_equal(len, strlen(row->verb));
		assert_memory_equal(verb, row->verb, len);
	}
	assert_false(sql_tables(&sql, append, tables));
	if (strcmp(tables, row->tables) != 0)
		fail_msg("%s: got '%s', wanted '%s'", row->sql, tables, row->tables);
}

static void test_mysql(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mysql) / sizeof(*mysql); i++)
		check(&mysql[i], true);
}

static void test_psql(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(psql) / sizeof(*psql); i++)
		check(&psql[i], false);
}

static bool is_second(void *ctx, const char *name, size_t len)
{
	++*(int *)ctx;
	return len == 1 && *name == 'b';
}

static void test_stops(void **state)
{
	const struct sql sql = { "select * from a, b, c", 21, true };
	int calls = 0;

	(void)state;
	assert_true(sql_tables(&sql, is_second, &calls));
	assert_int_equal(calls, 2);
}

static void test_long(void **state)
{
	char text[1000];
	char tables[256] = "";
	struct sql sql = { text, 0, true };

	(void)state;
	sql.len = (size_t)snprintf(text, sizeof(text), "select * from %0300d, x%0198d, b", 1, 2);
	memset(text + 14, 'a', 300);
	assert_false(sql_tables(&sql, append, tables));
	assert_int_equal(strlen(tables), 201);
	sql.len = (size_t)snprintf(text, sizeof(text), "select ");
	for (int i = 0; i < 100; i++)
		sql.len += (size_t)snprintf(text + sql.len, sizeof(text) - sql.len, "(");
	sql.len += (size_t)snprintf(text + sql.len, sizeof(text) - sql.len, "select 1 from deep");
	*tables = '\0';
	assert_false(sql_tables(&sql, append, tables));
	assert_string_equal(tables, "deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mysql),
		cmocka_unit_test(test_psql),
		cmocka_unit_test(test_stops),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
