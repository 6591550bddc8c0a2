/* Records for people and for callers that decode maps of strings only. */
#include "cli/record_json.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/reply.h"
#include "fault/engine.h"

static void put_number(json_t *row, const char *key, double number)
{
	char text[32];

	snprintf(text, sizeof(text), "%.15g", number);
	json_put_str(row, key, text);
}

static void put_effect(json_t *row, const struct effect *f)
{
	json_put_str(row, "Effect", verdict_name(f->verdict));
	if (f->verdict == EFFECT_NONE)
		return;
	put_number(row, "Requested", f->requested);
	put_number(row, "Measured", f->measured);
	json_put_str(row, "Unit", f->unit);
	json_put_str(row, "How", f->what);
}

static void put_deadline(json_t *row, const struct record *r, bool active)
{
	int64_t left = r->deadline_wall_ms - clock_wall_ms();
	char text[64];

	if (!r->deadline_wall_ms)
		return;
	clock_rfc3339_at(r->deadline_wall_ms, text);
	json_put_str(row, "Deadline", text);
	if (!active)
		return;
	duration_text(left > 0 ? left : 0, text);
	json_put_str(row, "TimeLeft", text);
}

/* Nobody here is told when an experiment of a cluster has ended: it has at its deadline. */
static bool is_over(const struct record *r)
{
	return str_eq(r->command, "k8s") && str_eq(r->status, "Success") && r->deadline_wall_ms &&
	       clock_wall_ms() >= r->deadline_wall_ms;
}

json_t *record_json(const char *state, const struct record *r)
{
	bool over = is_over(r);
	json_t *row = json_object();
	bool active = str_eq(r->status, "Success") && engine_alive(state, r->uid);
	char seed[24];

	json_put_str(row, "Uid", r->uid);
	json_put_str(row, "Command", r->command);
	json_put_str(row, "SubCommand", r->sub_command);
	json_put_str(row, "Flag", r->flag);
	json_put_str(row, "Status", over ? "Destroyed" : r->status);
	json_put_str(row, "Error", r->error);
	json_put_str(row, "CreateTime", r->create_time);
	json_put_str(row, "UpdateTime", r->update_time);
	if (!str_eq(r->command, "k8s")) /* that is not known here */
		json_put_str(row, "Active", active ? "true" : "false");
	put_effect(row, &r->effect);
	put_deadline(row, r, active);
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)r->seed);
	json_put_str(row, "Seed", seed);
	if (*r->notes)
		json_put_str(row, "Notes", r->notes);
	if (over || *r->ended_by)
		json_put_str(row, "EndedBy", over ? "deadline" : r->ended_by);
	return row;
}

int record_row(const char *state, const char *uid, json_t **ret, struct err *e)
{
	struct record rec;
	int r = record_read(state, uid, &rec, e);

	if (r < 0)
		return r;
	*ret = record_json(state, &rec);
	record_done(&rec);
	return 0;
}

json_t *preparation_json(const struct preparation *p)
{
	json_t *row = json_object();
	char pid[24];

	snprintf(pid, sizeof(pid), "%d", (int)p->which.pid);
	json_put_str(row, "Uid", p->uid);
	json_put_str(row, "ProgramType", p->type);
	json_put_str(row, "Process", p->process);
	json_put_str(row, "Port", p->port);
	json_put_str(row, "Pid", pid);
	json_put_str(row, "Status", p->status);
	json_put_str(row, "Error", p->error);
	json_put_str(row, "CreateTime", p->create_time);
	json_put_str(row, "UpdateTime", p->update_time);
	return row;
}

/* blade writes a blank inside of a value as "@@##". */
static void flag_value(const char *from, char *to)
{
	while (*from) {
		if (str_starts(from, "@@##")) {
			*to++ = ' ';
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

static void flag_put(json_t *flags, char *flag)
{
	char *equals = strchr(flag, '=');

	if (!str_starts(flag, "--") || !equals)
		return;
	*equals = '\0';
	flag_value(equals + 1, equals + 1);
	json_put_str(flags, flag + 2, equals + 1);
}

json_t *record_flags(const struct record *r)
{
	json_t *flags = json_object();

	for (const char *at = r->flag; *at;) {
		size_t len = strcspn(at, " ");
		autofree char *flag = strndup(at, len);

		if (flag)
			flag_put(flags, flag);
		at += len;
		at += strspn(at, " ");
	}
	return flags;
}
