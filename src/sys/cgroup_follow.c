/* Going where another process is. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "sys/cgroup.h"

#define MOST_TABLE (64u << 10)

/* Inside a namespace of its own a container cannot name, and may not enter, groups outside. */
static int enter_namespace(pid_t pid, struct err *e)
{
	autoclose int ns = -1;
	struct stat its, ours;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/ns/cgroup", (int)pid);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 && errno == ENOENT) /* of a kernel without them */
		return 0;
	if (ns < 0 || fstat(ns, &its) < 0 || stat("/proc/self/ns/cgroup", &ours) < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", path);
	if (its.st_ino != ours.st_ino && setns(ns, CLONE_NEWCGROUP) < 0)
		return err_set(e, ERR_SYSTEM, errno, "enter %s", path);
	return 0;
}

static int follow_one(pid_t pid, const char *controller, struct err *e)
{
	char dir[PATH_MAX], path[PATH_MAX + 16];
	int r = cgroup_dir(pid, controller, NULL, dir, sizeof(dir), e);

	if (r < 0)
		return r == -ERR_NOTFOUND ? 0 : r;
	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	return file_write(AT_FDCWD, path, "0", e);
}

int cgroup_follow(pid_t pid, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_TABLE);
	char file[40];
	int r = enter_namespace(pid, e);

	snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	if (r == 0)
		r = file_read(AT_FDCWD, file, &text, e);
	/* "4:cpu,cpuacct:/group"; the unified hierarchy has no controllers here. */
	for (char *line = text.data, *next; r == 0 && line && *line; line = next) {
		char *controllers = strchr(line, ':');

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (!controllers)
			continue;
		controllers++;
		controllers[strcspn(controllers, ",:")] = '\0';
		r = follow_one(pid, controllers, e);
	}
	return r;
}
