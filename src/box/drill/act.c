/* Changes of runs by people, each a transaction. */
#include "box/drill/act.h"

#include "base/rand.h"
#include "box/drill/machine.h"
#include "box/drill/plan.h"
#include "box/store/db.h"
#include "box/store/drill_experiment.h"
#include "box/store/drill_run.h"

int act_run(const struct actor *who, long long experiment, long long *ret_task, struct err *e)
{
	autotx struct tx tx = { 0 };
	autoexperiment struct experiment x = { 0 };
	autorun struct run run = { 0 };
	uint64_t seed;
	int r;

	rand_bytes(&seed, sizeof(seed));
	if ((r = tx_begin(&tx, who->db, e)) < 0 ||
		(r = store_experiment_load(who->db, who->user, experiment, &x, e)) < 0)
		return r;
	if (x.state == EXPERIMENT_DRAFT)
		return err_set(e, ERR_CONFLICT, 0, "the drill is a draft");
	if (x.state != EXPERIMENT_READY)
		return err_set(e, ERR_BUSY, 0, "the drill is running");
	if ((r = plan_run(who->db, &x, seed, who->now_ms, &run, e)) < 0 ||
		(r = store_run_add(who->db, &run, who->now_ms, e)) < 0 ||
		(r = store_experiment_claim(who->db, experiment, run.id, e)) < 0 ||
		(r = tx_commit(&tx, e)) < 0)
		return r;
	*ret_task = run.id;
	return 0;
}

int act_load(const struct actor *who, long long task, struct run *ret, struct err *e)
{
	autorun struct run run = { 0 };
	int r = store_run_load(who->db, task, &run, e);

	if (r == 0 && run.user != who->user)
		r = err_set(e, ERR_NOTFOUND, 0, "no drill task %lld", task);
	if (r < 0)
		return r;
	*ret = run;
	run = (struct run){ 0 };
	return 0;
}

int act_stop(const struct actor *who, long long task, struct err *e)
{
	autotx struct tx tx = { 0 };
	autorun struct run run = { 0 };
	int r;

	if ((r = tx_begin(&tx, who->db, e)) < 0 || (r = act_load(who, task, &run, e)) < 0)
		return r;
	machine_stop(&run, "stopped by a person", who->now_ms);
	r = store_run_save(who->db, &run, e);
	return r < 0 ? r : tx_commit(&tx, e);
}

static size_t place_of(const struct run *run, long long activity)
{
	size_t i = 0;

	while (i + 1 < run->activity_count && run->activities[i].id != activity)
		i++;
	return i;
}

/* Loads the run of an activity for a change, the transaction begun. */
static int load_for(
	const struct actor *who, long long activity, struct tx *tx, struct run *ret, struct err *e)
{
	long long task;
	int r;

	if ((r = tx_begin(tx, who->db, e)) < 0 ||
		(r = store_run_of_activity(who->db, activity, &task, e)) < 0)
		return r;
	r = act_load(who, task, ret, e);
	if (r == -ERR_NOTFOUND) /* the same words for another user's as for none */
		return err_set(e, ERR_NOTFOUND, 0, "no activity task %lld", activity);
	return r;
}

static int store_change(
	const struct actor *who, struct tx *tx, struct run *run, long long *ret_task, struct err *e)
{
	int r = store_run_save(who->db, run, e);

	if (r < 0 || (r = tx_commit(tx, e)) < 0)
		return r;
	*ret_task = run->id;
	return 0;
}

int act_user_check(
	const struct actor *who, long long activity, bool go_on, long long *ret_task, struct err *e)
{
	autotx struct tx tx = { 0 };
	autorun struct run run = { 0 };
	int r = load_for(who, activity, &tx, &run, e);

	if (r < 0)
		return r;
	r = machine_user_check(&run, place_of(&run, activity), go_on, who->now_ms, e);
	return r < 0 ? r : store_change(who, &tx, &run, ret_task, e);
}

int act_retry(const struct actor *who, long long activity, long long *ret_task, struct err *e)
{
	autotx struct tx tx = { 0 };
	autorun struct run run = { 0 };
	int r = load_for(who, activity, &tx, &run, e);

	if (r < 0)
		return r;
	r = machine_retry(&run, place_of(&run, activity), who->now_ms, e);
	return r < 0 ? r : store_change(who, &tx, &run, ret_task, e);
}
