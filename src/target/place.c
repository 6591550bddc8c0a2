/* Network namespaces and control groups of a target. */
#include "target/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "sys/cgroup2.h"
#include "sys/proc.h"
#include "target/container.h"
#include "target/own_group.h"

struct pids {
	pid_t *v; /* ascending */
	size_t n;
};

static int by_pid(const void *a, const void *b)
{
	return *(const pid_t *)a - *(const pid_t *)b;
}

static bool has_pid(const struct pids *p, pid_t pid)
{
	return p->n > 0 && bsearch(&pid, p->v, p->n, sizeof(pid), by_pid) != NULL;
}

/* --- who is meant ----------------------------------------------------------------------------- */

static int pids_of_selector(const struct place_selector *s, uint64_t seed, pid_t caller,
	struct pids *ret, struct err *e)
{
	struct selected_processes list;
	int r = process_select(&s->process, seed, caller, &list, e);

	if (r < 0)
		return r;
	ret->v = calloc(list.n + 1, sizeof(*ret->v));
	if (ret->v == NULL)
		r = err_set(e, ERR_NOMEM, 0, "list of processes");
	for (size_t i = 0; i < list.n && r == 0; i++)
		ret->v[ret->n++] = list.v[i].process.pid;
	selected_processes_free(&list);
	return r;
}

/* A path may be given as the group is mounted. */
static const char *group_path(const char *text)
{
	static const char *const mounts[] = { "/sys/fs/cgroup/unified/", "/sys/fs/cgroup/" };

	for (size_t i = 0; i < ARRAY_LEN(mounts); i++)
		if (str_starts(text, mounts[i]))
			return text + strlen(mounts[i]) - 1;
	return text;
}

static bool is_below(const char *path, const char *group)
{
	size_t len = strlen(group);

	while (len > 0 && group[len - 1] == '/')
		len--;
	return strncmp(path, group, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

int place_group_processes(const char *group, pid_t **ret, size_t *ret_n, struct err *e)
{
	char path[PATH_MAX];
	size_t n = 0, kept = 0;
	pid_t *all;
	int r = proc_list(&all, &n, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (cgroup2_of(all[i], path, sizeof(path), NULL) == 0 && is_below(path, group))
			all[kept++] = all[i];
	*ret = all;
	*ret_n = kept;
	return 0;
}

static int pids_of_group(const char *group, struct pids *ret, struct err *e)
{
	int r;

	if (group[0] != '/')
		return err_illegal(
			e, "cgroup", group, "a path from the root, as in /proc/PID/cgroup");
	r = place_group_processes(group, &ret->v, &ret->n, e);
	if (r == 0 && ret->n == 0)
		r = err_set(
			e, ERR_NOTFOUND, 0, "no process is in the control group `%.200s`", group);
	return r;
}

static int pids_find(const struct place_selector *s, uint64_t seed, pid_t caller, struct pids *ret,
	struct err *e)
{
	int r;

	if (s->container != NULL)
		r = container_processes(s->container, &ret->v, &ret->n, e);
	else if (s->cgroup != NULL)
		r = pids_of_group(group_path(s->cgroup), ret, e);
	else
		r = pids_of_selector(s, seed, caller, ret, e);
	if (r == 0 && ret->v != NULL)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_pid);
	return r;
}

/* --- how they are told apart ------------------------------------------------------------------ */

static int is_shared(uint64_t inode, const struct pids *meant, bool *ret, struct err *e)
{
	autofree pid_t *all = NULL;
	size_t n = 0;
	int r = proc_list(&all, &n, e);

	*ret = false;
	for (size_t i = 0; i < n && r == 0 && !*ret; i++)
		*ret = !has_pid(meant, all[i]) && netns_inode(all[i]) == inode &&
		       process_counts(all[i]);
	return r;
}

static struct place_group *group_of(struct place *p, const char *path)
{
	struct place_group *more;

	for (size_t i = 0; i < p->n_groups; i++)
		if (str_eq(p->groups[i].path, path))
			return &p->groups[i];
	more = realloc(p->groups, (p->n_groups + 1) * sizeof(*more));
	if (more == NULL)
		return NULL;
	p->groups = more;
	more = &p->groups[p->n_groups++];
	*more = (struct place_group){ 0 };
	snprintf(more->path, sizeof(more->path), "%s", path);
	return more;
}

static int add_process(struct place *p, pid_t pid, struct err *e)
{
	char path[PATH_MAX];
	struct place_group *g;
	pid_t *more;
	int r = cgroup2_of(pid, path, sizeof(path), e);

	if (r < 0)
		return r == -ERR_NOTFOUND ? 0 : r;
	g = group_of(p, path);
	more = g != NULL ? realloc(g->pids, (g->n_pids + 1) * sizeof(*more)) : NULL;
	if (more == NULL)
		return err_set(e, ERR_NOMEM, 0, "control groups");
	g->pids = more;
	more[g->n_pids++] = pid;
	return 0;
}

/*
 * A group of none but those that are meant names them as it is; but that of another experiment goes
 * away with it.
 */
static int settle_group(int root, struct place_group *g, const struct pids *meant, struct err *e)
{
	autofree pid_t *pids = NULL;
	bool exclusive = !is_own_group(g->path) && !cgroup2_has_children(root, g->path);
	size_t n = 0;
	int r = cgroup2_list(root, g->path, &pids, &n, e);

	for (size_t i = 0; i < n && r == 0; i++)
		exclusive = exclusive && has_pid(meant, pids[i]);
	if (r == 0 && exclusive)
		g->n_pids = 0;
	return r;
}

static int groups_find(
	const struct place_selector *s, const struct pids *meant, struct place *p, struct err *e)
{
	autoclose int root = -1;
	int r = cgroup2_open(&root, e);

	if (r == 0 && s->container == NULL && s->cgroup != NULL)
		return group_of(p, group_path(s->cgroup)) != NULL
			       ? 0
			       : err_set(e, ERR_NOMEM, 0, "control groups");
	for (size_t i = 0; i < meant->n && r == 0; i++)
		if (netns_inode(meant->v[i]) == p->netns.inode)
			r = add_process(p, meant->v[i], e);
	for (size_t i = 0; i < p->n_groups && r == 0; i++)
		r = settle_group(root, &p->groups[i], meant, e);
	return r;
}

/* --- all of it -------------------------------------------------------------------------------- */

static int add_place(struct places *list, pid_t pid, struct err *e)
{
	struct place *more = realloc(list->v, (list->n + 1) * sizeof(*more)), *p;

	if (more == NULL)
		return err_set(e, ERR_NOMEM, 0, "network namespaces");
	list->v = more;
	p = &more[list->n];
	*p = (struct place){ .pid = pid };
	list->n++;
	return pid == 0 ? netns_current(&p->netns, e) : netns_of(pid, &p->netns, e);
}

static bool has_place(const struct places *list, uint64_t inode)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].netns.inode == inode)
			return true;
	return inode == 0;
}

static int find_all(const struct place_selector *s, const struct pids *meant, struct places *list,
	struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < meant->n && r == 0; i++)
		if (!has_place(list, netns_inode(meant->v[i])))
			r = add_place(list, meant->v[i], e);
	for (size_t i = 0; i < list->n && r == 0; i++) {
		bool shared = false;

		r = is_shared(list->v[i].netns.inode, meant, &shared, e);
		if (r == 0 && (shared || s->cgroup != NULL))
			r = groups_find(s, meant, &list->v[i], e);
	}
	if (r == 0 && list->n == 0 && !s->process.ignore_not_found)
		r = err_set(e, ERR_NOPROCESS, 0, "the processes have ended");
	return r;
}

static bool is_host(const struct place_selector *s)
{
	const struct process_selector *p = &s->process;

	return s->container == NULL && s->cgroup == NULL && p->command_line == NULL &&
	       p->name == NULL && p->ports.n == 0 && p->pids.n == 0;
}

int places_find(const struct place_selector *s, uint64_t seed, pid_t caller, struct places *ret,
	struct err *e)
{
	struct places list = { 0 };
	struct pids meant = { 0 };
	int r;

	if (is_host(s)) {
		r = add_place(&list, 0, e);
	} else {
		r = pids_find(s, seed, caller, &meant, e);
		if (r == 0)
			r = find_all(s, &meant, &list, e);
	}
	free(meant.v);
	if (r < 0)
		places_free(&list);
	else
		*ret = list;
	return r;
}

void places_free(struct places *p)
{
	for (size_t i = 0; i < p->n; i++) {
		for (size_t k = 0; k < p->v[i].n_groups; k++)
			free(p->v[i].groups[k].pids);
		free(p->v[i].groups);
	}
	free(p->v);
	*p = (struct places){ 0 };
}
