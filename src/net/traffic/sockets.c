/* Sockets of processes: their inodes by /proc, what they are by inet_diag. */
#include "net/traffic/sockets.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "sys/proc.h"

struct inodes {
	unsigned long long *v; /* ascending once they are all here */
	size_t n;
	bool failed;
	sockdiag_each_f *each;
	void *ctx;
};

static int ascending(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a, y = *(const unsigned long long *)b;

	return (x > y) - (x < y);
}

static bool add(unsigned long long inode, void *ctx)
{
	struct inodes *l = ctx;
	unsigned long long *more = realloc(l->v, (l->n + 1) * sizeof(*more));

	l->failed = more == NULL;
	if (l->failed)
		return true;
	l->v = more;
	more[l->n++] = inode;
	return false;
}

static int see(const struct socket_pair *s, void *ctx, struct err *e)
{
	const struct inodes *l = ctx;
	unsigned long long inode = s->inode;

	if (s->local_port == 0 || l->n == 0 ||
		bsearch(&inode, l->v, l->n, sizeof(inode), ascending) == NULL)
		return 0;
	return l->each(s, l->ctx, e);
}

int sockets_each(const pid_t *pids, size_t n, sockdiag_each_f *each, void *ctx, struct err *e)
{
	struct inodes l = { .each = each, .ctx = ctx };
	int r;

	for (size_t i = 0; i < n && !l.failed; i++)
		proc_each_socket(pids[i], add, &l);
	if (l.n > 0)
		qsort(l.v, l.n, sizeof(*l.v), ascending);
	if (l.failed)
		r = err_set(e, ERR_NOMEM, errno, "list of sockets");
	else
		r = l.n > 0 ? sockdiag_list_all(see, &l, e) : 0;
	free(l.v);
	return r;
}
