/* Selection of processes. */
#include "target/process_select.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/rand.h"
#include "base/str.h"
#include "sys/proc.h"
#include "target/container.h"

#define MOST_COMMAND_LINE (2u << 20)
#define MOST_SOCKETS	  (64u << 20)

/* What one selection knows about all processes. */
struct look {
	const struct process_selector *s;
	struct words excluded;
	unsigned long long *inodes; /* of sockets on the ports, ascending */
	size_t n_inodes;
	pid_t ancestors[64];
	size_t n_ancestors;
	struct stat self; /* the program of this process */
};

static int by_number(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a, y = *(const unsigned long long *)b;

	return (x > y) - (x < y);
}

/* --- sockets --------------------------------------------------------------------------------- */

static int inode_add(struct look *l, unsigned long long inode, struct err *e)
{
	unsigned long long *more = realloc(l->inodes, (l->n_inodes + 1) * sizeof(*more));

	if (!more)
		return err_set(e, ERR_NOMEM, ENOMEM, "list of sockets");
	l->inodes = more;
	more[l->n_inodes++] = inode;
	return 0;
}

/* "sl local:port remote:port state tx:rx tr:when retrnsmt uid timeout inode ..." in hexadecimal. */
static int socket_line(struct look *l, const char *line, unsigned wanted_state, struct err *e)
{
	unsigned long long inode;
	unsigned port, state;

	if (sscanf(line,
		    " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %llu",
		    &port, &state, &inode) != 3)
		return 0;
	if (state != wanted_state || inode == 0 || !ranges_has(&l->s->ports, port))
		return 0;
	return inode_add(l, inode, e);
}

static int sockets_read(struct look *l, const char *path, unsigned state, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_SOCKETS);
	int r = file_read(AT_FDCWD, path, &text, e);

	if (r == -ERR_NOTFOUND) /* no IPv6 */
		return 0;
	for (const char *at = buf_text(&text); r == 0 && *at;) {
		r = socket_line(l, at, state, e);
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return r;
}

static int sockets_find(struct look *l, struct err *e)
{
	static const struct {
		const char *name;
		unsigned state; /* TCP_LISTEN; TCP_CLOSE is what a bound UDP socket shows */
	} tables[] = { { "tcp", 0x0a }, { "tcp6", 0x0a }, { "udp", 0x07 }, { "udp6", 0x07 } };
	const struct container *in = l->s->inside;
	char path[40];
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(tables) && r == 0; i++) {
		snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)(in ? in->main.pid : getpid()),
			tables[i].name);
		r = sockets_read(l, path, tables[i].state, e);
	}
	if (l->n_inodes)
		qsort(l->inodes, l->n_inodes, sizeof(*l->inodes), by_number);
	return r;
}

static bool is_on_port(unsigned long long inode, void *ctx)
{
	const struct look *l = ctx;

	return l->n_inodes && bsearch(&inode, l->inodes, l->n_inodes, sizeof(inode), by_number);
}

/* --- one process ----------------------------------------------------------------------------- */

/* The arguments with blanks between them; empty for a kernel thread. */
static void command_line(pid_t pid, struct buf *ret)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	if (file_read(AT_FDCWD, path, ret, NULL) < 0)
		buf_reset(ret);
	while (ret->len > 0 && ret->data[ret->len - 1] == '\0')
		ret->len--;
	for (size_t i = 0; i < ret->len; i++)
		if (ret->data[i] == '\0')
			ret->data[i] = ' ';
}

/* The kernel keeps 15 bytes of a name; a longer one is looked for in the first argument. */
static bool has_name(const struct look *l, const struct proc_stat *st, const char *line)
{
	size_t len = strcspn(line, " "), start = len;

	if (str_eq(st->comm, l->s->name))
		return true;
	while (start > 0 && line[start - 1] != '/')
		start--;
	return strlen(l->s->name) > 15 && len - start == strlen(l->s->name) &&
	       strncmp(line + start, l->s->name, len - start) == 0;
}

static bool is_wanted(const struct look *l, const struct proc_stat *st)
{
	autobuf struct buf line = BUF_INIT(MOST_COMMAND_LINE);
	const struct process_selector *s = l->s;
	char id[CONTAINER_ID];
	bool wanted;

	if (s->inside && !container_has(st->pid, s->inside->id, id))
		return false;
	command_line(st->pid, &line);
	if (s->command_line)
		wanted = strstr(buf_text(&line), s->command_line);
	else if (s->name)
		wanted = has_name(l, st, buf_text(&line));
	else if (s->ports.n)
		wanted = proc_each_socket(st->pid, is_on_port, (void *)l);
	else
		wanted = ranges_has(
			&s->pids, (unsigned)(s->inside ? proc_pid_inside(st->pid) : st->pid));
	for (size_t i = 0; wanted && i < l->excluded.n; i++)
		wanted = !strstr(buf_text(&line), l->excluded.v[i]);
	return wanted;
}

static bool is_own_program(const struct look *l, pid_t pid)
{
	struct stat st;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return stat(path, &st) == 0 && st.st_dev == l->self.st_dev && st.st_ino == l->self.st_ino;
}

static bool is_kernel_thread(pid_t pid)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return readlink(path, (char[1]){ 0 }, 1) < 0 && errno == ENOENT;
}

/* The caller, its ancestors, and Gale's own program. */
static bool is_own(const struct look *l, const struct proc_stat *st)
{
	for (size_t i = 0; i < l->n_ancestors; i++)
		if (l->ancestors[i] == st->pid)
			return true;
	return is_own_program(l, st->pid);
}

static bool is_protected(const struct proc_stat *st)
{
	static const char *const names[] = { "gale", "gale-agent", "gale-box", "gale-dns",
		"gale-operator", "gale-supervisor", "gale-guardian", "gale-worker", "kubelet",
		"sshd", "sshd-session" };

	if (st->pid == 1)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(st->comm, names[i]))
			return true;
	return is_kernel_thread(st->pid);
}

/* --- all of them ----------------------------------------------------------------------------- */

static void ancestors_find(struct look *l, pid_t pid)
{
	struct proc_stat st = { .ppid = pid };

	while (st.ppid > 1 && l->n_ancestors < ARRAY_LEN(l->ancestors)) {
		l->ancestors[l->n_ancestors++] = st.ppid;
		if (proc_stat(st.ppid, &st, NULL) < 0)
			return;
	}
}

static int selected_add(struct selected_processes *list, const struct proc_stat *st, struct err *e)
{
	struct selected_process *more = realloc(list->v, (list->n + 1) * sizeof(*more)), *one;

	if (!more)
		return err_set(e, ERR_NOMEM, ENOMEM, "list of processes");
	list->v = more;
	one = &more[list->n++];
	*one = (struct selected_process){ .process = { st->pid, st->start } };
	snprintf(one->name, sizeof(one->name), "%s", st->comm);
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	return (int)((const struct selected_process *)a)->process.pid -
	       (int)((const struct selected_process *)b)->process.pid;
}

static int walk(const struct look *l, struct selected_processes *list, struct err *e)
{
	autofree pid_t *pids = NULL;
	size_t n = 0;
	int r = proc_list(&pids, &n, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		struct proc_stat st;

		/* One that ends meanwhile, or only waits for its parent, is nobody to hit. */
		if (proc_stat(pids[i], &st, NULL) < 0 || strchr("ZX", st.state) ||
			!is_wanted(l, &st))
			continue;
		/* The text that selects stands in the command line of who gives the order. */
		if (is_own(l, &st))
			list->protected += !l->s->command_line;
		else if (is_protected(&st))
			list->protected ++;
		else
			r = selected_add(list, &st, e);
	}
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), by_pid);
	return r;
}

/* Keeps count of them: the first so many of a shuffle that the seed decides. */
static void draw(struct selected_processes *list, long long count, uint64_t seed)
{
	struct rand rnd = rand_seeded(seed);

	if (count <= 0 || (unsigned long long)count >= list->n)
		return;
	for (size_t i = 0; i < (size_t)count; i++) {
		size_t other = i + (size_t)rand_below(&rnd, list->n - i);
		struct selected_process swap = list->v[i];

		list->v[i] = list->v[other];
		list->v[other] = swap;
	}
	list->n = (size_t)count;
	qsort(list->v, list->n, sizeof(*list->v), by_pid);
}

/* What was asked for, for the error: "process `nginx`". */
static void selector_text(const struct process_selector *s, char *ret, size_t size)
{
	if (s->command_line)
		snprintf(ret, size, "`process`, `%.100s`", s->command_line);
	else if (s->name)
		snprintf(ret, size, "`process-cmd`, `%.100s`", s->name);
	else if (s->ports.n)
		snprintf(ret, size, "`local-port`, `%u`", s->ports.v[0].lo);
	else
		snprintf(ret, size, "`pid`, `%u`", s->pids.v[0].lo);
}

static int verdict(
	const struct process_selector *s, const struct selected_processes *list, struct err *e)
{
	char what[160];

	selector_text(s, what, sizeof(what));
	if (list->n == 0 && list->protected)
		return err_set(e, ERR_DENIED, 0,
			"parameter %s selects only protected processes (PID 1, the caller and its "
			"ancestors, Gale's own, sshd, kubelet)",
			what);
	if (list->n == 0 && !s->ignore_not_found)
		return err_set(e, ERR_NOPROCESS, 0, "invalid parameter %s process not found", what);
	return 0;
}

int process_select(const struct process_selector *s, uint64_t seed, pid_t caller,
	struct selected_processes *ret, struct err *e)
{
	struct selected_processes list = { 0 };
	struct look l = { .s = s };
	int r;

	if (!s->command_line && !s->name && !s->ports.n && !s->pids.n)
		return err_missing(e, "process|process-cmd|local-port|pid");
	if (stat("/proc/self/exe", &l.self) < 0)
		return err_set(e, ERR_SYSTEM, errno, "/proc/self/exe");
	ancestors_find(&l, getpid());
	ancestors_find(&l, caller);
	r = words_split(s->exclude ? s->exclude : "", ',', &l.excluded, e);
	if (r == 0 && s->ports.n)
		r = sockets_find(&l, e);
	if (r == 0)
		r = walk(&l, &list, e);
	if (r == 0)
		r = verdict(s, &list, e);
	free(l.inodes);
	words_free(&l.excluded);
	if (r < 0) {
		selected_processes_free(&list);
		return r;
	}
	draw(&list, s->count, seed);
	*ret = list;
	return 0;
}

void selected_processes_free(struct selected_processes *s)
{
	free(s->v);
	*s = (struct selected_processes){ 0 };
}

bool process_counts(pid_t pid)
{
	struct proc_stat st;

	return proc_stat(pid, &st, NULL) == 0 && !str_starts(st.comm, "gale-") &&
	       !strchr("ZX", st.state);
}
