/* The list of JVMs, and the choice of one. */
#include "jvm/jvms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "sys/proc.h"

#define COMMAND_SIZE 65536

void jvms_free(struct jvms *j)
{
	free(j->v);
	*j = (struct jvms){ 0 };
}

static int jvms_add(struct jvms *j, const struct jvm *one, struct err *e)
{
	struct jvm *more = realloc(j->v, (j->n + 1) * sizeof(*more));

	if (!more)
		return err_set(e, ERR_NOMEM, ENOMEM, "list of JVMs");
	j->v = more;
	more[j->n++] = *one;
	return 0;
}

/* One walk over all processes. */
struct walk {
	const char *process;	    /* NULL: all */
	const struct container *in; /* only those in it; NULL: all */
	struct jvms found;
	struct jvms maybe; /* called java, without a JVM to be seen */
	struct err denied;
};

/* What the walk has to do with a process that it looked at. */
static int walk_sort(struct walk *w, const struct jvm *jvm, bool java, struct err *e)
{
	if (jvm->make != JVM_NONE)
		return jvms_add(&w->found, jvm, e);
	return java ? jvms_add(&w->maybe, jvm, e) : 0;
}

/* Looked at are those that may be meant, so that a busy host costs a file a process. */
static int walk_one(struct walk *w, pid_t pid, struct err *e)
{
	autofree struct jvm *jvm = malloc(sizeof(*jvm));
	autofree char *command = malloc(COMMAND_SIZE);
	struct err why = { 0 };
	struct proc_stat st;
	bool named, java;
	int r;

	if (!jvm || !command)
		return err_set(e, ERR_NOMEM, ENOMEM, "list of JVMs");
	process_command(pid, command, COMMAND_SIZE);
	named = !w->process || strstr(command, w->process);
	if (!*command || (!named && !strstr(command, "java")) || proc_stat(pid, &st, NULL) < 0)
		return 0;
	java = str_starts(st.comm, "java");
	r = jvm_look(&(struct process){ pid, st.start }, jvm, &why);
	if (r == -ERR_DENIED && named && java)
		w->denied = why;
	if (r < 0 || (!named && !strstr(jvm->command, w->process)))
		return 0;
	return walk_sort(w, jvm, java, e);
}

static int by_pid(const void *a, const void *b)
{
	return (int)((const struct jvm *)a)->process.pid -
	       (int)((const struct jvm *)b)->process.pid;
}

static int walk(struct walk *w, struct err *e)
{
	autofree pid_t *pids = NULL;
	char id[CONTAINER_ID];
	size_t n = 0;
	int r = proc_list(&pids, &n, e);

	for (size_t i = 0; i < n && r == 0; i++)
		if (pids[i] != getpid() && (!w->in || container_has(pids[i], w->in->id, id)))
			r = walk_one(w, pids[i], e);
	if (w->found.n)
		qsort(w->found.v, w->found.n, sizeof(*w->found.v), by_pid);
	return r;
}

static void walk_done(struct walk *w)
{
	jvms_free(&w->found);
	jvms_free(&w->maybe);
}

int jvms_list(struct jvms *ret, struct err *e)
{
	struct walk w = { 0 };
	int r = walk(&w, e);

	jvms_free(&w.maybe);
	if (r < 0)
		jvms_free(&w.found);
	else
		*ret = w.found;
	return r;
}

static const char *asked(const struct walk *w)
{
	return w->process ? w->process : "";
}

static int many(const struct walk *w, struct err *e)
{
	autobuf struct buf list = BUF_INIT(200);

	for (size_t i = 0; i < w->found.n && !list.failed; i++)
		buf_fmt(&list, " %d", (int)w->found.v[i].process.pid);
	return err_set(e, ERR_MANY, 0,
		"invalid parameter `process`, `%.80s`: too many processes found:%s, give one by --pid",
		asked(w), buf_text(&list));
}

static int choose(const struct walk *w, pid_t pid, struct jvm *ret, struct err *e)
{
	const struct jvms *from = w->found.n ? &w->found : &w->maybe;

	for (size_t i = 0; i < from->n; i++)
		if (from->v[i].process.pid == pid || (pid == 0 && from->n == 1)) {
			*ret = from->v[i];
			return 0;
		}
	if (from->n > 0 && pid > 0)
		return err_set(e, ERR_OTHERPID, 0,
			"invalid parameter `process|pid`, `%.80s|%d`: the pid is not among those found by name",
			asked(w), (int)pid);
	if (from->n > 0)
		return many(w, e);
	if (w->denied.kind)
		return err_set(e, w->denied.kind, 0, "%s", w->denied.msg);
	return err_set(e, ERR_NOPROCESS, 0,
		"invalid parameter `process`, `%.150s` process not found", asked(w));
}

static int select_pid(pid_t pid, struct jvm *ret, struct err *e)
{
	struct process p;
	int r = process_find(pid, &p, e);

	if (r == 0)
		r = jvm_look(&p, ret, e);
	if (r == -ERR_NOTFOUND)
		return err_set(e, ERR_NOPROCESS, 0,
			"invalid parameter `pid`, `%d` process not found", (int)pid);
	return r;
}

int jvms_select(const char *process, pid_t pid, struct jvm *ret, struct err *e)
{
	struct walk w = { .process = process };
	int r;

	if (!process && pid <= 0)
		return err_missing(e, "process|pid");
	if (!process)
		return select_pid(pid, ret, e);
	r = walk(&w, e);
	if (r == 0)
		r = choose(&w, pid, ret, e);
	walk_done(&w);
	return r;
}

/* Its number outside; one that is none of them stays as it is, and is not found. */
static pid_t pid_outside(const struct walk *w, pid_t inside)
{
	const struct jvms *from = w->found.n ? &w->found : &w->maybe;

	for (size_t i = 0; i < from->n; i++)
		if (proc_pid_inside(from->v[i].process.pid) == inside)
			return from->v[i].process.pid;
	return inside;
}

int jvms_select_in(
	const struct container *c, const char *process, pid_t pid, struct jvm *ret, struct err *e)
{
	struct walk w = { .process = process, .in = c };
	int r = walk(&w, e);

	if (r == 0)
		r = choose(&w, pid > 0 ? pid_outside(&w, pid) : 0, ret, e);
	walk_done(&w);
	return r;
}
