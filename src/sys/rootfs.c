/* Files by /proc/PID/root, never outside of it. */
#include "sys/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

int rootfs_open(pid_t pid, const char *path, int flags, int *ret_fd, struct err *e)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	autoclose int root = -1;
	char dir[40] = "/";
	long fd;

	if (pid > 0)
		snprintf(dir, sizeof(dir), "/proc/%d/root", (int)pid);
	root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%s", dir);
	fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%s%s",
			pid > 0 ? dir : "", path);
	*ret_fd = (int)fd;
	return 0;
}
