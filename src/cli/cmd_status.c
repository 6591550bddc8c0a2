/* gale status: what the records say, and whether it is still so. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/record_json.h"
#include "cli/reply.h"
#include "fault/record.h"

struct status_args {
	char *type, *target, *action, *flag_filter, *limit, *status, *uid;
	bool asc;
};

#define MEMBER(name) offsetof(struct status_args, name)

static const struct param status_params[] = {
	{ "type", PARAM_CHOICE, MEMBER(type), .choices = "create destroy c d prepare revoke p r",
		.help = "list experiments (create, destroy) or preparations (prepare, revoke)" },
	{ "target", PARAM_STR, MEMBER(target), .help = "only experiments on this target: cpu" },
	{ "action", PARAM_STR, MEMBER(action),
		.help = "only experiments of this action: fullload" },
	{ "flag-filter", PARAM_STR, MEMBER(flag_filter),
		.help = "only experiments whose flags contain this text" },
	{ "limit", PARAM_STR, MEMBER(limit),
		.help = "how many: COUNT, or OFFSET,COUNT to leave out the first ones" },
	{ "status", PARAM_CHOICE, MEMBER(status),
		.choices = "Created Success Error Destroyed Running Revoked",
		.help = "only experiments with this status" },
	{ "uid", PARAM_STR, MEMBER(uid),
		.help = "the experiment with this uid; of several, with commas, those that there are" },
	{ "asc", PARAM_BOOL, MEMBER(asc), .help = "oldest first" },
	{ 0 },
};

static int limit_parse(const char *text, struct record_filter *ret, struct err *e)
{
	const char *comma = text ? strchr(text, ',') : NULL;
	char offset[24] = "0";
	long long skip, count;

	if (!text)
		return 0;
	if (comma)
		snprintf(offset, sizeof(offset), "%.*s", (int)(comma - text), text);
	if (str_to_int(offset, 0, INT64_MAX, &skip, NULL) < 0 ||
		str_to_int(comma ? comma + 1 : text, 1, INT64_MAX, &count, NULL) < 0)
		return err_illegal(e, "limit", text, "allowed is COUNT or OFFSET,COUNT");
	ret->offset = skip;
	ret->limit = count;
	return 0;
}

struct rows {
	const char *state;
	json_t *list;
};

static int row_add(const struct record *r, void *ctx)
{
	struct rows *rows = ctx;

	json_array_append_new(rows->list, record_json(rows->state, r));
	return 0;
}

static int status_list(const struct cli *c, const struct status_args *a, struct err *e)
{
	struct record_filter f = { .command = a->target,
		.sub_command = a->action,
		.flag_like = a->flag_filter,
		.status = a->status,
		.ascending = a->asc };
	struct rows rows = { c->state, json_array() };
	struct records *rs = NULL;
	int r = limit_parse(a->limit, &f, e);

	if (r == 0)
		r = records_open(c->state, &rs, e);
	if (r == 0)
		r = record_list(rs, &f, row_add, &rows, e);
	records_close(rs);
	if (r == 0)
		r = reply_print_pretty(reply_new(json_incref(rows.list)), e);
	json_decref(rows.list);
	return r;
}

static void preparation_add(const struct preparation *p, void *ctx)
{
	json_array_append_new(ctx, preparation_json(p));
}

static int status_preparations(const struct cli *c, const struct status_args *a, struct err *e)
{
	json_t *list = json_array();
	int r = preparation_list(c->state, a->status, a->asc, preparation_add, list, e);

	if (r == 0)
		return reply_print_pretty(reply_new(list), e);
	json_decref(list);
	return r;
}

/* Those of the uids that there are records of. */
static int status_several(const struct cli *c, const char *uids, struct err *e)
{
	autowords struct words list = { 0 };
	json_t *rows = json_array(), *row;
	int r = words_split(uids, ',', &list, e);

	for (size_t i = 0; i < list.n && r == 0; i++) {
		r = record_row(c->state, list.v[i], &row, e);
		if (r == 0)
			json_array_append_new(rows, row);
		else if (r == -ERR_NOTFOUND)
			r = 0;
	}
	if (r == 0)
		return reply_print_pretty(reply_new(rows), e);
	json_decref(rows);
	return r;
}

/* A uid without a type is looked for among the experiments first. */
static int status_one(const struct cli *c, const char *uid, bool prepared, struct err *e)
{
	struct preparation p;
	json_t *row;
	int r = prepared ? -ERR_NOTFOUND : record_row(c->state, uid, &row, e);

	if (r == -ERR_NOTFOUND && preparation_get(c->state, uid, &p, NULL) == 0) {
		row = preparation_json(&p);
		r = 0;
	}
	if (r == -ERR_NOTFOUND && prepared)
		return err_set(e, ERR_NOTFOUND, 0, "`%.63s` record not found", uid);
	return r < 0 ? r : reply_print_pretty(reply_new(row), e);
}

static int status_show(const struct cli *c, const struct status_args *a, struct err *e)
{
	const char *uid = c->words.n ? c->words.v[0] : a->uid;
	bool prepared = a->type && strchr("pr", a->type[0]);

	if (!a->type && !uid)
		return err_missing(e, "type|uid, must specify the right type or uid");
	if (uid && strchr(uid, ','))
		return status_several(c, uid, e);
	if (uid)
		return status_one(c, uid, prepared, e);
	return prepared ? status_preparations(c, a, e) : status_list(c, a, e);
}

static int status_run(struct cli *c, struct err *e)
{
	struct status_args a;
	int r = cli_take(c, status_params, &a, e);

	if (r < 0)
		return r;
	r = status_show(c, &a, e);
	params_free(status_params, &a);
	return r;
}

const struct verb verb_status = {
	.name = "status",
	.alias = "s",
	.words = "[UID]",
	.summary = "Show one experiment or preparation, or list them",
	.detail =
		"Prints the record, newest first in lists, with the effect that was asked for and\n"
		"measured, the deadline, the time left, and whether the fault is in place now.",
	.example = "status 47cc0744f1bbaf34\nstatus --type create --status Success --limit 0,10",
	.params = status_params,
	.most = 1,
	.uses_state = true,
	.run = status_run,
};
