/* gale destroy UID, or TARGET ACTION FLAGS: takes experiments back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/k8s.h"
#include "cli/record_json.h"
#include "cli/reply.h"
#include "fault/engine.h"
#include "fault/journal.h"
#include "fault/record.h"

struct destroy_args {
	char *uid, *target;
	bool force_remove;
};

#define MEMBER(name) offsetof(struct destroy_args, name)

static const struct param destroy_params[] = {
	{ "uid", PARAM_STR, MEMBER(uid),
		.help = "with TARGET ACTION: this experiment, and only without a record of it those that match" },
	{ "force-remove", PARAM_BOOL, MEMBER(force_remove),
		.help = "forget the record even when the fault cannot be taken back" },
	{ "target", PARAM_CHOICE, MEMBER(target), .choices = "k8s kubernetes",
		.help = "with UID: it is one of a cluster, whether there is a record of it here or not" },
	{ 0 },
};

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Go prints the keys of a map in order. */
static json_t *flags_sorted(const json_t *flags)
{
	size_t n = 0, count = json_object_size(flags);
	autofree const char **names = calloc(count + 1, sizeof(*names));
	json_t *sorted = json_object(), *value;
	const char *name;

	if (!names)
		return sorted;
	json_object_foreach((json_t *)flags, name, value)
	{
		names[n++] = name;
	}
	qsort(names, n, sizeof(*names), name_compare);
	for (size_t i = 0; i < n; i++)
		json_object_set(sorted, names[i], json_object_get(flags, names[i]));
	return sorted;
}

/* blade's answer about a model: key order and the one capital are its own. NULL is left out. */
static json_t *model_json(
	const char *target, const char *scope, const char *action, const json_t *flags)
{
	json_t *model = json_object();

	json_put_str(model, "target", target);
	json_put_str(model, "scope", scope);
	json_put_str(model, "action", action);
	if (json_object_size(flags))
		json_object_set_new(model, "flags", flags_sorted(flags));
	json_put_bool(model, "ActionProcessHang", false);
	return model;
}

static json_t *record_model(const struct record *r)
{
	autojson json_t *flags = record_flags(r);

	return model_json(r->command, NULL, r->sub_command, flags);
}

static json_t *destroyed_text(const struct record *r)
{
	autobuf struct buf text = BUF_INIT(2u << 20);

	buf_fmt(&text, "command: %s %s %s, destroy time: %s", r->command, r->sub_command, r->flag,
		r->update_time);
	return json_str(buf_text(&text));
}

/* The record; where it was lost or cannot be read, as much of one as the journal tells. */
static int record_find(const char *state, const char *uid, struct record *ret, struct err *e)
{
	struct journal_head head;
	int r = record_read(state, uid, ret, e);

	if (r == 0 || journal_look(state, uid, &head, NULL) < 0)
		return r;
	*ret = (struct record){ .flag = strdup(""), .error = strdup("") };
	snprintf(ret->uid, sizeof(ret->uid), "%s", uid);
	snprintf(ret->command, sizeof(ret->command), "%s", head.target);
	snprintf(ret->sub_command, sizeof(ret->sub_command), "%s", head.action);
	return 0;
}

static int record_forget(const char *state, const char *uid, struct err *e)
{
	struct err why = *e;
	struct records *rs;
	int r = records_open(state, &rs, e);

	if (r < 0)
		return r;
	r = record_delete(rs, uid, e);
	records_close(rs);
	if (r < 0)
		return r;
	return err_set(e, why.kind, 0,
		"forcibly remove %s resource success, but destroy the experiment failed, err: %s",
		uid, why.msg);
}

static int record_destroy(const struct cli *c, const struct record *rec, bool force, struct err *e)
{
	int r = engine_destroy(c->state, rec->uid, e);

	if (r < 0 && force)
		r = record_forget(c->state, rec->uid, e);
	return r < 0 ? r : reply_print(reply_new(record_model(rec)), e);
}

/* How one is destroyed that is named by its uid. */
struct destroy_how {
	struct k8s_access *k8s;
	bool remote; /* of a cluster, if there is no record of it */
	bool force;
};

static int destroy_uid(
	const struct cli *c, const char *uid, const struct destroy_how *how, struct err *e)
{
	struct record rec;
	int r = record_find(c->state, uid, &rec, e);

	if (r < 0)
		return how->remote ? k8s_destroy(c, uid, NULL, how->k8s, how->force, e) : r;
	if (str_eq(rec.status, "Destroyed"))
		r = reply_print(reply_new(destroyed_text(&rec)), e);
	else if (str_eq(rec.command, "k8s"))
		r = k8s_destroy(c, uid, &rec, how->k8s, how->force, e);
	else
		r = record_destroy(c, &rec, how->force, e);
	record_done(&rec);
	return r;
}

/* Running experiments of one fault whose flags are among those given. */
struct matching {
	const json_t *flags;
	struct words uids;
	struct err *e;
};

static int match_add(const struct record *r, void *ctx)
{
	struct matching *m = ctx;
	autojson json_t *flags = record_flags(r);
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)m->flags, name, value)
	{
		if (!json_equal(json_object_get(flags, name), value))
			return 0;
	}
	return words_add(&m->uids, r->uid, strlen(r->uid), m->e);
}

static int match_find(const struct cli *c, const struct fault *f, struct matching *m, struct err *e)
{
	static const char *const running[] = { "Success", "Created" };
	struct scope_words words;
	struct records *rs;
	int r = records_open(c->state, &rs, e);

	if (r < 0)
		return r;
	scope_words(c->scope, f, &words);
	for (size_t i = 0; i < ARRAY_LEN(running) && r == 0; i++) {
		struct record_filter filter = { .command = words.command,
			.sub_command = words.sub_command,
			.status = running[i] };

		r = record_list(rs, &filter, match_add, m, e);
	}
	records_close(rs);
	return r;
}

/* All are tried; the first failure is told. */
static int match_destroy(const struct cli *c, const struct matching *m, struct err *e)
{
	struct err each;
	int r = 0;

	for (size_t i = 0; i < m->uids.n; i++)
		if (engine_destroy(c->state, m->uids.v[i], &each) < 0 && r == 0)
			r = err_set(e, each.kind, 0, "%s: %s", m->uids.v[i], each.msg);
	return r;
}

/* Every flag of the fault by its name, as given or empty. */
static json_t *match_flags(const struct fault *f, const json_t *given)
{
	json_t *all = json_object();

	for (const struct param *p = f->params; p->name; p++)
		json_put_str(all, p->name, json_text(given, p->name));
	return all;
}

static int match_check(const struct fault *f, const json_t *flags, struct err *e)
{
	for (const struct param *p = f->params; p->name; p++)
		if (p->flags & PARAM_ON_DESTROY && !json_object_get(flags, p->name))
			return err_missing(e, p->name);
	return 0;
}

static int destroy_matching(struct cli *c, struct err *e)
{
	struct matching m = { .flags = c->flags, .e = e };
	autojson json_t *flags = NULL;
	const struct fault *f;
	int r = cli_fault(c, &f, e);

	if (r == 0)
		r = match_check(f, c->flags, e);
	if (r == 0)
		r = match_find(c, f, &m, e);
	if (r == 0 && m.uids.n == 0)
		r = err_set(e, ERR_NOTFOUND, 0,
			"`%s %s` record not found: none that runs has these flags", f->target,
			f->action);
	if (r == 0)
		r = match_destroy(c, &m, e);
	words_free(&m.uids);
	if (r < 0)
		return r;
	flags = match_flags(f, c->flags);
	return reply_print(reply_new(model_json(f->target, c->scope->name, f->action, flags)), e);
}

static bool is_recorded(const char *state, const char *uid)
{
	struct record rec;

	if (record_find(state, uid, &rec, NULL) < 0)
		return false;
	record_done(&rec);
	return true;
}

static int destroy_what(
	struct cli *c, const struct destroy_args *a, struct k8s_access *k8s, struct err *e)
{
	const bool remote = a->target || c->in_k8s || k8s_access_given(k8s);
	const struct destroy_how how = { k8s, remote, a->force_remove };
	const char *uid = c->words.n == 1 ? c->words.v[0] : a->uid;

	if (remote && !uid)
		return err_set(e, ERR_CONFLICT, 0,
			"invalid parameter `uid`, an experiment of a cluster is destroyed by its uid");
	if (uid && (c->words.n <= 1 || remote || is_recorded(c->state, uid)))
		return destroy_uid(c, uid, &how, e);
	return destroy_matching(c, e);
}

static int destroy_run(struct cli *c, struct err *e)
{
	struct destroy_args a;
	struct k8s_access k8s;
	int r = cli_take(c, destroy_params, &a, e);

	if (r < 0)
		return r;
	r = cli_take(c, k8s_access_params, &k8s, e);
	if (r == 0) {
		r = destroy_what(c, &a, &k8s, e);
		params_free(k8s_access_params, &k8s);
	}
	params_free(destroy_params, &a);
	return r;
}

const struct verb verb_destroy = {
	.name = "destroy",
	.alias = "d",
	.words = "UID | TARGET ACTION [FLAG]...",
	.summary = "Take an experiment back",
	.detail = "By uid, or every running experiment of TARGET ACTION that was created with the\n"
		  "flags given. An experiment that was taken back before is a success.\n"
		  "One of a cluster is its ChaosBlade object, wherever it was created:\n"
		  "`destroy UID --kubeconfig FILE`.",
	.example = "destroy 47cc0744f1bbaf34\ndestroy network delay --interface eth0",
	.params = destroy_params,
	.most = 2,
	.k8s_flags = true,
	.fault_flags = true,
	.uses_state = true,
	.run = destroy_run,
};
