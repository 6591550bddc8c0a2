/*
 * The box's database. One struct db a thread; SQL text stands in this folder only, one function a
 * query, values bound and never pasted. Time is an argument, in ms since 1970.
 */
#ifndef BOX_STORE_DB_H
#define BOX_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct db;
struct sqlite3_stmt;

/* Opens or makes the file, in WAL mode; a writer waits up to 5 s for another one. */
int db_open(const char *path, struct db **ret, struct err *e);
void db_close(struct db *db); /* NULL is fine */

/*
 * Applies the numbered scripts of store/migrations/ that this file has not seen, in the order of
 * their numbers, each in a transaction of its own. Numbers from 100 belong to drills.
 */
int db_migrate(struct db *db, int64_t now_ms, struct err *e);

/* What is bound to the ?1, ?2 ... of a statement. */
enum db_type { DB_LAST, DB_NULL, DB_INT, DB_REAL, DB_TEXT };

struct db_value {
	enum db_type type;
	union {
		long long number;
		double real;
		const char *text; /* borrowed during the call; NULL is bound as null */
	};
};

static inline struct db_value db_int(long long number)
{
	return (struct db_value){ .type = DB_INT, .number = number };
}

static inline struct db_value db_real(double real)
{
	return (struct db_value){ .type = DB_REAL, .real = real };
}

static inline struct db_value db_text(const char *text)
{
	return (struct db_value){ .type = text ? DB_TEXT : DB_NULL, .text = text };
}

#define DB_VALUES(...) ((const struct db_value[]){ __VA_ARGS__ __VA_OPT__(, ){ .type = DB_LAST } })

/*
 * Runs a statement that gives no rows; the number of rows changed, or -ERR_x. A broken unique
 * constraint is -ERR_CONFLICT. sql is a literal; prepared once a connection.
 *	db_run(db, e, "update device set status = ?1 where id = ?2", db_int(3), db_int(id));
 */
#define db_run(db, e, sql, ...) db_run_values(db, e, sql, DB_VALUES(__VA_ARGS__))
int db_run_values(struct db *db, struct err *e, const char *sql, const struct db_value *values);

long long db_last_id(const struct db *db); /* of the row inserted last */

/*
 * Reads rows:
 *	autorows struct rows rows = { 0 };
 *
 *	r = db_query(db, &rows, e, "select id, name from app where user = ?1", db_int(user));
 *	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
 *		... rows_int(&rows, 0), rows_text(&rows, 1) ...
 *		r = 0;
 *	}
 */
struct rows {
	struct db *db;
	struct sqlite3_stmt *stmt;
	bool *busy;
};

#define db_query(db, ret, e, sql, ...) db_query_values(db, ret, e, sql, DB_VALUES(__VA_ARGS__))
int db_query_values(struct db *db, struct rows *ret, struct err *e, const char *sql,
	const struct db_value *values);
int rows_next(struct rows *rows, struct err *e); /* 1: a row, 0: no more, -ERR_x */
void rows_done(struct rows *rows);

long long rows_int(const struct rows *rows, int column);
double rows_real(const struct rows *rows, int column);
const char *rows_text(const struct rows *rows, int column); /* "" for null; until rows_next */
bool rows_null(const struct rows *rows, int column);
/* Copies the text, cut to size (a UTF-8 sequence is not cut in two). */
void rows_copy(const struct rows *rows, int column, char *ret, size_t size);

#define autorows __attribute__((cleanup(rows_done)))

/* One number ("select count(*) ..."): -ERR_NOTFOUND without a row. */
#define db_number(db, ret, e, sql, ...) db_number_values(db, ret, e, sql, DB_VALUES(__VA_ARGS__))
int db_number_values(struct db *db, long long *ret, struct err *e, const char *sql,
	const struct db_value *values);

/*
 * A transaction, taken back when it leaves its scope without a commit:
 *	autotx struct tx tx = { 0 };
 *
 *	r = tx_begin(&tx, db, e);
 *	...
 *	return tx_commit(&tx, e);
 * It takes the write lock at once. Never nested.
 */
struct tx {
	struct db *db;
};

int tx_begin(struct tx *tx, struct db *db, struct err *e);
int tx_commit(struct tx *tx, struct err *e);
void tx_rollback(struct tx *tx); /* nothing after a commit */

#define autotx __attribute__((cleanup(tx_rollback)))

#endif
