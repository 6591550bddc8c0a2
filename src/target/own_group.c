/* Control groups of experiments. */
#include "target/own_group.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "sys/cgroup2.h"

static const char prefix[] = "/gale-";
static const char ended[] = "trusted.gale.ended"; /* the experiment that it was made for */

int own_group_path(const char *above, const char *uid, char *ret, size_t size, struct err *e)
{
	const char *base = str_eq(above, "/") ? "" : above;

	if ((size_t)snprintf(ret, size, "%s%s%s", base, prefix, uid) >= size)
		return err_set(e, ERR_INVALID, ENAMETOOLONG, "control group %s", above);
	return 0;
}

bool is_own_group(const char *path)
{
	const char *last = strrchr(path, '/');

	return last != NULL && str_starts(last, prefix);
}

int own_group_make(int root, const char *path, const pid_t *pids, size_t n, struct err *e)
{
	int r = cgroup2_make(root, path, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		r = cgroup2_move(root, path, pids[i], e);
		if (r == -ERR_NOTFOUND)
			r = 0;
	}
	return r;
}

static void set_ended(int root, const char *path)
{
	autoclose int fd = openat(root, path + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		fsetxattr(fd, ended, "1", 1, 0);
}

static bool has_ended(int root, const char *path)
{
	autoclose int fd = openat(root, path + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && fgetxattr(fd, ended, NULL, 0) >= 0;
}

int own_group_dissolve(const char *path, struct err *e)
{
	autoclose int root = -1;
	char at[PATH_MAX];
	int r = cgroup2_open(&root, e);

	snprintf(at, sizeof(at), "%s", path);
	while (r == 0) {
		if (cgroup2_has_children(root, at)) {
			set_ended(root, at);
			if (cgroup2_has_children(root, at))
				return 0;
		}
		r = cgroup2_dissolve(root, at, e);
		*strrchr(at, '/') = '\0';
		if (!is_own_group(at) || !has_ended(root, at))
			break;
	}
	return r;
}
