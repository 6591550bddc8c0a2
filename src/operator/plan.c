/* The plan of one experiment. */
#include "operator/plan.h"

#include <errno.h>
#include <stdlib.h>

static void add(struct plan *p, enum deed deed)
{
	p->actions[p->n++] = (struct action){ deed };
}

static bool any(const struct seen *records, size_t n, enum phase phase)
{
	for (size_t i = 0; i < n; i++)
		if (records[i].phase == phase)
			return true;
	return false;
}

static bool all_out(const struct seen *records, size_t n)
{
	return !any(records, n, PHASE_GOING_IN) && !any(records, n, PHASE_IN) &&
	       !any(records, n, PHASE_COMING_OUT);
}

static bool is_over(const struct seen *s, int64_t now_ms)
{
	return s->end_ms != 0 && now_ms >= s->end_ms;
}

/* The time of each that was not refused, and there is one. */
static bool all_over(const struct wanted *w, const struct seen *records, size_t n, int64_t now_ms)
{
	size_t refused = 0;

	for (size_t i = 0; i < n; i++) {
		if (!records[i].refused && !is_over(&records[i], now_ms))
			return false;
		refused += records[i].refused;
	}
	return refused < n && !w->outdated;
}

/* Whether it shall run now. What cannot be taken back runs on when it is paused or over. */
static void decide(const struct wanted *w, const struct seen *records, size_t n, int64_t now_ms,
	struct plan *p)
{
	bool done_once = w->once && any(records, n, PHASE_IN);

	p->run = false;
	if (w->deleted)
		p->why = "Deleted";
	else if (w->outdated && !all_out(records, n))
		p->why = "Changed";
	else if (!done_once && (now_ms >= w->end_ms || all_over(w, records, n, now_ms)))
		p->why = "TimeUp";
	else if (!done_once && w->paused)
		p->why = "Paused";
	else {
		p->run = true;
		p->why = "Started";
	}
}

static void again_at(struct plan *p, int64_t ms)
{
	if (ms < p->again_ms)
		p->again_ms = ms;
}

static void renew(const struct wanted *w, size_t record, int64_t now_ms, struct plan *p)
{
	if (w->renew_ms == 0 || w->once)
		return;
	if (w->renew)
		p->actions[p->n++] = (struct action){ DEED_RENEW, record, true };
	again_at(p, now_ms + w->renew_ms);
}

/* Inject or recover this record, if one of them is due. */
static void turn(
	const struct wanted *w, struct plan *p, const struct seen *s, size_t record, int64_t now_ms)
{
	bool run = p->run && !is_over(s, now_ms);
	bool in = run && s->phase != PHASE_COMING_OUT;

	if (run && s->end_ms != 0)
		again_at(p, s->end_ms);
	if (run && s->phase == PHASE_IN)
		renew(w, record, now_ms, p);
	if (run ? s->phase == PHASE_IN || (in && s->refused) : s->phase == PHASE_OUT)
		return;
	if (s->not_before_ms <= now_ms || s->inject_failed != in)
		p->actions[p->n++] = (struct action){ in ? DEED_INJECT : DEED_RECOVER, record,
			s->phase == PHASE_GOING_IN };
	else
		again_at(p, s->not_before_ms);
}

/* What cannot be taken back is held behind all that, for who looks for it. */
static void turn_all(const struct wanted *w, const struct seen *records, size_t n, int64_t now_ms,
	struct plan *p)
{
	for (size_t i = 0; i < n; i++)
		turn(w, p, &records[i], i, now_ms);
	if (!w->held && p->n == 0)
		add(p, DEED_HOLD);
}

static void deeds(const struct wanted *w, const struct seen *records, size_t n, int64_t now_ms,
	struct plan *p)
{
	if (w->deleted && !w->held)
		return;
	if (w->deleted && w->forced) {
		add(p, DEED_RELEASE);
		return;
	}
	if (!w->held && !w->once)
		add(p, DEED_HOLD);
	if (p->run && (!w->selected || w->outdated)) {
		add(p, DEED_SELECT);
		return;
	}
	turn_all(w, records, n, now_ms, p);
	if (!all_out(records, n))
		return;
	if (w->deleted)
		add(p, DEED_RELEASE);
	else if (w->fleeting && all_over(w, records, n, now_ms))
		add(p, DEED_DELETE);
}

int plan_make(const struct wanted *w, const struct seen *records, size_t n, int64_t now_ms,
	struct plan *ret, struct err *e)
{
	struct plan p = { .again_ms = INT64_MAX, .actions = calloc(n + 2, sizeof(*p.actions)) };

	if (!p.actions)
		return err_set(e, ERR_NOMEM, ENOMEM, "plan");
	decide(w, records, n, now_ms, &p);
	deeds(w, records, n, now_ms, &p);
	if (!w->deleted && now_ms < w->end_ms)
		again_at(&p, w->end_ms);
	*ret = p;
	return 0;
}

void plan_free(struct plan *p)
{
	free(p->actions);
	p->actions = NULL;
	p->n = 0;
}
