/* The file of records and its tables, and statements on it. */
#include "fault/query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/str.h"
#include "fault/record.h"

/* blade's table and indexes to the letter; what Gale adds stands in a table of its own. */
static const char schema[] =
	"CREATE TABLE IF NOT EXISTS experiment ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, uid VARCHAR(32) UNIQUE, command VARCHAR NOT NULL,"
	" sub_command VARCHAR, flag VARCHAR, status VARCHAR, error VARCHAR,"
	" create_time VARCHAR, update_time VARCHAR);"
	"CREATE UNIQUE INDEX IF NOT EXISTS exp_uid_uidx ON experiment (uid);"
	"CREATE INDEX IF NOT EXISTS exp_command_idx ON experiment (command);"
	"CREATE INDEX IF NOT EXISTS exp_status_idx ON experiment (status);"
	"CREATE TABLE IF NOT EXISTS gale_experiment ("
	" uid TEXT PRIMARY KEY, deadline_wall_ms INTEGER, deadline_boot_ms INTEGER, boot_id TEXT,"
	" seed INTEGER, ended_by TEXT, effect TEXT) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS preparation ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, uid VARCHAR(32) UNIQUE,"
	" program_type VARCHAR NOT NULL, process VARCHAR, port VARCHAR, status VARCHAR,"
	" error VARCHAR, create_time VARCHAR, update_time VARCHAR, pid VARCHAR);"
	"CREATE UNIQUE INDEX IF NOT EXISTS pre_uid_uidx ON preparation (uid);"
	"CREATE INDEX IF NOT EXISTS pre_status_idx ON preparation (status);"
	"CREATE INDEX IF NOT EXISTS pre_type_process_idx ON preparation (program_type, process);"
	"CREATE TABLE IF NOT EXISTS gale_preparation ("
	" uid TEXT PRIMARY KEY, start INTEGER, boot_id TEXT) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS gale_note (uid TEXT, at TEXT, text TEXT);"
	"CREATE INDEX IF NOT EXISTS note_uid_idx ON gale_note (uid);"
	"PRAGMA user_version = 1;";

static int records_fail(struct records *rs, const char *what, struct err *e)
{
	return err_set(
		e, ERR_STORE, 0, "`%s`: failed to execute, err: %s", what, sqlite3_errmsg(rs->db));
}

static int records_path(const char *state, char *ret, size_t size, struct err *e)
{
	const char *given = getenv("CHAOSBLADE_DATAFILE_PATH");
	struct stat st;
	int n;

	if (str_empty(given))
		n = snprintf(ret, size, "%s/gale.db", state);
	else if (stat(given, &st) == 0 && S_ISDIR(st.st_mode))
		n = snprintf(ret, size, "%s/chaosblade.dat", given);
	else
		n = snprintf(ret, size, "%s", given);
	if (n >= (int)size)
		return err_set(e, ERR_INVALID, ENAMETOOLONG, "the path of the records");
	return str_empty(given) ? dir_make(state, 0700, e) : 0;
}

/* A fresh file, one of blade's, or an older one of ours lacks a table: only then they are made. */
static int records_prepare(struct records *rs, struct err *e)
{
	sqlite3_stmt *probe = NULL;
	int r = sqlite3_prepare_v2(rs->db,
		"SELECT 1 FROM experiment, gale_experiment, gale_preparation, preparation, gale_note",
		-1, &probe, NULL);

	sqlite3_finalize(probe);
	if (r == SQLITE_OK)
		return 0;
	if (r != SQLITE_ERROR)
		return records_fail(rs, "open", e);
	if (sqlite3_exec(rs->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
		sqlite3_exec(rs->db, schema, NULL, NULL, NULL) != SQLITE_OK ||
		sqlite3_exec(rs->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		return records_fail(rs, "make tables", e);
	return 0;
}

int records_open(const char *state, struct records **ret, struct err *e)
{
	char path[4096];
	struct records *rs;
	int r = records_path(state, path, sizeof(path), e);

	if (r < 0)
		return r;
	rs = calloc(1, sizeof(*rs));
	if (!rs)
		return err_set(e, ERR_NOMEM, ENOMEM, "open records");
	if (sqlite3_open_v2(path, &rs->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
		SQLITE_OK) {
		r = records_fail(rs, "open", e);
	} else {
		sqlite3_busy_timeout(rs->db, 5000);
		r = records_prepare(rs, e);
	}
	if (r < 0) {
		records_close(rs);
		return err_wrap(e, "%s", path);
	}
	*ret = rs;
	return 0;
}

void records_close(struct records *rs)
{
	if (!rs)
		return;
	sqlite3_close(rs->db);
	free(rs);
}

struct query query(struct records *rs, const char *what, const char *sql)
{
	struct query q = { .rs = rs, .what = what };

	q.code = sqlite3_prepare_v2(rs->db, sql, -1, &q.stmt, NULL);
	return q;
}

void bind_text(struct query *q, const char *text)
{
	if (q->code == SQLITE_OK)
		q->code = sqlite3_bind_text(
			q->stmt, ++q->at, text ? text : "", -1, SQLITE_TRANSIENT);
}

void bind_int(struct query *q, int64_t number)
{
	if (q->code == SQLITE_OK)
		q->code = sqlite3_bind_int64(q->stmt, ++q->at, number);
}

int query_step(struct query *q)
{
	if (q->code == SQLITE_OK || q->code == SQLITE_ROW)
		q->code = sqlite3_step(q->stmt);
	return q->code;
}

int query_end(struct query *q, struct err *e)
{
	int r = 0;

	if (q->code != SQLITE_OK && q->code != SQLITE_ROW && q->code != SQLITE_DONE)
		r = records_fail(q->rs, q->what, e);
	sqlite3_finalize(q->stmt);
	return r;
}

int query_run(struct query *q, struct err *e)
{
	query_step(q);
	return query_end(q, e);
}

int records_begin(struct records *rs, struct err *e)
{
	if (sqlite3_exec(rs->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return records_fail(rs, "begin", e);
	return 0;
}

int records_end(struct records *rs, int r, struct err *e)
{
	if (r == 0 && sqlite3_exec(rs->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		r = records_fail(rs, "commit", e);
	if (r < 0)
		sqlite3_exec(rs->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

const char *query_column(sqlite3_stmt *stmt, int at)
{
	const unsigned char *text = sqlite3_column_text(stmt, at);

	return text ? (const char *)text : "";
}
