/* Where a file is that experiments add lines to. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "faults/shared/edited_file.h"
#include "sys/rootfs.h"

#define MOST_TABLE (16u << 20) /* of mounts */

void edited_key(const struct stat *st, char ret[static EDITED_KEY])
{
	snprintf(ret, EDITED_KEY, "%u-%u-%llu", major(st->st_dev), minor(st->st_dev),
		(unsigned long long)st->st_ino);
}

static bool is_file(const char *path, const struct stat *st)
{
	struct stat seen;

	return stat(path, &seen) == 0 && seen.st_dev == st->st_dev && seen.st_ino == st->st_ino;
}

static int mount_of(int fd)
{
	autobuf struct buf text = BUF_INIT(4096);
	char path[40];
	const char *row;
	int id = -1;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (file_read(AT_FDCWD, path, &text, NULL) == 0 &&
		(row = strstr(buf_text(&text), "mnt_id:")) != NULL)
		sscanf(row, "mnt_id: %d", &id);
	return id;
}

/* A row of mountinfo: "id parent major:minor root mount ...". */
struct mount_row {
	int id;
	unsigned major, minor;
	char root[PATH_MAX], at[PATH_MAX];
};

static bool mount_row(const char *line, struct mount_row *ret)
{
	return sscanf(line, "%d %*d %u:%u %4095s %4095s", &ret->id, &ret->major, &ret->minor,
		       ret->root, ret->at) == 5;
}

static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return at + (*at == '\n');
}

static bool find_mount(const char *table, int id, struct mount_row *ret)
{
	for (const char *at = table; *at; at = next_line(at))
		if (mount_row(at, ret) && ret->id == id)
			return true;
	return false;
}

/* The path by which a mount here shows what is mounted there. */
static bool path_by(const struct mount_row *there, const struct mount_row *here, char *ret)
{
	size_t len = str_eq(here->root, "/") ? 0 : strlen(here->root);

	if (here->major != there->major || here->minor != there->minor ||
		strncmp(there->root, here->root, len) != 0)
		return false;
	return snprintf(ret, PATH_MAX, "%s%s", str_eq(here->at, "/") ? "" : here->at,
		       there->root + len) < PATH_MAX;
}

/*
 * A bind-mounted file, in another mount namespace, is a path of its file system: some mount of that
 * here shows it too, and shows it when the process has ended.
 */
static void find_outside(pid_t pid, int fd, const struct stat *st, char ret[static PATH_MAX])
{
	autobuf struct buf theirs = BUF_INIT(MOST_TABLE), ours = BUF_INIT(MOST_TABLE);
	char table[40], path[PATH_MAX];
	struct mount_row there, here;

	snprintf(table, sizeof(table), "/proc/%d/mountinfo", (int)pid);
	if (file_read(AT_FDCWD, table, &theirs, NULL) < 0 ||
		file_read(AT_FDCWD, "/proc/self/mountinfo", &ours, NULL) < 0 ||
		!find_mount(buf_text(&theirs), mount_of(fd), &there))
		return;
	for (const char *at = buf_text(&ours); *at; at = next_line(at)) {
		if (!mount_row(at, &here) || !path_by(&there, &here, path) || !is_file(path, st))
			continue;
		memcpy(ret, path, sizeof(path));
		return;
	}
}

int edited_find(pid_t pid, const char *name, struct edited_file *ret, struct err *e)
{
	char link[40], path[PATH_MAX] = "";
	autoclose int fd = -1;
	struct stat st;
	ssize_t n;
	int r = rootfs_open(pid, name, O_RDONLY, &fd, e);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, ERR_UNSUPPORTED, 0, "%s is not a file", name);
	*ret = (struct edited_file){ .pid = pid, .name = name };
	edited_key(&st, ret->key);
	/* The same path here, links followed; what cannot be seen by it is looked for. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	if (path[0] == '/' && is_file(path, &st))
		memcpy(ret->path, path, sizeof(path));
	else
		find_outside(pid > 0 ? pid : getpid(), fd, &st, ret->path);
	return 0;
}
