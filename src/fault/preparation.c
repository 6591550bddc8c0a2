/* The records of preparations. */
#include "fault/preparation.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "base/str.h"
#include "fault/query.h"
#include "fault/record.h"

#define UID_DIGITS 16

#define COLUMNS                                                                                    \
	"SELECT p.uid, program_type, process, port, status, error, create_time, update_time, pid," \
	" start, boot_id FROM preparation p LEFT JOIN gale_preparation g ON g.uid = p.uid"

#define COPY(member, at) snprintf(p.member, sizeof(p.member), "%s", query_column(stmt, at))

static struct preparation preparation_row(sqlite3_stmt *stmt)
{
	struct preparation p = { 0 };
	long long pid = 0;

	COPY(uid, 0);
	COPY(type, 1);
	COPY(process, 2);
	COPY(port, 3);
	COPY(status, 4);
	COPY(error, 5);
	COPY(create_time, 6);
	COPY(update_time, 7);
	str_to_int(query_column(stmt, 8), 0, INT32_MAX, &pid, NULL);
	p.which.pid = (pid_t)pid;
	p.which.start = (unsigned long long)sqlite3_column_int64(stmt, 9);
	COPY(boot_id, 10);
	return p;
}

static void bind_pid(struct query *q, pid_t pid)
{
	char text[24];

	snprintf(text, sizeof(text), "%d", (int)pid);
	bind_text(q, text);
}

static int insert_both(struct records *rs, const struct preparation *p, struct err *e)
{
	struct query q = query(rs, "insert",
		"INSERT INTO preparation (uid, program_type, process, port, status, error,"
		" create_time, update_time, pid) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	int r;

	bind_text(&q, p->uid);
	bind_text(&q, p->type);
	bind_text(&q, p->process);
	bind_text(&q, p->port);
	bind_text(&q, p->status);
	bind_text(&q, p->error);
	bind_text(&q, p->create_time);
	bind_text(&q, p->create_time);
	bind_pid(&q, p->which.pid);
	r = query_run(&q, e);
	if (r < 0)
		return r;
	q = query(rs, "insert",
		"INSERT OR REPLACE INTO gale_preparation (uid, start, boot_id) VALUES (?, ?, ?)");
	bind_text(&q, p->uid);
	bind_int(&q, (int64_t)p->which.start);
	bind_text(&q, p->boot_id);
	return query_run(&q, e);
}

int preparation_insert(const char *state, struct preparation *p, struct err *e)
{
	struct records *rs;
	int r = records_open(state, &rs, e);

	if (r < 0)
		return r;
	if (!p->uid[0])
		rand_hex(p->uid, UID_DIGITS);
	clock_rfc3339(p->create_time);
	memcpy(p->update_time, p->create_time, sizeof(p->update_time));
	clock_boot_id(p->boot_id);
	r = records_begin(rs, e);
	if (r == 0)
		r = records_end(rs, insert_both(rs, p, e), e);
	records_close(rs);
	return r;
}

static int update_both(struct records *rs, const struct preparation *p, struct err *e)
{
	struct query q = query(rs, "update",
		"UPDATE preparation SET status = ?, error = ?, pid = ?, update_time = ? WHERE uid = ?");
	char now[40];
	int r;

	clock_rfc3339(now);
	bind_text(&q, p->status);
	bind_text(&q, p->error);
	bind_pid(&q, p->which.pid);
	bind_text(&q, now);
	bind_text(&q, p->uid);
	r = query_run(&q, e);
	if (r < 0)
		return r;
	q = query(rs, "update", "UPDATE gale_preparation SET start = ? WHERE uid = ?");
	bind_int(&q, (int64_t)p->which.start);
	bind_text(&q, p->uid);
	return query_run(&q, e);
}

int preparation_update(const char *state, const struct preparation *p, struct err *e)
{
	struct records *rs;
	int r = records_open(state, &rs, e);

	if (r < 0)
		return r;
	r = records_begin(rs, e);
	if (r == 0)
		r = records_end(rs, update_both(rs, p, e), e);
	records_close(rs);
	return r;
}

/* The first row of a statement. */
static int preparation_first(struct query *q, struct preparation *ret, struct err *e)
{
	int code = query_step(q);
	int r;

	if (code == SQLITE_ROW)
		*ret = preparation_row(q->stmt);
	r = query_end(q, e);
	return r < 0 || code == SQLITE_ROW ? r
					   : err_set(e, ERR_NOTFOUND, 0, "no such prepare record");
}

int preparation_get(const char *state, const char *uid, struct preparation *ret, struct err *e)
{
	struct records *rs;
	struct query q;
	int r = records_open(state, &rs, e);

	if (r < 0)
		return r;
	q = query(rs, "query", COLUMNS " WHERE p.uid = ?");
	bind_text(&q, uid);
	r = preparation_first(&q, ret, e);
	records_close(rs);
	return r;
}

int preparation_of(
	const char *state, const struct process *which, struct preparation *ret, struct err *e)
{
	char boot[40];
	struct records *rs;
	struct query q;
	int r = records_open(state, &rs, e);

	if (r < 0)
		return r;
	clock_boot_id(boot);
	q = query(rs, "query",
		COLUMNS " WHERE status = 'Running' AND pid = ?1 AND boot_id = ?2"
			" AND (?3 = 0 OR start = ?3) ORDER BY id DESC");
	bind_pid(&q, which->pid);
	bind_text(&q, boot);
	bind_int(&q, (int64_t)which->start);
	r = preparation_first(&q, ret, e);
	records_close(rs);
	return r;
}

int preparation_list(const char *state, const char *status, bool ascending,
	preparation_each_f *each, void *ctx, struct err *e)
{
	struct records *rs;
	struct query q;
	int r = records_open(state, &rs, e);

	if (r < 0)
		return r;
	q = query(rs, "query",
		ascending ? COLUMNS " WHERE ?1 = '' OR status = ?1 ORDER BY id"
			  : COLUMNS " WHERE ?1 = '' OR status = ?1 ORDER BY id DESC");
	bind_text(&q, status);
	while (query_step(&q) == SQLITE_ROW) {
		struct preparation p = preparation_row(q.stmt);

		each(&p, ctx);
	}
	r = query_end(&q, e);
	records_close(rs);
	return r;
}
