/* Things held by several experiments. */
#include "fault/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

int hold_lock(const char *state, int *ret_fd, struct err *e)
{
	char path[PATH_MAX];
	autoclose int fd = -1;
	int r;

	if (snprintf(path, sizeof(path), "%s/hold", state) >= (int)sizeof(path))
		return err_set(e, ERR_INVALID, ENAMETOOLONG, "%s", state);
	r = dir_make(path, 0700, e);
	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return err_set(e, ERR_SYSTEM, errno, "lock %s", path);
	*ret_fd = take_fd(&fd);
	return 0;
}

bool hold_taken(int lock, const char *thing)
{
	return faccessat(lock, thing, F_OK, 0) == 0;
}

int hold_enter(int lock, const char *thing, const char *uid, struct err *e)
{
	char file[PATH_MAX];
	autoclose int fd = -1;

	snprintf(file, sizeof(file), "%s/%s", thing, uid);
	if (mkdirat(lock, thing, 0700) < 0 && errno != EEXIST)
		return err_set(e, ERR_SYSTEM, errno, "hold %s", thing);
	fd = openat(lock, file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? err_set(e, ERR_SYSTEM, errno, "hold %s", file) : 0;
}

int hold_leave(int lock, const char *thing, const char *uid, bool *ret_last, struct err *e)
{
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s/%s", thing, uid);
	if (unlinkat(lock, file, 0) < 0 && errno != ENOENT)
		return err_set(e, ERR_SYSTEM, errno, "let go of %s", file);
	*ret_last = unlinkat(lock, thing, AT_REMOVEDIR) == 0 || errno == ENOENT;
	if (!*ret_last && errno != ENOTEMPTY && errno != EEXIST)
		return err_set(e, ERR_SYSTEM, errno, "let go of %s", thing);
	return 0;
}
