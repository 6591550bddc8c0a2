/* A process of ours in a container's control groups. */
#include "target/tenant.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/str.h"
#include "sys/cgroup.h"

enum { LOOK_MS = 500, MOST_CONTROLLERS = 8 };

/* The directories of a process's groups. */
struct groups {
	char v[MOST_CONTROLLERS][PATH_MAX];
	size_t n;
};

static int groups_of(pid_t pid, const char *const *controllers, struct groups *ret, struct err *e)
{
	int r = 0;

	ret->n = 0;
	for (; *controllers && ret->n < MOST_CONTROLLERS && r == 0; controllers++) {
		r = cgroup_dir(pid, *controllers, NULL, ret->v[ret->n], PATH_MAX, e);
		if (r == 0)
			ret->n++;
		else if (r == -ERR_NOTFOUND)
			r = 0; /* not in use here, or it has ended */
	}
	return r;
}

static int move_to(const struct groups *to, struct err *e)
{
	char path[PATH_MAX + 16], pid[16];
	int r = 0;

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	for (size_t i = 0; i < to->n && r == 0; i++) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", to->v[i]);
		r = file_write(AT_FDCWD, path, pid, e);
	}
	return r;
}

static int enter(const struct tenant *t, struct err *e)
{
	const struct container *c = &t->target.container;
	struct groups groups;
	int r = groups_of(c->main.pid, t->controllers, &groups, e);

	if (r == 0 && groups.n > 0)
		r = move_to(&groups, e);
	if (!process_alive(&c->main))
		return err_set(e, ERR_NOTFOUND, 0, "container %.12s has ended", c->id);
	if (r == 0 && groups.n == 0)
		r = err_set(
			e, ERR_UNSUPPORTED, 0, "no control groups of `%s` here", t->controllers[0]);
	return r;
}

static void await_end(const struct container *c)
{
	autoclose int fd = -1;

	if (pidfd_open_process(&c->main, &fd, NULL) == 0)
		pidfd_ended(fd, -1);
}

int tenant_stay(struct tenant *t, struct err *e)
{
	struct container *c = &t->target.container;
	struct groups home;
	int r = groups_of(getpid(), t->controllers, &home, e);

	if (r == 0)
		r = enter(t, e);
	while (r == 0) {
		t->moved(t->ctx, true);
		await_end(c);
		t->moved(t->ctx, false);
		do {
			r = move_to(&home, e);
			clock_sleep_ms(LOOK_MS);
		} while (r == 0 && (container_successor(t->target.query, c, c, NULL) < 0 ||
					   enter(t, NULL) < 0));
	}
	return r;
}
