/* Passwords, names, locks, and sessions on a real store. */
#include "box/account/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "box/store/db.h"

static void passwords(void **state)
{
	char hash[HASH_SIZE], again[HASH_SIZE];

	(void)state;
	assert_int_equal(account_init(NULL), 0);
	assert_int_equal(password_hash("a good password", hash, NULL), 0);
	assert_int_equal(password_hash("a good password", again, NULL), 0);
	assert_ptr_equal(strstr(hash, "$argon2id$"), hash);
	assert_string_not_equal(hash, again);
	assert_true(password_matches(hash, "a good password"));
	assert_false(password_matches(hash, "a good passwor"));
	assert_false(password_matches("", "a good password"));
	assert_int_equal(account_check_password("1234567", NULL), -ERR_INVALID);
	assert_int_equal(account_check_password("12345678", NULL), 0);
}

static void names(void **state)
{
	static const char *const bad[] = { "", "a b", "a\n", "a'b", "<a>", "a/b", "a\x7f" };

	(void)state;
	assert_int_equal(account_check_name("name", "anna.b@c_1", NULL), 0);
	assert_int_equal(account_check_name("name", "\xe5\xbc\xa0", NULL), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(account_check_name("name", bad[i], NULL), -ERR_INVALID);
}

static void locks_grow(void **state)
{
	(void)state;
	assert_int_equal(sign_in_locked_until(4, 1000), 0);
	assert_int_equal(sign_in_locked_until(5, 1000), 2000);
	assert_int_equal(sign_in_locked_until(6, 1000), 3000);
	assert_int_equal(sign_in_locked_until(1000, 0), 15 * 60 * 1000);
}

static void sessions(void **state)
{
	const int64_t hour = 3600 * 1000;
	char path[64], token[TOKEN_SIZE];
	struct user user = { 0 }, found;
	struct db *db = NULL;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/gale-account-test-%d.db", (int)getpid());
	assert_int_equal(db_open(path, &db, NULL), 0);
	assert_int_equal(db_migrate(db, 1, NULL), 0);
	assert_int_equal(account_create(db, "anna", "hash", true, 1, &user, NULL), 0);
	assert_int_equal(account_create(db, "bert", "hash", true, 1, &found, NULL), -ERR_DENIED);
	assert_int_equal(account_create(db, "Anna", "hash", false, 1, &found, NULL), -ERR_CONFLICT);
	assert_int_equal(session_start(db, user.id, 0, token, NULL), 0);
	assert_int_equal(session_user(db, token, 11 * hour, &found, NULL), 0);
	assert_string_equal(found.name, "anna");
	/* Used at the 11th hour, it lives beyond the 12th. */
	assert_int_equal(session_user(db, token, 22 * hour, &found, NULL), 0);
	assert_int_equal(session_user(db, token, 35 * hour, &found, NULL), -ERR_NOTFOUND);
	assert_int_equal(session_user(db, "short", 1, &found, NULL), -ERR_NOTFOUND);
	assert_int_equal(session_start(db, user.id, 0, token, NULL), 0);
	assert_int_equal(session_end(db, token, NULL), 0);
	assert_int_equal(session_user(db, token, 1, &found, NULL), -ERR_NOTFOUND);
	db_close(db);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwords),
		cmocka_unit_test(names),
		cmocka_unit_test(locks_grow),
		cmocka_unit_test(sessions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
