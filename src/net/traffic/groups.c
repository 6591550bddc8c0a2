/* Control groups of a place. */
#include "net/traffic/groups.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "target/own_group.h"

void groups_plan(const struct place *p, struct plan *ret)
{
	char who[60] = "this host";

	if (p->pid > 0)
		snprintf(who, sizeof(who), "of process %d", (int)p->pid);
	if (p->n_groups == 0)
		plan_target(ret, "network namespace %llu (%s)", (unsigned long long)p->netns.inode,
			who);
	for (size_t i = 0; i < p->n_groups; i++) {
		const char *path = str_eq(p->groups[i].path, "/") ? "" : p->groups[i].path;

		plan_target(ret, "control group %.300s%s in network namespace %llu (%s)", path,
			p->groups[i].n_pids > 0 ? "/gale-UID" : "",
			(unsigned long long)p->netns.inode, who);
		for (size_t k = 0; k < p->groups[i].n_pids; k++)
			plan_operation(ret, "cgroup: move process %d to %.300s/gale-UID",
				(int)p->groups[i].pids[k], path);
	}
}

static int make_group(
	struct run *run, int root, struct place_group *g, struct cgroup2_name *ret, struct err *e)
{
	char own[PATH_MAX];
	int r;

	if (g->n_pids == 0)
		return cgroup2_name(root, g->path, ret, e);
	r = own_group_path(g->path, run_uid(run), own, sizeof(own), e);
	if (r == 0)
		r = run_undo(run, e, "undo", "group", "path", own, NULL);
	if (r == 0)
		r = own_group_make(root, own, g->pids, g->n_pids, e);
	if (r == 0)
		r = cgroup2_name(root, own, ret, e);
	memcpy(g->path, own, sizeof(g->path));
	return r;
}

int groups_make(struct run *run, struct place *p, struct cgroup2_name *ret, struct err *e)
{
	autoclose int root = -1;
	int r = p->n_groups > 0 ? cgroup2_open(&root, e) : 0;

	for (size_t i = 0; i < p->n_groups && r == 0; i++)
		r = make_group(run, root, &p->groups[i], &ret[i], e);
	return r;
}

bool groups_is_record(const struct undo *u)
{
	return str_eq(undo_get(u, "undo"), "group");
}

int groups_revert(const struct undo *u, struct err *e)
{
	return undo_this_boot(u) ? own_group_dissolve(undo_get(u, "path"), e) : 0;
}
