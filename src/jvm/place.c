/* A place for the library. */
#include "jvm/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "jvm/inside.h"

/* --- what is there ---------------------------------------------------------------------------- */

struct question {
	int dir;
	bool yes;
};

/* As the JVM's user: permissions, a read-only mount and other policies all have their say. */
static int ask_writable(void *ctx, struct err *e)
{
	struct question *q = ctx;

	(void)e;
	q->yes = fchdir(q->dir) == 0 && faccessat(AT_FDCWD, ".", W_OK | X_OK, AT_EACCESS) == 0;
	return 0;
}

static bool is_writable(const struct jvm *jvm, int dir)
{
	struct question q = { dir, false };

	return inside_run(jvm, ask_writable, &q, sizeof(q), NULL) == 0 && q.yes;
}

static bool is_noexec(int dir)
{
	struct statvfs st;

	return fstatvfs(dir, &st) < 0 || st.f_flag & ST_NOEXEC;
}

/*
 * path is without its leading slash, and no link: the library finds its file among its mappings,
 * links resolved.
 */
static bool place_try(const struct jvm *jvm, const char *path, struct place *ret)
{
	autoclose int dir = -1;

	if (jvm_open_dir(jvm, path, false, &dir, NULL) < 0 || is_noexec(dir) ||
		!is_writable(jvm, dir))
		return false;
	snprintf(ret->path, sizeof(ret->path), "/%s", path);
	ret->dir = take_fd(&dir);
	return true;
}

/* --- a mount of our own ----------------------------------------------------------------------- */

/* In a child that enters the JVM's mount namespace, and its root, for good. */
static int in_mounts(const struct jvm *jvm, int (*body)(void *ctx), void *ctx)
{
	char path[2][40];
	int status, ns, root;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid > 0) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
	}
	snprintf(path[0], sizeof(path[0]), "/proc/%d/ns/mnt", (int)jvm->process.pid);
	snprintf(path[1], sizeof(path[1]), "/proc/%d/root", (int)jvm->process.pid);
	ns = open(path[0], O_RDONLY | O_CLOEXEC);
	root = open(path[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ns < 0 || root < 0 || setns(ns, CLONE_NEWNS) < 0 || fchdir(root) < 0 || chroot(".") < 0)
		_exit(errno);
	_exit(body(ctx) < 0 ? errno : 0);
}

static int mount_here(void *ctx)
{
	struct place *p = ctx;
	struct stat st;

	if (p->made && mkdir(p->mounted, 0755) < 0 && errno != EEXIST)
		return -1;
	if (lstat(p->mounted, &st) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode) || st.st_uid != 0) { /* /tmp is anybody's to put a link into */
		errno = ENOTDIR;
		return -1;
	}
	return mount("gale", p->mounted, "tmpfs", MS_NOSUID | MS_NODEV, "size=4m,mode=1777");
}

static int unmount_here(void *ctx)
{
	struct place *p = ctx;
	int r = umount2(p->mounted, MNT_DETACH | UMOUNT_NOFOLLOW);

	return p->made && rmdir(p->mounted) < 0 ? -1 : r;
}

/* Over a /tmp that cannot be written, beside what is in one that can. */
static int place_mount(const struct jvm *jvm, bool over, struct place *ret, struct err *e)
{
	int r;

	if (geteuid() != 0)
		return err_set(e, ERR_DENIED, 0,
			"process %d has no directory for the agent that it may write and execute in: needs root",
			(int)jvm->process.pid);
	snprintf(ret->mounted, sizeof(ret->mounted), "/tmp");
	if (!over)
		snprintf(ret->mounted, sizeof(ret->mounted), "/tmp/.gale-jvm-%d",
			(int)jvm->process.pid);
	ret->made = !over;
	r = in_mounts(jvm, mount_here, ret);
	if (r < 0) {
		err_set(e, ERR_SYSTEM, -r,
			"process %d has no directory for the agent, and none can be mounted at %s",
			(int)jvm->process.pid, ret->mounted);
		ret->mounted[0] = '\0';
		return -ERR_SYSTEM;
	}
	snprintf(ret->path, sizeof(ret->path), "%s", ret->mounted);
	return jvm_open_dir(jvm, ret->mounted + 1, true, &ret->dir, e);
}

/* --- the choice ------------------------------------------------------------------------------- */

static bool place_choose(const struct jvm *jvm, struct place *ret)
{
	static const char *const usual[] = { "tmp", "var/tmp", "dev/shm", "run" };

	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		if (place_try(jvm, usual[i], ret))
			return true;
	return false;
}

/* HotSpot makes its socket in /tmp and nowhere else. */
static bool tmp_is_writable(const struct jvm *jvm)
{
	autoclose int tmp = -1;

	return jvm_open_dir(jvm, "tmp", true, &tmp, NULL) == 0 && is_writable(jvm, tmp);
}

int place_find(const struct jvm *jvm, struct place *ret, struct err *e)
{
	struct place p = { .dir = -1, .tmp = -1 };
	int r = 0;

	if (!tmp_is_writable(jvm))
		r = place_mount(jvm, true, &p, e);
	else if (!place_choose(jvm, &p))
		r = place_mount(jvm, false, &p, e);
	if (r == 0)
		r = jvm_open_dir(jvm, "tmp", true, &p.tmp, e);
	if (r < 0)
		place_leave(jvm, &p);
	else
		*ret = p;
	return r;
}

void place_leave(const struct jvm *jvm, struct place *p)
{
	if (p->dir >= 0)
		close(p->dir);
	if (p->tmp >= 0)
		close(p->tmp);
	p->dir = p->tmp = -1;
	if (p->mounted[0])
		in_mounts(jvm, unmount_here, p);
	p->mounted[0] = '\0';
}
