/* Queries of tasks alone, and of feedback. */
#include "box/store/drill_task.h"

#include "base/cleanup.h"
#include "box/store/db.h"

#define TASK_COLUMNS                                                                               \
	"id, experiment, user, namespace, name, state, result, start_ms, end_ms, duration_s,"      \
	" deadline_ms, guard_fired, wake_ms, seed, feedback, message"

static void read_task(const struct rows *rows, struct run *run)
{
	*run = (struct run){ .id = rows_int(rows, 0),
		.experiment = rows_int(rows, 1),
		.user = rows_int(rows, 2),
		.state = (enum run_state)rows_int(rows, 5),
		.result = (enum run_result)rows_int(rows, 6),
		.start_ms = rows_int(rows, 7),
		.end_ms = rows_int(rows, 8),
		.duration_s = rows_int(rows, 9),
		.deadline_ms = rows_int(rows, 10),
		.guard_fired = rows_int(rows, 11) != 0,
		.wake_ms = rows_int(rows, 12),
		.seed = rows_int(rows, 13),
		.feedback = (int)rows_int(rows, 14) };
	rows_copy(rows, 3, run->namespace, sizeof(run->namespace));
	rows_copy(rows, 4, run->name, sizeof(run->name));
	rows_copy(rows, 15, run->message, sizeof(run->message));
}

int store_task_load(struct db *db, long long id, struct run *ret, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(
		db, &rows, e, "select " TASK_COLUMNS " from task where id = ?1", db_int(id));

	if (r < 0 || (r = rows_next(&rows, e)) < 0)
		return r;
	if (r == 0)
		return err_set(e, ERR_NOTFOUND, 0, "no drill task %lld", id);
	read_task(&rows, ret);
	return 0;
}

/* ?1 user ... ?8 results */
#define TASK_WHERE                                                                                 \
	" from task where user = ?1 and (?2 = '' or namespace = ?2)"                               \
	" and (?3 = 0 or experiment = ?3)"                                                         \
	" and (?4 = '' or experiment in (select experiment from experiment_host"                   \
	" where application = ?4))"                                                                \
	" and (?5 = '' or id in (select task from execution where configuration_id = ?5)"          \
	" or id in (select task from execution_pod where configuration_id = ?5))"                  \
	" and (?6 = 0 or start_ms >= ?6) and (?7 = 0 or start_ms <= ?7)"                           \
	" and (?8 = 0 or ?8 & (1 << (result + 1)))"
#define TASK_FILTER(f)                                                                             \
	db_int((f)->user), db_text((f)->namespace), db_int((f)->experiment),                       \
		db_text((f)->application), db_text((f)->target), db_int((f)->from_ms),             \
		db_int((f)->to_ms), db_int((f)->results)

int store_task_each(
	struct db *db, const struct task_filter *filter, task_f *each, void *arg, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(db, &rows, e,
		"select " TASK_COLUMNS TASK_WHERE
		" order by start_ms desc, id desc limit ?10 offset ?9",
		TASK_FILTER(filter), db_int(filter->offset), db_int(filter->limit));

	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		struct run task;

		read_task(&rows, &task);
		r = each(&task, arg, e);
	}
	return r;
}

int store_task_count(struct db *db, const struct task_filter *filter, long long *ret, struct err *e)
{
	return db_number(db, ret, e, "select count(*)" TASK_WHERE, TASK_FILTER(filter));
}

int store_task_stat(
	struct db *db, const struct task_filter *filter, struct task_stat *ret, struct err *e)
{
	autorows struct rows rows = { 0 };
	struct task_stat stat = { 0 };
	int r = db_query(db, &rows, e,
		"select state, result, count(*)" TASK_WHERE " group by state, result",
		TASK_FILTER(filter));

	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		long long result = rows_int(&rows, 1), count = rows_int(&rows, 2);

		stat.total += count;
		if (rows_int(&rows, 0) == STATE_FINISHED)
			stat.finished += count;
		else
			stat.running += count;
		if (result >= 0 && result < (long long)ARRAY_LEN(stat.by_result))
			stat.by_result[result] += count;
		r = 0;
	}
	if (r == 0)
		*ret = stat;
	return r;
}

static int each_name(struct rows *rows, int r, name_f *each, void *arg, struct err *e)
{
	while (r == 0 && (r = rows_next(rows, e)) > 0)
		r = each(rows_text(rows, 0), arg, e);
	return r;
}

int store_task_hosts(struct db *db, long long task, name_f *each, void *arg, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(db, &rows, e,
		"select distinct host_ip from execution where task = ?1 order by 1", db_int(task));

	return each_name(&rows, r, each, arg, e);
}

int store_task_applications(struct db *db, long long task, name_f *each, void *arg, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(db, &rows, e,
		"select distinct application.name from task"
		" join experiment_host on experiment_host.experiment = task.experiment"
		" join application on cast(application.id as text) = experiment_host.application"
		" where task.id = ?1 and application.user = task.user order by 1",
		db_int(task));

	return each_name(&rows, r, each, arg, e);
}

int store_feedback_load(struct db *db, long long task, struct feedback *ret, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(db, &rows, e,
		"select id, coalesce(expectation, -1), coalesce(business, -1), memo, at_ms"
		" from feedback where task = ?1",
		db_int(task));

	if (r < 0 || (r = rows_next(&rows, e)) < 0)
		return r;
	if (r == 0)
		return err_set(e, ERR_NOTFOUND, 0, "no feedback was given");
	rows_copy(&rows, 0, ret->id, sizeof(ret->id));
	ret->expectation = (int)rows_int(&rows, 1);
	ret->business = (int)rows_int(&rows, 2);
	rows_copy(&rows, 3, ret->memo, sizeof(ret->memo));
	ret->at_ms = rows_int(&rows, 4);
	return 0;
}

int store_feedback_save(
	struct db *db, long long task, const struct feedback *feedback, struct err *e)
{
	int r;

	r = db_run(db, e,
		"insert into feedback (task, id, expectation, business, memo, at_ms)"
		" values (?1, ?2, nullif(?3, -1), nullif(?4, -1), ?5, ?6)"
		" on conflict (task) do update set expectation = excluded.expectation,"
		" business = excluded.business, memo = excluded.memo, at_ms = excluded.at_ms",
		db_int(task), db_text(feedback->id), db_int(feedback->expectation),
		db_int(feedback->business), db_text(feedback->memo), db_int(feedback->at_ms));
	if (r < 0)
		return r;
	return db_run(db, e, "update task set feedback = 1 where id = ?1", db_int(task));
}
