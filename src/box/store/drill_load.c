/* A run read whole: its activities, executions, pods and injections. */
#include "box/store/drill_run.h"

#include <stdlib.h>
#include <string.h>

#include "box/store/db.h"
#include "box/store/drill_task.h"

/* One more place behind an array that doubles; NULL without memory. */
static void *grow(void **array, size_t count, size_t size)
{
	if (count == 0 || (count >= 8 && (count & (count - 1)) == 0)) {
		void *more = reallocarray(*array, count ? count * 2 : 8, size);

		if (!more)
			return NULL;
		*array = more;
	}
	memset((char *)*array + count * size, 0, size);
	return (char *)*array + count * size;
}

static int no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, 0, "no memory for a drill");
}

static int read_activity(const struct rows *rows, struct activity *a, struct err *e)
{
	a->id = rows_int(rows, 0);
	a->definition_id = strdup(rows_text(rows, 1));
	a->flow_id = strdup(rows_text(rows, 2));
	a->app_code = strdup(rows_text(rows, 3));
	a->name = strdup(rows_text(rows, 4));
	a->arguments = strdup(rows_text(rows, 5));
	a->phase = (enum run_phase)rows_int(rows, 6);
	a->needs_check = rows_int(rows, 7) != 0;
	a->interrupt = rows_int(rows, 8) != 0;
	a->tolerance = (int)rows_int(rows, 9);
	a->pause_before_ms = rows_int(rows, 10);
	a->pause_after_ms = rows_int(rows, 11);
	a->attack = (int)rows_int(rows, 12);
	a->state = (enum run_state)rows_int(rows, 13);
	a->result = (enum run_result)rows_int(rows, 14);
	a->check = (enum user_check)rows_int(rows, 15);
	a->step = (enum activity_step)rows_int(rows, 16);
	a->retrying = rows_int(rows, 17) != 0;
	a->wake_ms = rows_int(rows, 18);
	a->start_ms = rows_int(rows, 19);
	a->end_ms = rows_int(rows, 20);
	rows_copy(rows, 21, a->error, sizeof(a->error));
	if (!a->definition_id || !a->flow_id || !a->app_code || !a->name || !a->arguments)
		return no_memory(e);
	return 0;
}

static int load_activities(struct db *db, struct run *run, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		"select id, definition_id, flow_id, app_code, name, arguments, phase, needs_check,"
		" interrupt, tolerance, pause_before_ms, pause_after_ms, attack, state, result,"
		" user_check, step, retrying, wake_ms, start_ms, end_ms, error"
		" from activity where task = ?1 order by seq",
		db_int(run->id));
	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		struct activity *a = grow(
			(void **)&run->activities, run->activity_count, sizeof(struct activity));

		if (!a)
			return no_memory(e);
		run->activity_count++;
		r = read_activity(&rows, a, e);
	}
	return r;
}

static int read_execution(const struct rows *rows, struct execution *x, struct err *e)
{
	x->id = rows_int(rows, 0);
	rows_copy(rows, 1, x->target, sizeof(x->target));
	rows_copy(rows, 2, x->host_ip, sizeof(x->host_ip));
	rows_copy(rows, 3, x->device_name, sizeof(x->device_name));
	x->state = (enum run_state)rows_int(rows, 4);
	x->result = (enum run_result)rows_int(rows, 5);
	x->ask = rows_int(rows, 6) != 0;
	x->due_ms = rows_int(rows, 7);
	x->start_ms = rows_int(rows, 8);
	x->end_ms = rows_int(rows, 9);
	x->code = (int)rows_int(rows, 10);
	rows_copy(rows, 11, x->error, sizeof(x->error));
	x->activity = (size_t)rows_int(rows, 13);
	rows_copy(rows, 14, x->space, sizeof(x->space));
	x->attacked = -1;
	x->newest = -1;
	if (!rows_null(rows, 12) && !(x->effect = strdup(rows_text(rows, 12))))
		return no_memory(e);
	return 0;
}

static int load_executions(struct db *db, struct run *run, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		"select execution.id, configuration_id, host_ip, device_name, execution.state,"
		" execution.result, ask, due_ms, execution.start_ms, execution.end_ms, code,"
		" execution.error, effect, seq, space"
		" from execution join activity on activity.id = execution.activity"
		" where execution.task = ?1 order by seq, execution.id",
		db_int(run->id));
	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		struct execution *x = grow(
			(void **)&run->executions, run->execution_count, sizeof(struct execution));

		if (!x)
			return no_memory(e);
		run->execution_count++;
		r = read_execution(&rows, x, e);
	}
	return r;
}

/* The execution with this id; ids of executions grow with their place. */
static size_t execution_index(const struct run *run, long long id)
{
	size_t low = 0, high = run->execution_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (run->executions[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void read_pod(const struct rows *rows, struct run_pod *pod)
{
	pod->id = rows_int(rows, 0);
	rows_copy(rows, 2, pod->configuration_id, sizeof(pod->configuration_id));
	rows_copy(rows, 3, pod->name, sizeof(pod->name));
	rows_copy(rows, 4, pod->node, sizeof(pod->node));
	rows_copy(rows, 5, pod->ip, sizeof(pod->ip));
	pod->result = (enum run_result)rows_int(rows, 6);
	rows_copy(rows, 7, pod->sub_uid, sizeof(pod->sub_uid));
	rows_copy(rows, 8, pod->error, sizeof(pod->error));
}

static int load_pods(struct db *db, struct run *run, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		"select id, execution, configuration_id, name, node, ip, result, sub_uid, error"
		" from execution_pod where task = ?1 order by execution, id",
		db_int(run->id));
	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		struct run_pod *pod = grow(
			(void **)&run->pods, run->pod_count, sizeof(struct run_pod));
		struct execution *x;

		if (!pod)
			return no_memory(e);
		pod->execution = execution_index(run, rows_int(&rows, 1));
		x = &run->executions[pod->execution];
		if (x->pod_count++ == 0)
			x->first_pod = run->pod_count;
		run->pod_count++;
		read_pod(&rows, pod);
		r = 0;
	}
	return r;
}

static void read_injection(const struct rows *rows, struct injection *in)
{
	rows_copy(rows, 0, in->uid, sizeof(in->uid));
	in->state = (enum injection_state)rows_int(rows, 2);
	in->wanted_gone = rows_int(rows, 3) != 0;
	in->sends = (int)rows_int(rows, 4);
	in->tries = (int)rows_int(rows, 5);
	in->sent_ms = rows_int(rows, 6);
	in->deadline_ms = rows_int(rows, 7);
	in->due_ms = rows_int(rows, 8);
	rows_copy(rows, 9, in->error, sizeof(in->error));
	in->step = (enum destroy_step)rows_int(rows, 10);
	in->asked_ms = rows_int(rows, 11);
	in->dirty = false;
	in->fresh = false;
}

static int load_injections(struct db *db, struct run *run, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		"select uid, execution, state, wanted_gone, sends, tries, sent_ms, deadline_ms,"
		" due_ms, error, step, asked_ms from injection where task = ?1 order by rowid",
		db_int(run->id));
	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		struct injection *in = run_inject(run, execution_index(run, rows_int(&rows, 1)));

		if (!in)
			return no_memory(e);
		read_injection(&rows, in);
		r = 0;
	}
	return r;
}

int store_run_load(struct db *db, long long id, struct run *ret, struct err *e)
{
	autorun struct run run = { 0 };
	int r;

	if ((r = store_task_load(db, id, &run, e)) < 0 || (r = load_activities(db, &run, e)) < 0 ||
		(r = load_executions(db, &run, e)) < 0 || (r = load_pods(db, &run, e)) < 0 ||
		(r = load_injections(db, &run, e)) < 0)
		return r;
	run_link(&run);
	*ret = run;
	run = (struct run){ 0 };
	return 0;
}
