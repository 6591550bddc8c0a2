/* The records of experiments, in SQLite. */
#include "fault/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "fault/query.h"

#define COLUMNS                                                                                    \
	"SELECT e.uid, command, sub_command, flag, status, error, create_time, update_time,"       \
	" deadline_wall_ms, deadline_boot_ms, boot_id, seed, ended_by, effect,"                    \
	" (SELECT group_concat(at || ' ' || text, '; ') FROM gale_note n WHERE n.uid = e.uid)"     \
	" FROM experiment e LEFT JOIN gale_experiment g ON g.uid = e.uid"

void record_done(struct record *r)
{
	free(r->flag);
	free(r->error);
	free(r->notes);
	r->flag = r->error = r->notes = NULL;
}

char *record_flag_text(const json_t *flags)
{
	autobuf struct buf out = BUF_INIT(1u << 20);
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)flags, name, value)
	{
		const char *text = json_string_value(value);

		if (!text || str_eq(text, "false"))
			continue;
		buf_fmt(&out, " --%s=", name);
		for (; *text; text++)
			buf_add(&out, *text == ' ' ? "@@##" : text, *text == ' ' ? 4 : 1);
	}
	return strdup(buf_text(&out));
}

static void bind_effect(struct query *q, const struct effect *f)
{
	autojson json_t *object = effect_json(f);
	autofree char *line = json_line(object);

	bind_text(q, line);
}

static int insert_blade(struct records *rs, const struct record *r, struct err *e)
{
	struct query q = query(rs, "insert",
		"INSERT INTO experiment"
		" (uid, command, sub_command, flag, status, error, create_time, update_time)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?)");

	bind_text(&q, r->uid);
	bind_text(&q, r->command);
	bind_text(&q, r->sub_command);
	bind_text(&q, r->flag);
	bind_text(&q, r->status);
	bind_text(&q, r->error);
	bind_text(&q, r->create_time);
	bind_text(&q, r->update_time);
	return query_run(&q, e);
}

static int insert_gale(struct records *rs, const struct record *r, struct err *e)
{
	struct query q = query(rs, "insert",
		"INSERT OR REPLACE INTO gale_experiment"
		" (uid, deadline_wall_ms, deadline_boot_ms, boot_id, seed, ended_by, effect)"
		" VALUES (?, ?, ?, ?, ?, ?, ?)");

	bind_text(&q, r->uid);
	bind_int(&q, r->deadline_wall_ms);
	bind_int(&q, r->deadline_boot_ms);
	bind_text(&q, r->boot_id);
	bind_int(&q, (int64_t)r->seed);
	bind_text(&q, r->ended_by);
	bind_effect(&q, &r->effect);
	return query_run(&q, e);
}

static int insert(struct records *rs, const struct record *r, struct err *e)
{
	int res = insert_blade(rs, r, e);

	return res < 0 ? res : insert_gale(rs, r, e);
}

int record_insert(struct records *rs, const struct record *r, struct err *e)
{
	int res = records_begin(rs, e);

	if (res < 0)
		return res;
	return records_end(rs, insert(rs, r, e), e);
}

static int update_blade(struct records *rs, const struct record *r, struct err *e)
{
	struct query q = query(rs, "update",
		"UPDATE experiment SET status = ?, error = ?, update_time = ? WHERE uid = ?");
	char now[40];

	clock_rfc3339(now);
	bind_text(&q, r->status);
	bind_text(&q, r->error);
	bind_text(&q, now);
	bind_text(&q, r->uid);
	return query_run(&q, e);
}

static int update_gale(struct records *rs, const struct record *r, struct err *e)
{
	struct query q = query(
		rs, "update", "UPDATE gale_experiment SET ended_by = ?, effect = ? WHERE uid = ?");

	bind_text(&q, r->ended_by);
	bind_effect(&q, &r->effect);
	bind_text(&q, r->uid);
	return query_run(&q, e);
}

int record_update(struct records *rs, const struct record *r, struct err *e)
{
	int res = records_begin(rs, e);

	if (res < 0)
		return res;
	res = update_blade(rs, r, e);
	if (res == 0)
		res = sqlite3_changes(rs->db) == 0 ? insert(rs, r, e) : update_gale(rs, r, e);
	return records_end(rs, res, e);
}

int record_note(struct records *rs, const char *uid, const char *text, struct err *e)
{
	struct query q = query(
		rs, "note", "INSERT INTO gale_note (uid, at, text) VALUES (?, ?, ?)");
	char now[40];

	clock_rfc3339(now);
	bind_text(&q, uid);
	bind_text(&q, now);
	bind_text(&q, text);
	return query_run(&q, e);
}

static int delete_from(struct records *rs, const char *sql, const char *uid, struct err *e)
{
	struct query q = query(rs, "delete", sql);

	bind_text(&q, uid);
	return query_run(&q, e);
}

int record_delete(struct records *rs, const char *uid, struct err *e)
{
	int r = records_begin(rs, e);

	if (r < 0)
		return r;
	r = delete_from(rs, "DELETE FROM experiment WHERE uid = ?", uid, e);
	if (r == 0)
		r = delete_from(rs, "DELETE FROM gale_experiment WHERE uid = ?", uid, e);
	if (r == 0)
		r = delete_from(rs, "DELETE FROM gale_note WHERE uid = ?", uid, e);
	return records_end(rs, r, e);
}

#define COPY(member, at) snprintf(r.member, sizeof(r.member), "%s", query_column(stmt, at))

static int record_row(sqlite3_stmt *stmt, struct record *ret, struct err *e)
{
	struct record r = { 0 };
	const char *effect = query_column(stmt, 13);
	autojson json_t *object = NULL;

	COPY(uid, 0);
	COPY(command, 1);
	COPY(sub_command, 2);
	r.flag = strdup(query_column(stmt, 3));
	COPY(status, 4);
	r.error = strdup(query_column(stmt, 5));
	r.notes = strdup(query_column(stmt, 14));
	if (!r.flag || !r.error || !r.notes) {
		record_done(&r);
		return err_set(e, ERR_NOMEM, ENOMEM, "read a record");
	}
	COPY(create_time, 6);
	COPY(update_time, 7);
	r.deadline_wall_ms = sqlite3_column_int64(stmt, 8);
	r.deadline_boot_ms = sqlite3_column_int64(stmt, 9);
	COPY(boot_id, 10);
	r.seed = (uint64_t)sqlite3_column_int64(stmt, 11);
	COPY(ended_by, 12);
	if (*effect && json_parse(effect, strlen(effect), &object, NULL) == 0)
		effect_from_json(object, &r.effect);
	*ret = r;
	return 0;
}

int record_get(struct records *rs, const char *uid, struct record *ret, struct err *e)
{
	struct query q = query(rs, "query", COLUMNS " WHERE e.uid = ?");
	int r;

	bind_text(&q, uid);
	switch (query_step(&q)) {
	case SQLITE_ROW:
		r = record_row(q.stmt, ret, e);
		break;
	case SQLITE_DONE:
		r = err_set(e, ERR_NOTFOUND, 0,
			"`%s` record not found, if it's k8s experiment, please add --target k8s flag to retry",
			uid);
		break;
	default:
		return query_end(&q, e);
	}
	query_end(&q, NULL);
	return r;
}

int record_read(const char *state, const char *uid, struct record *ret, struct err *e)
{
	struct records *rs;
	int r = records_open(state, &rs, e);

	if (r < 0)
		return r;
	r = record_get(rs, uid, ret, e);
	records_close(rs);
	return r;
}

static void filter_sql(const struct record_filter *f, struct buf *sql)
{
	buf_str(sql, COLUMNS " WHERE 1");
	if (f->command)
		buf_str(sql, " AND command = ?");
	if (f->sub_command)
		buf_str(sql, " AND sub_command = ?");
	if (f->flag_like)
		buf_str(sql, " AND flag LIKE ?");
	if (f->status)
		buf_str(sql, " AND status = ?");
	buf_fmt(sql, " ORDER BY id %s LIMIT ? OFFSET ?", f->ascending ? "ASC" : "DESC");
}

static void filter_bind(const struct record_filter *f, struct query *q)
{
	autobuf struct buf like = BUF_INIT(4096);

	if (f->command)
		bind_text(q, f->command);
	if (f->sub_command)
		bind_text(q, f->sub_command);
	if (f->flag_like) {
		buf_fmt(&like, "%%%s%%", f->flag_like);
		bind_text(q, buf_text(&like));
	}
	if (f->status)
		bind_text(q, f->status);
	bind_int(q, f->limit ? f->limit : -1);
	bind_int(q, f->offset);
}

int record_list(struct records *rs, const struct record_filter *f, record_each_f *each, void *ctx,
	struct err *e)
{
	autobuf struct buf sql = BUF_INIT(2048);
	struct query q;
	int r = 0, end;

	filter_sql(f, &sql);
	q = query(rs, "query", buf_text(&sql));
	filter_bind(f, &q);
	while (r == 0 && query_step(&q) == SQLITE_ROW) {
		struct record row;

		r = record_row(q.stmt, &row, e);
		if (r == 0) {
			r = each(&row, ctx);
			record_done(&row);
		}
	}
	end = query_end(&q, e);
	return r ? r : end;
}
