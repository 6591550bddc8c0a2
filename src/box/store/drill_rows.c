/* What the rows of a run do for themselves: names, links, growth. */
#include "box/store/drill_rows.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/str.h"

static const char *const states[] = {
#define X(name, number) [number] = #name,
	RUN_STATES(X)
#undef X
};

static const char *const results[] = {
#define X(name, number) [number] = #name,
	RUN_RESULTS(X)
#undef X
};

static const char *const phases[] = {
#define X(name, number) [number] = #name,
	RUN_PHASES(X)
#undef X
};

static const char *const checks[] = {
#define X(name, number) [number] = "USER_CHECK_STATE_" #name,
	USER_CHECKS(X)
#undef X
};

static const char *name_of(const char *const *names, size_t count, int number)
{
	return number >= 0 && (size_t)number < count ? names[number] : NULL;
}

const char *run_state_name(int state)
{
	return name_of(states, ARRAY_LEN(states), state);
}

const char *run_result_name(int result)
{
	return name_of(results, ARRAY_LEN(results), result);
}

const char *run_phase_name(int phase)
{
	return name_of(phases, ARRAY_LEN(phases), phase);
}

const char *user_check_name(int check)
{
	return name_of(checks, ARRAY_LEN(checks), check);
}

void run_free(struct run *run)
{
	for (size_t i = 0; i < run->activity_count; i++) {
		free(run->activities[i].definition_id);
		free(run->activities[i].flow_id);
		free(run->activities[i].app_code);
		free(run->activities[i].name);
		free(run->activities[i].arguments);
	}
	for (size_t i = 0; i < run->execution_count; i++) {
		free(run->executions[i].request);
		free(run->executions[i].response);
		free(run->executions[i].effect);
	}
	free(run->activities);
	free(run->executions);
	free(run->pods);
	free(run->injections);
	*run = (struct run){ 0 };
}

struct run_pod *run_add_pod(struct run *run)
{
	struct execution *x = &run->executions[run->execution_count - 1];
	struct run_pod *all = reallocarray(run->pods, run->pod_count + 1, sizeof(*all));

	if (all == NULL)
		return NULL;
	run->pods = all;
	if (x->pod_count++ == 0)
		x->first_pod = run->pod_count;
	all += run->pod_count++;
	*all = (struct run_pod){ .execution = run->execution_count - 1, .result = RESULT_NONE };
	return all;
}

struct injection *run_inject(struct run *run, size_t execution)
{
	struct injection *all = reallocarray(
		run->injections, run->injection_count + 1, sizeof(*all));
	struct injection *new;

	if (all == NULL)
		return NULL;
	run->injections = all;
	new = &all[run->injection_count];
	*new = (struct injection){ .execution = execution,
		.older = run->executions[execution].newest,
		.dirty = true,
		.fresh = true };
	run->executions[execution].newest = (int)run->injection_count++;
	return new;
}

/* The first execution of an activity; executions stand in the order of their activities. */
static size_t first_of(const struct run *run, size_t activity)
{
	size_t i = 0;

	while (i < run->execution_count && run->executions[i].activity != activity)
		i++;
	return i;
}

static bool same_target(const struct execution *a, const struct execution *b)
{
	return str_eq(a->target, b->target) && str_eq(a->space, b->space);
}

static void link_recovery(struct run *run, size_t recover, size_t attack)
{
	size_t start = first_of(run, attack), guess = start;

	for (size_t i = first_of(run, recover);
		i < run->execution_count && run->executions[i].activity == recover; i++, guess++) {
		struct execution *x = &run->executions[i];
		size_t at = guess; /* the two lists are alike unless somebody narrowed one */

		if (at >= run->execution_count || run->executions[at].activity != attack ||
			!same_target(&run->executions[at], x))
			for (at = start; at < run->execution_count &&
					 run->executions[at].activity == attack &&
					 !same_target(&run->executions[at], x);)
				at++;
		if (at < run->execution_count && run->executions[at].activity == attack)
			x->attacked = (int)at;
	}
}

void run_link(struct run *run)
{
	for (size_t i = 0; i < run->activity_count; i++)
		if (run->activities[i].attack >= 0)
			link_recovery(run, i, (size_t)run->activities[i].attack);
}
