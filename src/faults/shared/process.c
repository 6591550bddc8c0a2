/* The plan of the faults on processes. */
#include "faults/shared/process.h"

#include <unistd.h>

int process_plan(const struct process_selector *s, struct plan *ret, struct err *e)
{
	struct selected_processes list;
	int r = process_select(s, ret->seed, getpid(), &list, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list.n; i++)
		plan_target(ret, "process %d (%s)", (int)list.v[i].process.pid, list.v[i].name);
	if (list.protected)
		plan_operation(ret, "leave %zu protected processes alone", list.protected);
	selected_processes_free(&list);
	return 0;
}
