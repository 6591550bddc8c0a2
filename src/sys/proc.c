/* /proc: processes, memory and processor time. */
#include "sys/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"

#define MOST_PROC (4u << 20)

/* The name stands in parentheses and may hold any byte, parentheses too: the last one ends it. */
int proc_stat_parse(const char *text, struct proc_stat *ret, struct err *e)
{
	const char *open = strchr(text, '('), *shut = strrchr(text, ')');
	struct proc_stat st = { 0 };
	int n;

	if (!open || !shut || shut < open)
		return err_set(e, ERR_PROTOCOL, 0, "not a process status: `%.60s`", text);
	snprintf(st.comm, sizeof(st.comm), "%.*s", (int)(shut - open - 1), open + 1);
	n = sscanf(text, "%d", &st.pid);
	n += sscanf(shut + 1,
		" %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d %llu",
		&st.state, &st.ppid, &st.session, &st.user, &st.kern, &st.start);
	if (n != 7)
		return err_set(e, ERR_PROTOCOL, 0, "not a process status: `%.60s`", text);
	*ret = st;
	return 0;
}

int proc_stat(pid_t pid, struct proc_stat *ret, struct err *e)
{
	autobuf struct buf text = BUF_INIT(8192);
	struct err why = { 0 };
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (file_read(AT_FDCWD, path, &text, &why) == 0)
		return proc_stat_parse(buf_text(&text), ret, e);
	/* A process that ends between open and read answers ESRCH. */
	if (why.kind == ERR_NOTFOUND || why.sys == ESRCH)
		return err_set(e, ERR_NOTFOUND, ESRCH, "process %d", (int)pid);
	return err_set(e, why.kind, 0, "%s", why.msg);
}

pid_t proc_pid_inside(pid_t pid)
{
	autobuf struct buf text = BUF_INIT(MOST_PROC);
	const char *at, *last;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (file_read(AT_FDCWD, path, &text, NULL) < 0)
		return 0;
	at = strstr(buf_text(&text), "\nNSpid:"); /* from the outermost to its own */
	if (!at)
		return pid;
	at++;
	last = at + strcspn(at, "\n");
	while (last > at && !isspace((unsigned char)last[-1]))
		last--;
	return (pid_t)strtol(last, NULL, 10);
}

int proc_list(pid_t **ret, size_t *ret_n, struct err *e)
{
	DIR *dir = opendir("/proc");
	pid_t *pids = NULL;
	size_t n = 0, cap = 0;

	if (!dir)
		return err_set(e, ERR_SYSTEM, errno, "open /proc");
	for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		if (n == cap) {
			pid_t *more = realloc(pids, (cap = cap * 2 + 64) * sizeof(*pids));

			if (!more) {
				free(pids);
				closedir(dir);
				return err_set(e, ERR_NOMEM, ENOMEM, "list of processes");
			}
			pids = more;
		}
		pids[n++] = (pid_t)strtol(d->d_name, NULL, 10);
	}
	closedir(dir);
	*ret = pids;
	*ret_n = n;
	return 0;
}

bool proc_each_socket(pid_t pid, proc_socket_f *each, void *ctx)
{
	char path[64], link[64];
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return false;
	for (struct dirent *d = readdir(dir); d && !found; d = readdir(dir)) {
		ssize_t n = readlinkat(dirfd(dir), d->d_name, link, sizeof(link) - 1);
		unsigned long long inode;

		link[n > 0 ? n : 0] = '\0';
		found = sscanf(link, "socket:[%llu]", &inode) == 1 && each(inode, ctx);
	}
	closedir(dir);
	return found;
}

/* "Name:   123 kB" */
static uint64_t proc_memory_row(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	unsigned long long kb = 0;

	if (at)
		sscanf(at + strlen(name), " %llu", &kb);
	return (uint64_t)kb * 1024;
}

int proc_memory(struct proc_memory *ret, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_PROC);
	int r = file_read(AT_FDCWD, "/proc/meminfo", &text, e);

	if (r < 0)
		return r;
	ret->total = proc_memory_row(buf_text(&text), "MemTotal:");
	ret->free = proc_memory_row(buf_text(&text), "MemFree:");
	ret->available = proc_memory_row(buf_text(&text), "MemAvailable:");
	ret->buffers = proc_memory_row(buf_text(&text), "Buffers:");
	ret->cached = proc_memory_row(buf_text(&text), "\nCached:");
	return 0;
}

/* "cpu3 user nice system idle iowait irq softirq steal guest guest_nice"; user holds the guests. */
int proc_cpu(int cpu, struct proc_cpu *ret, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_PROC);
	unsigned long long v[8] = { 0 };
	char name[24];
	const char *at;
	int r = file_read(AT_FDCWD, "/proc/stat", &text, e);

	if (r < 0)
		return r;
	snprintf(name, sizeof(name), cpu < 0 ? "cpu " : "\ncpu%d ", cpu);
	at = strstr(buf_text(&text), name);
	if (!at || sscanf(at + strlen(name), "%llu %llu %llu %llu %llu %llu %llu %llu", &v[0],
			   &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]) < 4)
		return err_set(e, ERR_NOTFOUND, 0, "processor %d is not in /proc/stat", cpu);
	ret->idle = v[3] + v[4];
	ret->busy = v[0] + v[1] + v[2] + v[5] + v[6] + v[7];
	return 0;
}
