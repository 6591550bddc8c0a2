/* SQLite behind the store: connections, a cache of prepared statements, transactions. */
#include "box/store/db.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/embed.h"

#define CACHE_SLOTS	256
#define BUSY_TIMEOUT_MS 5000

/* Statements are kept by the address of their SQL literal; the text decides. */
struct cached {
	struct cached *next;
	const char *sql;
	sqlite3_stmt *stmt;
	bool busy; /* being read: a second reader gets a statement of its own */
};

struct db {
	sqlite3 *handle;
	struct cached *cache[CACHE_SLOTS];
	bool in_tx;
};

static int db_failed(struct db *db, int rc, const char *what, struct err *e)
{
	enum err_kind kind = ERR_STORE;

	if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY)
		kind = ERR_CONFLICT;
	else if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
		kind = ERR_BUSY;
	else if ((rc & 0xff) == SQLITE_NOMEM)
		kind = ERR_NOMEM;
	return err_set(e, kind, 0, "database: %s: %s", what, sqlite3_errmsg(db->handle));
}

static int db_script(struct db *db, const char *sql, struct err *e)
{
	int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_failed(db, rc, "set up", e);
}

int db_open(const char *path, struct db **ret, struct err *e)
{
	struct db *db = calloc(1, sizeof(*db));
	int rc, r;

	if (!db)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	rc = sqlite3_open_v2(path, &db->handle,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK) {
		r = err_set(e, ERR_STORE, 0, "database %s: %s", path,
			db->handle ? sqlite3_errmsg(db->handle) : "out of memory");
		db_close(db);
		return r;
	}
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
	/*
	 * synchronous=normal: a commit outlives the death of this process; a power cut may take the
	 * last ones, and the agents' own deadlines cover what they held.
	 */
	r = db_script(db,
		"pragma journal_mode = wal;"
		"pragma synchronous = normal;"
		"pragma foreign_keys = on;"
		"pragma temp_store = memory;"
		"pragma cache_size = -4096;",
		e);
	if (r < 0) {
		db_close(db);
		return r;
	}
	*ret = db;
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < CACHE_SLOTS; i++) {
		for (struct cached *c = db->cache[i], *next; c; c = next) {
			next = c->next;
			sqlite3_finalize(c->stmt);
			free(c);
		}
	}
	sqlite3_close(db->handle);
	free(db);
}

/* A statement ready to be bound; marked busy until it is released. */
static int db_prepare(struct db *db, const char *sql, struct cached **ret, struct err *e)
{
	struct cached **slot = &db->cache[((uintptr_t)sql >> 4) % CACHE_SLOTS], *c;
	int rc;

	for (c = *slot; c; c = c->next) {
		if (!c->busy && c->sql == sql && strcmp(sqlite3_sql(c->stmt), sql) == 0) {
			c->busy = true;
			*ret = c;
			return 0;
		}
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &c->stmt, NULL);
	if (rc != SQLITE_OK) {
		free(c);
		return db_failed(db, rc, "prepare", e);
	}
	c->sql = sql;
	c->busy = true;
	c->next = *slot;
	*slot = c;
	*ret = c;
	return 0;
}

static void db_release(struct cached *c)
{
	sqlite3_reset(c->stmt);
	sqlite3_clear_bindings(c->stmt);
	c->busy = false;
}

static int db_bind(struct db *db, sqlite3_stmt *stmt, const struct db_value *values, struct err *e)
{
	int rc = SQLITE_OK;

	for (int i = 1; values->type != DB_LAST && rc == SQLITE_OK; i++, values++) {
		if (values->type == DB_INT)
			rc = sqlite3_bind_int64(stmt, i, values->number);
		else if (values->type == DB_REAL)
			rc = sqlite3_bind_double(stmt, i, values->real);
		else if (values->type == DB_TEXT)
			rc = sqlite3_bind_text(stmt, i, values->text, -1, SQLITE_TRANSIENT);
		else
			rc = sqlite3_bind_null(stmt, i);
	}
	return rc == SQLITE_OK ? 0 : db_failed(db, rc, "bind", e);
}

int db_run_values(struct db *db, struct err *e, const char *sql, const struct db_value *values)
{
	struct cached *c;
	int rc, r;

	r = db_prepare(db, sql, &c, e);
	if (r < 0)
		return r;
	r = db_bind(db, c->stmt, values, e);
	if (r == 0) {
		rc = sqlite3_step(c->stmt);
		r = rc == SQLITE_DONE || rc == SQLITE_ROW ? sqlite3_changes(db->handle)
							  : db_failed(db, rc, "write", e);
	}
	db_release(c);
	return r;
}

long long db_last_id(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

int db_query_values(struct db *db, struct rows *ret, struct err *e, const char *sql,
	const struct db_value *values)
{
	struct cached *c;
	int r;

	rows_done(ret);
	r = db_prepare(db, sql, &c, e);
	if (r < 0)
		return r;
	r = db_bind(db, c->stmt, values, e);
	if (r < 0) {
		db_release(c);
		return r;
	}
	*ret = (struct rows){ .db = db, .stmt = c->stmt, .busy = &c->busy };
	return 0;
}

int rows_next(struct rows *rows, struct err *e)
{
	int rc = sqlite3_step(rows->stmt);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : db_failed(rows->db, rc, "read", e);
}

void rows_done(struct rows *rows)
{
	if (!rows->stmt)
		return;
	sqlite3_reset(rows->stmt);
	sqlite3_clear_bindings(rows->stmt);
	*rows->busy = false;
	rows->stmt = NULL;
}

long long rows_int(const struct rows *rows, int column)
{
	return sqlite3_column_int64(rows->stmt, column);
}

double rows_real(const struct rows *rows, int column)
{
	return sqlite3_column_double(rows->stmt, column);
}

const char *rows_text(const struct rows *rows, int column)
{
	const char *text = (const char *)sqlite3_column_text(rows->stmt, column);

	return text ? text : "";
}

bool rows_null(const struct rows *rows, int column)
{
	return sqlite3_column_type(rows->stmt, column) == SQLITE_NULL;
}

void rows_copy(const struct rows *rows, int column, char *ret, size_t size)
{
	const char *text = rows_text(rows, column);
	size_t len = strlen(text);

	if (len >= size) {
		len = size - 1;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(ret, text, len);
	ret[len] = '\0';
}

int db_number_values(struct db *db, long long *ret, struct err *e, const char *sql,
	const struct db_value *values)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query_values(db, &rows, e, sql, values);
	if (r < 0)
		return r;
	r = rows_next(&rows, e);
	if (r < 0)
		return r;
	if (r == 0)
		return err_set(e, ERR_NOTFOUND, 0, "no such row");
	*ret = rows_int(&rows, 0);
	return 0;
}

int tx_begin(struct tx *tx, struct db *db, struct err *e)
{
	int r;

	assert(!db->in_tx);
	r = db_run(db, e, "begin immediate");
	if (r < 0)
		return r;
	db->in_tx = true;
	tx->db = db;
	return 0;
}

int tx_commit(struct tx *tx, struct err *e)
{
	int r = db_run(tx->db, e, "commit");

	if (r < 0)
		return r;
	tx->db->in_tx = false;
	tx->db = NULL;
	return 0;
}

void tx_rollback(struct tx *tx)
{
	if (!tx->db)
		return;
	db_run(tx->db, NULL, "rollback");
	tx->db->in_tx = false;
	tx->db = NULL;
}

/* store/migrations/NNN-name.sql, in the order of their names. */
extern const struct embedded migration_scripts[];

static int migrate_one(struct db *db, const struct embedded *m, int64_t now_ms, struct err *e)
{
	autotx struct tx tx = { 0 };
	long number = strtol(m->name, NULL, 10);
	long long seen;
	int r;

	r = tx_begin(&tx, db, e);
	if (r < 0)
		return r;
	r = db_number(
		db, &seen, e, "select count(*) from migration where number = ?1", db_int(number));
	if (r < 0)
		return r;
	if (seen)
		return 0;
	r = db_script(db, m->data, e);
	if (r < 0)
		return err_wrap(e, "migration %s", m->name);
	r = db_run(db, e, "insert into migration (number, name, applied_ms) values (?1, ?2, ?3)",
		db_int(number), db_text(m->name), db_int(now_ms));
	if (r < 0)
		return r;
	return tx_commit(&tx, e);
}

int db_migrate(struct db *db, int64_t now_ms, struct err *e)
{
	int r;

	r = db_script(db,
		"create table if not exists migration ("
		"number integer primary key, name text not null, applied_ms integer not null)",
		e);
	for (const struct embedded *m = migration_scripts; r == 0 && m->name; m++)
		r = migrate_one(db, m, now_ms, e);
	return r;
}
