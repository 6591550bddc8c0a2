/* Queries of drills, tags and the log of changes. */
#include "box/store/drill_experiment.h"

#include <stdlib.h>
#include <string.h>

#include "box/store/db.h"

void experiment_done(struct experiment *x)
{
	free(x->description);
	free(x->definition);
	free(x->details);
	*x = (struct experiment){ 0 };
}

int store_experiment_add(struct db *db, struct experiment *x, struct err *e)
{
	int r;

	r = db_run(db, e,
		"insert into experiment (id, user, namespace, name, description, state, definition,"
		" details, cron, created_ms, modified_ms)"
		" select max(?1, coalesce(max(id) + 1, 0)), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10"
		" from experiment",
		db_int(x->created_ms << 20), db_int(x->user), db_text(x->namespace),
		db_text(x->name), db_text(x->description ? x->description : ""), db_int(x->state),
		db_text(x->definition), db_text(x->details), db_text(x->cron),
		db_int(x->created_ms));
	if (r < 0)
		return r;
	x->id = db_last_id(db);
	return 0;
}

#define EXPERIMENT_COLUMNS                                                                         \
	"id, user, task, namespace, name, state, result, description, definition, details, cron,"  \
	" created_ms, modified_ms"

static int read_experiment(const struct rows *rows, struct experiment *x, struct err *e)
{
	x->id = rows_int(rows, 0);
	x->user = rows_int(rows, 1);
	x->task = rows_int(rows, 2);
	rows_copy(rows, 3, x->namespace, sizeof(x->namespace));
	rows_copy(rows, 4, x->name, sizeof(x->name));
	x->state = (int)rows_int(rows, 5);
	x->result = (int)rows_int(rows, 6);
	x->description = strdup(rows_text(rows, 7));
	x->definition = strdup(rows_text(rows, 8));
	x->details = strdup(rows_text(rows, 9));
	rows_copy(rows, 10, x->cron, sizeof(x->cron));
	x->created_ms = rows_int(rows, 11);
	x->modified_ms = rows_int(rows, 12);
	if (x->description && x->definition && x->details)
		return 0;
	experiment_done(x);
	return err_set(e, ERR_NOMEM, 0, "no memory for a drill");
}

int store_experiment_load(
	struct db *db, long long user, long long id, struct experiment *ret, struct err *e)
{
	autorows struct rows rows = { 0 };
	struct experiment x;
	int r;

	r = db_query(db, &rows, e,
		"select " EXPERIMENT_COLUMNS " from experiment where id = ?1 and user = ?2",
		db_int(id), db_int(user));
	if (r < 0 || (r = rows_next(&rows, e)) < 0)
		return r;
	if (r == 0)
		return err_set(e, ERR_NOTFOUND, 0, "no drill %lld", id);
	r = read_experiment(&rows, &x, e);
	if (r == 0)
		*ret = x;
	return r;
}

int store_experiment_update(struct db *db, const struct experiment *x, struct err *e)
{
	int r;

	r = db_run(db, e,
		"update experiment set name = ?2, description = ?3, state = ?4, definition = ?5,"
		" details = ?6, cron = ?7, modified_ms = ?8 where id = ?1 and state <> 1",
		db_int(x->id), db_text(x->name), db_text(x->description), db_int(x->state),
		db_text(x->definition), db_text(x->details), db_text(x->cron),
		db_int(x->modified_ms));
	if (r < 0)
		return r;
	return r > 0 ? 0 : err_set(e, ERR_BUSY, 0, "the drill is running");
}

int store_experiment_delete(struct db *db, long long user, long long id, struct err *e)
{
	long long busy;
	int r;

	r = db_number(db, &busy, e,
		"select exists (select 1 from task left join injection on injection.task = task.id"
		" and injection.state < 4 where experiment = ?1 and user = ?2"
		" and (task.state <> 4 or injection.uid is not null))",
		db_int(id), db_int(user));
	if (r < 0)
		return r;
	if (busy)
		return err_set(e, ERR_BUSY, 0,
			"the drill runs, or a fault of it has not been taken back yet");
	r = db_run(db, e, "delete from experiment where id = ?1 and user = ?2", db_int(id),
		db_int(user));
	if (r < 0)
		return r;
	return r > 0 ? 0 : err_set(e, ERR_NOTFOUND, 0, "no drill %lld", id);
}

int store_experiment_claim(struct db *db, long long id, long long task, struct err *e)
{
	int r = db_run(db, e,
		"update experiment set state = 1, task = ?2 where id = ?1 and state = 0",
		db_int(id), db_int(task));

	if (r < 0)
		return r;
	return r > 0 ? 0 : err_set(e, ERR_BUSY, 0, "the drill is running");
}

/* ?1 user, ?2 namespace, ?3 key, ?4 states, ?5 results, ?6 tags, ?7 scheduled */
#define EXPERIMENT_WHERE                                                                           \
	" from experiment where user = ?1 and (?2 = '' or namespace = ?2)"                         \
	" and (?3 = '' or instr(lower(name), lower(?3)) > 0)"                                      \
	" and (?4 = 0 or ?4 & (1 << (state + 1))) and (?5 = 0 or ?5 & (1 << (result + 1)))"        \
	" and (?6 = '[]' or id in (select experiment from experiment_tag"                          \
	" where name in (select value from json_each(?6)))) and (?7 = 0 or cron <> '')"
#define EXPERIMENT_FILTER(f)                                                                       \
	db_int((f)->user), db_text((f)->namespace), db_text((f)->key), db_int((f)->states),        \
		db_int((f)->results), db_text((f)->tags), db_int((f)->scheduled)

int store_experiment_each(struct db *db, const struct experiment_filter *filter, experiment_f *each,
	void *arg, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		"select " EXPERIMENT_COLUMNS EXPERIMENT_WHERE
		" order by created_ms desc, id desc limit ?9 offset ?8",
		EXPERIMENT_FILTER(filter), db_int(filter->offset), db_int(filter->limit));
	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		autoexperiment struct experiment x = { 0 };

		r = read_experiment(&rows, &x, e);
		if (r == 0)
			r = each(&x, arg, e);
	}
	return r;
}

int store_experiment_count(
	struct db *db, const struct experiment_filter *filter, long long *ret, struct err *e)
{
	return db_number(db, ret, e, "select count(*)" EXPERIMENT_WHERE, EXPERIMENT_FILTER(filter));
}

int store_experiment_hosts_clear(struct db *db, long long id, struct err *e)
{
	return db_run(db, e, "delete from experiment_host where experiment = ?1", db_int(id));
}

int store_experiment_host_add(struct db *db, long long id, const char *configuration_id,
	const char *application, struct err *e)
{
	return db_run(db, e,
		"insert or ignore into experiment_host (experiment, configuration_id, application)"
		" values (?1, ?2, ?3)",
		db_int(id), db_text(configuration_id), db_text(application));
}

/* ---- tags ---- */

int store_experiment_tags_clear(struct db *db, long long id, struct err *e)
{
	return db_run(db, e, "delete from experiment_tag where experiment = ?1", db_int(id));
}

int store_experiment_tag_add(struct db *db, long long id, const char *name, struct err *e)
{
	return db_run(db, e,
		"insert or ignore into experiment_tag (experiment, name) values (?1, ?2)",
		db_int(id), db_text(name));
}

static int each_name(struct rows *rows, int r, name_f *each, void *arg, struct err *e)
{
	while (r == 0 && (r = rows_next(rows, e)) > 0)
		r = each(rows_text(rows, 0), arg, e);
	return r;
}

int store_experiment_tags(struct db *db, long long id, name_f *each, void *arg, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(db, &rows, e,
		"select name from experiment_tag where experiment = ?1 order by name", db_int(id));

	return each_name(&rows, r, each, arg, e);
}

int store_experiment_tags_of_user(
	struct db *db, long long user, const char *key, name_f *each, void *arg, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r = db_query(db, &rows, e,
		"select distinct experiment_tag.name from experiment_tag"
		" join experiment on experiment.id = experiment_tag.experiment"
		" where user = ?1 and (?2 = '' or instr(lower(experiment_tag.name), lower(?2)) > 0)"
		" order by 1",
		db_int(user), db_text(key));

	return each_name(&rows, r, each, arg, e);
}

int store_tag_add(struct db *db, long long user, const struct tag *tag, int64_t now_ms,
	long long *ret_id, struct err *e)
{
	int r;

	r = db_run(db, e,
		"insert or ignore into tag (user, name, code, type, created_ms)"
		" values (?1, ?2, ?3, ?4, ?5)",
		db_int(user), db_text(tag->name), db_text(tag->code), db_int(tag->type),
		db_int(now_ms));
	if (r < 0)
		return r;
	return db_number(db, ret_id, e,
		"select id from tag where user = ?1 and name = ?2 and type = ?3", db_int(user),
		db_text(tag->name), db_int(tag->type));
}

int store_tag_each(struct db *db, long long user, const char *key, int type, tag_f *each, void *arg,
	struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_query(db, &rows, e,
		"select id, name, code, type from tag where user = ?1 and type = ?3"
		" and (?2 = '' or instr(lower(name), lower(?2)) > 0) order by name",
		db_int(user), db_text(key), db_int(type));
	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		const struct tag tag = { .id = rows_int(&rows, 0),
			.name = rows_text(&rows, 1),
			.code = rows_text(&rows, 2),
			.type = (int)rows_int(&rows, 3) };

		r = each(&tag, arg, e);
	}
	return r;
}

/* ---- the log ---- */

int store_experiment_log_add(
	struct db *db, long long id, const struct experiment_change *change, struct err *e)
{
	return db_run(db, e,
		"insert into experiment_log (experiment, at_ms, operator, change_type, change_desc,"
		" property_id) values (?1, ?2, ?3, ?4, ?5, ?6)",
		db_int(id), db_int(change->at_ms), db_text(change->who), db_text(change->type),
		db_text(change->text), db_text(change->property));
}

int store_experiment_log(struct db *db, long long id, long long offset, long long limit,
	experiment_change_f *each, void *arg, long long *ret_total, struct err *e)
{
	autorows struct rows rows = { 0 };
	int r;

	r = db_number(db, ret_total, e, "select count(*) from experiment_log where experiment = ?1",
		db_int(id));
	if (r < 0)
		return r;
	r = db_query(db, &rows, e,
		"select at_ms, operator, change_type, change_desc, property_id from experiment_log"
		" where experiment = ?1 order by id desc limit ?3 offset ?2",
		db_int(id), db_int(offset), db_int(limit));
	while (r == 0 && (r = rows_next(&rows, e)) > 0) {
		const struct experiment_change change = { .at_ms = rows_int(&rows, 0),
			.who = rows_text(&rows, 1),
			.type = rows_text(&rows, 2),
			.text = rows_text(&rows, 3),
			.property = rows_text(&rows, 4) };

		r = each(&change, arg, e);
	}
	return r;
}
