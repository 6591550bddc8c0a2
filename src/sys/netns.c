/* Network namespaces, by inode and cookie. */
#include "sys/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/cleanup.h"

static const char own[] = "/proc/thread-self/ns/net";

static uint64_t current_cookie(void)
{
	autoclose int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0)
		return 0;
	return cookie;
}

int netns_current(struct netns *ret, struct err *e)
{
	struct stat st;

	if (stat(own, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", own);
	ret->inode = st.st_ino;
	ret->cookie = current_cookie();
	return 0;
}

uint64_t netns_inode(pid_t pid)
{
	char path[40];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

int netns_of(pid_t pid, struct netns *ret, struct err *e)
{
	struct netns ns = { .inode = netns_inode(pid) };
	int back, r;

	if (ns.inode == 0)
		return err_set(e, ERR_NOTFOUND, 0, "network namespace of process %d", (int)pid);
	r = netns_enter(&ns, &back, e);
	if (r < 0)
		return r;
	ns.cookie = current_cookie();
	r = netns_leave(back, e);
	if (r == 0)
		*ret = ns;
	return r;
}

/* True when path, below dir, is a namespace with this inode; *ret_fd is open then. */
static bool open_if(int dir, const char *path, uint64_t inode, int *ret_fd)
{
	autoclose int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_ino != inode)
		return false;
	*ret_fd = take_fd(&fd);
	return true;
}

static bool search(const char *dir, const char *suffix, uint64_t inode, int *ret_fd)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	char path[300];
	bool found = false;

	while (d != NULL && !found && (entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.' ||
			(suffix[0] && (entry->d_name[0] < '0' || entry->d_name[0] > '9')))
			continue;
		snprintf(path, sizeof(path), "%s%s", entry->d_name, suffix);
		found = open_if(dirfd(d), path, inode, ret_fd);
	}
	if (d != NULL)
		closedir(d);
	return found;
}

int netns_open(const struct netns *ns, int *ret_fd, struct err *e)
{
	if (open_if(AT_FDCWD, own, ns->inode, ret_fd) ||
		search("/run/netns", "", ns->inode, ret_fd) ||
		search("/var/run/netns", "", ns->inode, ret_fd) ||
		search("/proc", "/ns/net", ns->inode, ret_fd))
		return 0;
	return err_set(e, ERR_NOTFOUND, 0, "the network namespace %llu is gone",
		(unsigned long long)ns->inode);
}

int netns_enter(const struct netns *ns, int *ret_back, struct err *e)
{
	autoclose int back = open(own, O_RDONLY | O_CLOEXEC), fd = -1;
	int r;

	if (back < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", own);
	r = netns_open(ns, &fd, e);
	if (r < 0)
		return r;
	if (setns(fd, CLONE_NEWNET) < 0)
		return err_set(e, ERR_SYSTEM, errno, "enter the network namespace");
	if (ns->cookie != 0 && current_cookie() != ns->cookie) {
		/* Another namespace has the inode number of the one that is meant. */
		r = netns_leave(take_fd(&back), e);
		return r < 0 ? r : err_set(e, ERR_NOTFOUND, 0, "the network namespace is gone");
	}
	*ret_back = take_fd(&back);
	return 0;
}

int netns_enter_empty(int *ret_back, struct err *e)
{
	autoclose int back = open(own, O_RDONLY | O_CLOEXEC);

	if (back < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", own);
	if (unshare(CLONE_NEWNET) < 0)
		return err_set(e, ERR_SYSTEM, errno, "make a network namespace");
	*ret_back = take_fd(&back);
	return 0;
}

int netns_leave(int back, struct err *e)
{
	autoclose int fd = back;

	if (setns(fd, CLONE_NEWNET) < 0)
		return err_set(e, ERR_SYSTEM, errno, "return to the own network namespace");
	return 0;
}
