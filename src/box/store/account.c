/* Users, sessions, namespaces and the audit trail in the store. */
#include "box/store/account.h"

#include "base/str.h"
#include "box/store/db.h"

#define USER_COLUMNS "u.id, u.user_id, u.name, u.license, u.password_hash, u.secret_key"

static void read_user(const struct rows *rows, struct user *ret, struct user_secret *ret_secret)
{
	ret->id = rows_int(rows, 0);
	rows_copy(rows, 1, ret->user_id, sizeof(ret->user_id));
	rows_copy(rows, 2, ret->name, sizeof(ret->name));
	rows_copy(rows, 3, ret->license, sizeof(ret->license));
	if (!ret_secret)
		return;
	rows_copy(rows, 4, ret_secret->password_hash, sizeof(ret_secret->password_hash));
	rows_copy(rows, 5, ret_secret->secret_key, sizeof(ret_secret->secret_key));
}

static int one_user(
	struct rows *rows, struct user *ret, struct user_secret *ret_secret, struct err *e)
{
	int r = rows_next(rows, e);

	if (r < 0)
		return r;
	if (r == 0)
		return err_set(e, ERR_NOTFOUND, 0, "no such user");
	read_user(rows, ret, ret_secret);
	return 0;
}

int store_user_add(struct db *db, struct user *user, const struct user_secret *secret,
	bool only_first, int64_t now_ms, struct err *e)
{
	autotx struct tx tx = { 0 };
	long long namespace, users;
	int r;

	r = tx_begin(&tx, db, e);
	if (r == 0)
		r = store_user_count(db, &users, e);
	if (r < 0)
		return r;
	if (only_first && users > 0)
		return err_set(e, ERR_DENIED, 0, "there is a user already");
	r = db_run(db, e,
		"insert into user (user_id, name, password_hash, license, secret_key, created_ms) "
		"values (?1, ?2, ?3, ?4, ?5, ?6)",
		db_text(user->user_id), db_text(user->name), db_text(secret->password_hash),
		db_text(user->license), db_text(secret->secret_key), db_int(now_ms));
	if (r < 0)
		return r;
	user->id = db_last_id(db);
	r = store_namespace_add(db, user->id, "default", "", now_ms, &namespace, e);
	return r < 0 ? r : tx_commit(&tx, e);
}

int store_user_count(struct db *db, long long *ret, struct err *e)
{
	return db_number(db, ret, e, "select count(*) from user");
}

int store_user_by_name(struct db *db, const char *name, struct user *ret,
	struct user_secret *ret_secret, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(db, &rows, e, "select " USER_COLUMNS " from user u where u.name = ?1",
		db_text(name));

	return r < 0 ? r : one_user(&rows, ret, ret_secret, e);
}

int store_user_by_id(struct db *db, long long id, struct user *ret, struct user_secret *ret_secret,
	struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(
		db, &rows, e, "select " USER_COLUMNS " from user u where u.id = ?1", db_int(id));

	return r < 0 ? r : one_user(&rows, ret, ret_secret, e);
}

int store_user_by_license(struct db *db, const char *license, struct user *ret,
	struct user_secret *ret_secret, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(db, &rows, e, "select " USER_COLUMNS " from user u where u.license = ?1",
		db_text(license));

	return r < 0 ? r : one_user(&rows, ret, ret_secret, e);
}

int store_user_signed_in(struct db *db, long long user, int64_t now_ms, struct err *e)
{
	int r = db_run(db, e, "update user set last_login_ms = ?2 where id = ?1", db_int(user),
		db_int(now_ms));

	return r < 0 ? r : 0;
}

int store_failures(struct db *db, const char *name, const char *remote, int *ret_failures,
	int64_t *ret_locked_until_ms, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		"select failures, locked_until_ms from login_failure "
		"where name = ?1 and remote = ?2",
		db_text(name), db_text(remote));
	if (r == 0)
		r = rows_next(&rows, e);
	if (r < 0)
		return r;
	*ret_failures = r > 0 ? (int)rows_int(&rows, 0) : 0;
	*ret_locked_until_ms = r > 0 ? rows_int(&rows, 1) : 0;
	return 0;
}

int store_failures_set(struct db *db, const char *name, const char *remote, int failures,
	int64_t locked_until_ms, struct err *e)
{
	int r;

	if (failures == 0)
		r = db_run(db, e, "delete from login_failure where name = ?1 and remote = ?2",
			db_text(name), db_text(remote));
	else
		r = db_run(db, e,
			"insert into login_failure (name, remote, failures, locked_until_ms) "
			"values (?1, ?2, ?3, ?4) on conflict (name, remote) do update set "
			"failures = ?3, locked_until_ms = ?4",
			db_text(name), db_text(remote), db_int(failures), db_int(locked_until_ms));
	return r < 0 ? r : 0;
}

int store_user_set_password(struct db *db, long long user, const char *password_hash,
	const char *keep_hash, struct err *e)
{
	autotx struct tx tx = { 0 };
	int r;

	r = tx_begin(&tx, db, e);
	if (r < 0)
		return r;
	r = db_run(db, e, "update user set password_hash = ?2 where id = ?1", db_int(user),
		db_text(password_hash));
	if (r < 0)
		return r;
	r = db_run(db, e, "delete from session where user = ?1 and token_hash <> ?2", db_int(user),
		db_text(keep_hash));
	return r < 0 ? r : tx_commit(&tx, e);
}

int store_session_add(struct db *db, const char *token_hash, long long user, int64_t now_ms,
	int64_t expires_ms, struct err *e)
{
	int r = db_run(db, e,
		"insert into session (token_hash, user, created_ms, expires_ms) "
		"values (?1, ?2, ?3, ?4)",
		db_text(token_hash), db_int(user), db_int(now_ms), db_int(expires_ms));

	return r < 0 ? r : 0;
}

int store_session_user(struct db *db, const char *token_hash, int64_t now_ms, struct user *ret,
	int64_t *ret_expires_ms, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		"select " USER_COLUMNS ", s.expires_ms from session s join user u on u.id = s.user "
		"where s.token_hash = ?1 and s.expires_ms > ?2",
		db_text(token_hash), db_int(now_ms));
	if (r < 0)
		return r;
	r = one_user(&rows, ret, NULL, e);
	if (r < 0)
		return r;
	*ret_expires_ms = rows_int(&rows, 6);
	return 0;
}

int store_session_renew(struct db *db, const char *token_hash, int64_t expires_ms, struct err *e)
{
	int r = db_run(db, e, "update session set expires_ms = ?2 where token_hash = ?1",
		db_text(token_hash), db_int(expires_ms));

	return r < 0 ? r : 0;
}

int store_session_end(struct db *db, const char *token_hash, struct err *e)
{
	int r = db_run(db, e, "delete from session where token_hash = ?1", db_text(token_hash));

	return r < 0 ? r : 0;
}

int store_session_sweep(struct db *db, int64_t now_ms, struct err *e)
{
	int r = db_run(db, e, "delete from session where expires_ms <= ?1", db_int(now_ms));

	if (r >= 0)
		r = db_run(db, e, "delete from login_failure where locked_until_ms < ?1",
			db_int(now_ms - 3600 * 1000));
	return r < 0 ? r : 0;
}

int store_namespace_add(struct db *db, long long user, const char *name, const char *description,
	int64_t now_ms, long long *ret_id, struct err *e)
{
	int r = db_run(db, e,
		"insert into namespace (user, name, description, created_ms) "
		"values (?1, ?2, ?3, ?4)",
		db_int(user), db_text(name), db_text(description), db_int(now_ms));

	if (r < 0)
		return r;
	*ret_id = db_last_id(db);
	return 0;
}

int store_namespace_each(struct db *db, long long user, namespace_f *each, void *arg, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		"select id, name, description from namespace where user = ?1 order by id",
		db_int(user));
	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		struct namespace_row row = { .id = rows_int(&rows, 0) };

		rows_copy(&rows, 1, row.name, sizeof(row.name));
		rows_copy(&rows, 2, row.description, sizeof(row.description));
		r = each(&row, arg, e);
	}
	return r;
}

int store_namespace_find(
	struct db *db, long long user, const char *name, long long *ret_id, struct err *e)
{
	int r = db_number(db, ret_id, e, "select id from namespace where user = ?1 and name = ?2",
		db_int(user), db_text(name));

	return r == -ERR_NOTFOUND ? err_set(e, ERR_NOTFOUND, 0, "no namespace %s", name) : r;
}

int store_namespace_delete(
	struct db *db, long long user, const char *name, long long id, struct err *e)
{
	long long devices;
	int r;

	r = db_number(db, &devices, e,
		"select count(*) from device d join namespace n "
		"on n.user = d.user and n.name = d.namespace "
		"where n.user = ?1 and (n.name = ?2 or ?2 = '' and n.id = ?3)",
		db_int(user), db_text(name), db_int(id));
	if (r < 0)
		return r;
	if (devices > 0)
		return err_set(e, ERR_BUSY, 0, "%lld agents live in the namespace", devices);
	r = db_run(db, e,
		"delete from namespace where user = ?1 and name <> 'default' "
		"and (name = ?2 or ?2 = '' and id = ?3)",
		db_int(user), db_text(name), db_int(id));
	if (r < 0)
		return r;
	return r > 0 ? 0 : err_set(e, ERR_NOTFOUND, 0, "no such namespace");
}

int store_audit(struct db *db, int64_t now_ms, long long user, const char *remote,
	const char *action, const char *outcome, const char *detail, struct err *e)
{
	struct db_value who = user ? db_int(user) : db_text(NULL);
	int r = db_run(db, e,
		"insert into audit (at_ms, user, remote, action, outcome, detail) "
		"values (?1, ?2, ?3, ?4, ?5, ?6)",
		db_int(now_ms), who, db_text(remote), db_text(action), db_text(outcome),
		db_text(detail));

	return r < 0 ? r : 0;
}
