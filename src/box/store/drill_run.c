/* What is written of a run, and which runs there are. Reading one whole: drill_load.c. */
#include "box/store/drill_run.h"

#include <string.h>

#include "box/store/db.h"

/* Ids grow with the time, so that a newer row is behind an older one in every index. */
static long long id_floor(int64_t now_ms)
{
	return (long long)now_ms << 20;
}

static int add_activity(struct db *db, struct run *run, size_t seq, int64_t now_ms, struct err *e)
{
	struct activity *a = &run->activities[seq];
	int r;

	r = db_run(db, e,
		"insert into activity (id, task, seq, definition_id, flow_id, app_code, name,"
		" arguments, phase, needs_check, interrupt, tolerance, pause_before_ms,"
		" pause_after_ms, attack)"
		" select max(?1, coalesce(max(id) + 1, 0)), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
		" ?11, ?12, ?13, ?14, ?15 from activity",
		db_int(id_floor(now_ms)), db_int(run->id), db_int((long long)seq),
		db_text(a->definition_id), db_text(a->flow_id), db_text(a->app_code),
		db_text(a->name), db_text(a->arguments), db_int(a->phase), db_int(a->needs_check),
		db_int(a->interrupt), db_int(a->tolerance), db_int(a->pause_before_ms),
		db_int(a->pause_after_ms), db_int(a->attack));
	if (r >= 0)
		a->id = db_last_id(db);
	return r;
}

static int add_execution(struct db *db, struct run *run, size_t i, int64_t now_ms, struct err *e)
{
	struct execution *x = &run->executions[i];
	int r;

	r = db_run(db, e,
		"insert into execution (id, task, activity, configuration_id, host_ip, device_name,"
		" space)"
		" select max(?1, coalesce(max(id) + 1, 0)), ?2, ?3, ?4, ?5, ?6, ?7 from execution",
		db_int(id_floor(now_ms)), db_int(run->id), db_int(run->activities[x->activity].id),
		db_text(x->target), db_text(x->host_ip), db_text(x->device_name),
		db_text(x->space));
	if (r >= 0)
		x->id = db_last_id(db);
	return r;
}

static int add_pod(struct db *db, const struct run *run, struct run_pod *pod, struct err *e)
{
	int r;

	r = db_run(db, e,
		"insert into execution_pod (task, execution, configuration_id, name, node, ip)"
		" values (?1, ?2, ?3, ?4, ?5, ?6)",
		db_int(run->id), db_int(run->executions[pod->execution].id),
		db_text(pod->configuration_id), db_text(pod->name), db_text(pod->node),
		db_text(pod->ip));
	if (r >= 0)
		pod->id = db_last_id(db);
	return r;
}

static int add_task(struct db *db, struct run *run, int64_t now_ms, struct err *e)
{
	int r;

	r = db_run(db, e,
		"insert into task (id, experiment, user, namespace, name, state, start_ms,"
		" duration_s, deadline_ms, wake_ms, seed)"
		" select max(?1, coalesce(max(id) + 1, 0)), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11"
		" from task",
		db_int(id_floor(now_ms)), db_int(run->experiment), db_int(run->user),
		db_text(run->namespace), db_text(run->name), db_int(run->state),
		db_int(run->start_ms), db_int(run->duration_s), db_int(run->deadline_ms),
		db_int(run->wake_ms), db_int(run->seed));
	if (r >= 0)
		run->id = db_last_id(db);
	return r;
}

int store_run_add(struct db *db, struct run *run, int64_t now_ms, struct err *e)
{
	int r = add_task(db, run, now_ms, e);

	for (size_t i = 0; r >= 0 && i < run->activity_count; i++)
		r = add_activity(db, run, i, now_ms, e);
	for (size_t i = 0; r >= 0 && i < run->execution_count; i++)
		r = add_execution(db, run, i, now_ms, e);
	for (size_t i = 0; r >= 0 && i < run->pod_count; i++)
		r = add_pod(db, run, &run->pods[i], e);
	return r < 0 ? r : 0;
}

/* ---- writing ---- */

static int save_task(struct db *db, struct run *run, struct err *e)
{
	int r;

	r = db_run(db, e,
		"update task set state = ?2, result = ?3, end_ms = ?4, guard_fired = ?5,"
		" wake_ms = ?6, feedback = ?7, message = ?8 where id = ?1",
		db_int(run->id), db_int(run->state), db_int(run->result), db_int(run->end_ms),
		db_int(run->guard_fired), db_int(run->wake_ms), db_int(run->feedback),
		db_text(run->message));
	if (r < 0 || run->state != STATE_FINISHED)
		return r;
	return db_run(db, e,
		"update experiment set state = 0, result = ?3 where id = ?1 and task = ?2",
		db_int(run->experiment), db_int(run->id), db_int(run->result));
}

static int save_activity(struct db *db, const struct activity *a, struct err *e)
{
	return db_run(db, e,
		"update activity set state = ?2, result = ?3, user_check = ?4, step = ?5,"
		" retrying = ?6, wake_ms = ?7, start_ms = ?8, end_ms = ?9, error = ?10 where id = ?1",
		db_int(a->id), db_int(a->state), db_int(a->result), db_int(a->check),
		db_int(a->step), db_int(a->retrying), db_int(a->wake_ms), db_int(a->start_ms),
		db_int(a->end_ms), db_text(a->error));
}

static int save_execution(struct db *db, const struct execution *x, struct err *e)
{
	return db_run(db, e,
		"update execution set state = ?2, result = ?3, ask = ?4, due_ms = ?5, start_ms = ?6,"
		" end_ms = ?7, code = ?8, error = ?9, effect = ?10,"
		" request = coalesce(?11, request), response = coalesce(?12, response) where id = ?1",
		db_int(x->id), db_int(x->state), db_int(x->result), db_int(x->ask),
		db_int(x->due_ms), db_int(x->start_ms), db_int(x->end_ms), db_int(x->code),
		db_text(x->error), db_text(x->effect), db_text(x->request), db_text(x->response));
}

static int save_pod(struct db *db, const struct run_pod *pod, struct err *e)
{
	return db_run(db, e,
		"update execution_pod set result = ?2, sub_uid = ?3, error = ?4 where id = ?1",
		db_int(pod->id), db_int(pod->result), db_text(pod->sub_uid), db_text(pod->error));
}

static int add_injection(struct db *db, const struct run *run, struct injection *in, struct err *e)
{
	return db_run(db, e,
		"insert into injection (uid, task, execution, state, wanted_gone, sends, tries,"
		" sent_ms, deadline_ms, due_ms) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
		db_text(in->uid), db_int(run->id), db_int(run->executions[in->execution].id),
		db_int(in->state), db_int(in->wanted_gone), db_int(in->sends), db_int(in->tries),
		db_int(in->sent_ms), db_int(in->deadline_ms), db_int(in->due_ms));
}

static int save_injection(struct db *db, const struct injection *in, struct err *e)
{
	return db_run(db, e,
		"update injection set state = ?2, wanted_gone = ?3, sends = ?4, tries = ?5,"
		" sent_ms = ?6, deadline_ms = ?7, due_ms = ?8, error = ?9, step = ?10, asked_ms = ?11"
		" where uid = ?1",
		db_text(in->uid), db_int(in->state), db_int(in->wanted_gone), db_int(in->sends),
		db_int(in->tries), db_int(in->sent_ms), db_int(in->deadline_ms), db_int(in->due_ms),
		db_text(in->error), db_int(in->step), db_int(in->asked_ms));
}

static int save_injections(struct db *db, const struct run *run, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < run->injection_count && r >= 0; i++) {
		struct injection *in = &run->injections[i];

		if (in->fresh)
			r = add_injection(db, run, in, e);
		else if (in->dirty)
			r = save_injection(db, in, e);
	}
	return r < 0 ? r : 0;
}

int store_run_save(struct db *db, struct run *run, struct err *e)
{
	int r = 0;

	if (run->dirty && (r = save_task(db, run, e)) < 0)
		return r;
	for (size_t i = 0; i < run->activity_count; i++)
		if (run->activities[i].dirty && (r = save_activity(db, &run->activities[i], e)) < 0)
			return r;
	for (size_t i = 0; i < run->execution_count; i++)
		if (run->executions[i].dirty &&
			(r = save_execution(db, &run->executions[i], e)) < 0)
			return r;
	for (size_t i = 0; i < run->pod_count; i++)
		if (run->pods[i].dirty && (r = save_pod(db, &run->pods[i], e)) < 0)
			return r;
	return save_injections(db, run, e);
}

/* ---- which runs ---- */

/* Takes the ids out of the first column. */
static int collect(struct rows *rows, int r, struct run_ids *ret, struct err *e)
{
	ret->n = 0;
	while (r == 0 && ret->n < sizeof(ret->v) / sizeof(ret->v[0]) &&
		(r = rows_next(rows, e)) > 0) {
		ret->v[ret->n++] = rows_int(rows, 0);
		r = 0;
	}
	return r;
}

int store_run_due(struct db *db, int64_t now_ms, struct run_ids *ret, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(db, &rows, e,
		"select id from task where wake_ms > 0 and wake_ms <= ?1 order by wake_ms",
		db_int(now_ms));

	return collect(&rows, r, ret, e);
}

int store_run_next_wake(struct db *db, int64_t *ret_ms, struct err *e)
{
	long long wake;
	int r = db_number(
		db, &wake, e, "select coalesce(min(wake_ms), 0) from task where wake_ms > 0");

	if (r == 0)
		*ret_ms = wake;
	return r;
}

int store_run_wake_all(struct db *db, int64_t now_ms, struct err *e)
{
	return db_run(db, e,
		"update task set wake_ms = ?1 where state <> 4"
		" or id in (select task from injection where state < 4)",
		db_int(now_ms));
}

int store_run_hurry(struct db *db, long long user, int64_t now_ms, struct err *e)
{
	int r;

	r = db_run(db, e,
		"update injection set due_ms = ?2 where state < 4 and wanted_gone = 1"
		" and due_ms > ?2 and task in (select id from task where user = ?1)",
		db_int(user), db_int(now_ms));
	if (r <= 0)
		return r;
	return db_run(db, e,
		"update task set wake_ms = ?2 where user = ?1"
		" and id in (select task from injection where state < 4 and wanted_gone = 1)",
		db_int(user), db_int(now_ms));
}

int store_run_active(struct db *db, long long user, const char *namespace, long long application,
	struct run_ids *ret, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(db, &rows, e,
		"select id from task where user = ?1 and state = 1"
		" and (?2 = '' or namespace = ?2)"
		" and (?3 = 0 or experiment in (select experiment from experiment_host"
		" where application = cast(?3 as text)))",
		db_int(user), db_text(namespace), db_int(application));

	return collect(&rows, r, ret, e);
}

static int owner(int r, struct err *e, const char *what, long long id)
{
	return r == -ERR_NOTFOUND ? err_set(e, ERR_NOTFOUND, 0, "no %s %lld", what, id) : r;
}

int store_run_of_activity(struct db *db, long long activity, long long *ret, struct err *e)
{
	int r = db_number(db, ret, e, "select task from activity where id = ?1", db_int(activity));

	return owner(r, e, "activity task", activity);
}

int store_run_of_execution(struct db *db, long long execution, long long *ret, struct err *e)
{
	int r = db_number(
		db, ret, e, "select task from execution where id = ?1", db_int(execution));

	return owner(r, e, "execution", execution);
}

int store_execution_texts(
	struct db *db, long long execution, char **ret_request, char **ret_response, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(db, &rows, e, "select request, response from execution where id = ?1",
		db_int(execution));

	if (r < 0 || (r = rows_next(&rows, e)) < 0)
		return r;
	*ret_request = r && !rows_null(&rows, 0) ? strdup(rows_text(&rows, 0)) : NULL;
	*ret_response = r && !rows_null(&rows, 1) ? strdup(rows_text(&rows, 1)) : NULL;
	return 0;
}
