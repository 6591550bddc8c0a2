/* Going where another process is. */
#include "sys/join.h"

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

/* Nothing to do where it is ours as well, which takes no right. */
static int enter_namespace(pid_t pid, const char *name, int kind, struct err *e)
{
	autoclose int ns = -1;
	struct stat its, ours;
	char path[40], own[40];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	snprintf(own, sizeof(own), "/proc/self/ns/%s", name);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || fstat(ns, &its) < 0 || stat(own, &ours) < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", path);
	if (its.st_ino != ours.st_ino && setns(ns, kind) < 0)
		return err_set(e, ERR_SYSTEM, errno, "enter %s", path);
	return 0;
}

static int join_group(pid_t pid, const char *controller, struct err *e)
{
	char dir[PATH_MAX], path[PATH_MAX + 16];
	int r = cgroup_dir(pid, controller, NULL, dir, sizeof(dir), e);

	if (r < 0)
		return r == -ERR_NOTFOUND ? 0 : r;
	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	return file_write(AT_FDCWD, path, "0", e);
}

static int join_groups(pid_t pid, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_TABLE);
	char file[40];
	int r;

	snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
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
		r = join_group(pid, controllers, e);
	}
	return r;
}

/* A container's namespace of groups cannot name, and may not enter, groups outside of it. */
int process_join(pid_t pid, struct err *e)
{
	int r = enter_namespace(pid, "mnt", CLONE_NEWNS, e);

	if (r == 0)
		r = enter_namespace(pid, "cgroup", CLONE_NEWCGROUP, e);
	return r == 0 ? join_groups(pid, e) : r;
}
