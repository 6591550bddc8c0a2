/* What the engine writes into the records of its experiments. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "fault/experiment.h"
#include "fault/record.h"

/* error may be the record's own. */
static int record_set(
	struct record *r, const char *status, const char *reason, const char *error, struct err *e)
{
	char *copy = strdup(error);

	if (!copy)
		return err_set(e, ERR_NOMEM, ENOMEM, "record of %s", r->uid);
	snprintf(r->status, sizeof(r->status), "%s", status);
	snprintf(r->ended_by, sizeof(r->ended_by), "%s", reason);
	free(r->error);
	r->error = copy;
	return 0;
}

/* Only the first end of an experiment counts. */
static int record_end(struct record *r, const char *reason, const struct err *why,
	bool *ret_changed, struct err *e)
{
	char early[120];
	const char *text = why && why->kind ? why->msg : "";

	*ret_changed = str_eq(r->status, "Created") || str_eq(r->status, "Success") ||
		       (str_eq(r->status, "Error") && str_eq(reason, "destroy"));
	if (str_eq(r->status, "Created") && !str_eq(reason, "destroy")) {
		snprintf(early, sizeof(early), "taken back by %s before its effect was seen",
			reason);
		return record_set(r, "Error", reason, *text ? text : early, e);
	}
	if (*ret_changed)
		return record_set(r, "Destroyed", reason, *text ? text : r->error, e);
	return 0;
}

/* The row of an experiment that was accepted. */
static int record_made(const struct journal_head *h, struct record *ret, struct err *e)
{
	struct record rec = {
		.deadline_wall_ms = h->deadline_wall_ms,
		.deadline_boot_ms = h->deadline_boot_ms,
		.seed = h->seed,
		.status = "Created",
		.flag = strdup(h->flag ? h->flag : ""),
		.error = strdup(""),
	};
	const struct scope *scope = scope_find(h->scope);
	const struct fault *f = NULL;
	struct scope_words words;
	int r = 0;

	if (!rec.flag || !rec.error)
		r = err_set(e, ERR_NOMEM, ENOMEM, "record of %s", h->uid);
	else if (!scope)
		r = err_set(e, ERR_NOTFOUND, 0, "scope %s", h->scope);
	else
		r = fault_find(h->target, h->action, &f, e);
	if (r < 0) {
		record_done(&rec);
		return r;
	}
	scope_words(scope, f, &words);
	memcpy(rec.uid, h->uid, sizeof(rec.uid));
	memcpy(rec.command, words.command, sizeof(rec.command));
	memcpy(rec.sub_command, words.sub_command, sizeof(rec.sub_command));
	memcpy(rec.create_time, h->create_time, sizeof(rec.create_time));
	memcpy(rec.update_time, h->create_time, sizeof(rec.update_time));
	memcpy(rec.boot_id, h->boot_id, sizeof(rec.boot_id));
	*ret = rec;
	return 0;
}

int experiment_record(struct records *rs, const struct journal_head *h, struct err *e)
{
	struct record rec = { 0 };
	int r = record_made(h, &rec, e);

	if (r == 0)
		r = record_insert(rs, &rec, e);
	record_done(&rec);
	return r;
}

static int record_of(
	struct records *rs, const struct journal_head *h, struct record *ret, struct err *e)
{
	int r = record_get(rs, h->uid, ret, e);

	return r == -ERR_NOTFOUND && *h->create_time ? record_made(h, ret, e) : r;
}

int experiment_mark_ended(const char *state, const struct journal_head *h, const char *reason,
	const struct err *why, struct err *e)
{
	struct records *rs = NULL;
	struct record rec = { 0 };
	bool changed = false;
	int r = records_open(state, &rs, e);

	if (r == 0)
		r = record_of(rs, h, &rec, e);
	if (r == 0)
		r = record_end(&rec, reason, why, &changed, e);
	if (r == 0 && changed)
		r = record_update(rs, &rec, e);
	record_done(&rec);
	records_close(rs);
	return r;
}

int experiment_mark_success(
	const char *state, const struct journal_head *h, const struct effect *effect, struct err *e)
{
	struct records *rs = NULL;
	struct record rec = { 0 };
	int r = records_open(state, &rs, e);

	if (r == 0)
		r = record_of(rs, h, &rec, e);
	if (r == 0)
		r = record_set(&rec, "Success", "", "", e);
	if (r == 0) {
		rec.effect = *effect;
		r = record_update(rs, &rec, e);
	}
	record_done(&rec);
	records_close(rs);
	return r;
}
