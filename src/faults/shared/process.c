/* The plan of the faults on processes. */
#include "faults/shared/process.h"

#include <unistd.h>

static int find(const struct target *t, const struct process_selector *s, uint64_t seed,
	pid_t caller, struct selected_processes *ret, struct err *e)
{
	struct process_selector in = *s;

	in.inside = t->query ? &t->container : NULL;
	return process_select(&in, seed, caller, ret, e);
}

int process_find_all(struct run *run, const struct target *t, const struct process_selector *s,
	struct selected_processes *ret, struct err *e)
{
	return find(t, s, run_seed(run), run_caller(run), ret, e);
}

int process_plan(
	const struct target *t, const struct process_selector *s, struct plan *ret, struct err *e)
{
	struct selected_processes list;
	int r = find(t, s, ret->seed, getpid(), &list, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list.n; i++)
		plan_target(ret, "process %d (%s)", (int)list.v[i].process.pid, list.v[i].name);
	if (list.protected)
		plan_operation(ret, "leave %zu protected processes alone", list.protected);
	selected_processes_free(&list);
	return 0;
}
