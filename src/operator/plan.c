/* The plan of one experiment. */
#include "operator/plan.h"

#include <errno.h>
#include <stdlib.h>

static void add(struct plan *p, enum deed deed, size_t record)
{
	p->actions[p->n++] = (struct action){ deed, record };
}

static bool any(const struct seen *records, size_t n, enum phase phase)
{
	for (size_t i = 0; i < n; i++)
		if (records[i].phase == phase)
			return true;
	return false;
}

/* Whether it shall run now. What cannot be taken back runs on when it is paused or over. */
static void decide(const struct wanted *w, bool done_once, int64_t now_ms, struct plan *p)
{
	p->run = false;
	if (w->deleted)
		p->why = "Deleted";
	else if (!done_once && now_ms >= w->end_ms)
		p->why = "TimeUp";
	else if (!done_once && w->paused)
		p->why = "Paused";
	else {
		p->run = true;
		p->why = "Started";
	}
}

/* Inject or recover this record, if one of them is due. */
static void turn(struct plan *p, const struct seen *s, size_t record, int64_t now_ms)
{
	bool in = s->phase == PHASE_OUT || s->phase == PHASE_GOING_IN;
	bool wants = p->run ? s->phase != PHASE_IN : s->phase != PHASE_OUT;

	if (s->phase == PHASE_COMING_OUT || !p->run)
		in = false;
	if (!wants || (in && s->refused))
		return;
	if (s->not_before_ms <= now_ms || s->inject_failed != in)
		add(p, in ? DEED_INJECT : DEED_RECOVER, record);
	else if (s->not_before_ms < p->again_ms)
		p->again_ms = s->not_before_ms;
}

static bool all_out(const struct seen *records, size_t n)
{
	return !any(records, n, PHASE_GOING_IN) && !any(records, n, PHASE_IN) &&
	       !any(records, n, PHASE_COMING_OUT);
}

static void deeds(const struct wanted *w, const struct seen *records, size_t n, int64_t now_ms,
	struct plan *p)
{
	if (w->deleted && !w->held)
		return;
	if (w->deleted && w->forced) {
		add(p, DEED_RELEASE, 0);
		return;
	}
	if (!w->held)
		add(p, DEED_HOLD, 0);
	if (!w->selected && p->run)
		add(p, DEED_SELECT, 0);
	for (size_t i = 0; i < n; i++)
		turn(p, &records[i], i, now_ms);
	if (w->deleted && all_out(records, n))
		add(p, DEED_RELEASE, 0);
}

int plan_make(const struct wanted *w, const struct seen *records, size_t n, int64_t now_ms,
	struct plan *ret, struct err *e)
{
	struct plan p = { .again_ms = INT64_MAX, .actions = calloc(n + 2, sizeof(*p.actions)) };

	if (!p.actions)
		return err_set(e, ERR_NOMEM, ENOMEM, "plan");
	decide(w, w->once && any(records, n, PHASE_IN), now_ms, &p);
	deeds(w, records, n, now_ms, &p);
	if (!w->deleted && now_ms < w->end_ms && w->end_ms < p.again_ms)
		p.again_ms = w->end_ms;
	*ret = p;
	return 0;
}

void plan_free(struct plan *p)
{
	free(p->actions);
	p->actions = NULL;
	p->n = 0;
}
