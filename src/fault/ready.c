/* Workers that say when they are ready. */
#include "fault/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"

struct ready {
	int fd; /* end of a pipe */
	ready_body_f *body;
	void *ctx;
};

struct report {
	int r;
	struct err err;
	unsigned value;
};

static void say(struct ready *ready, const struct report *report)
{
	if (ready->fd < 0)
		return;
	/* When nobody listens any more, the worker is about to be killed. */
	if (write(ready->fd, report, sizeof(*report)) < 0)
		return;
	close(ready->fd);
	ready->fd = -1;
}

void ready_say(struct ready *ready, unsigned value)
{
	say(ready, &(struct report){ .value = value });
}

static int work(void *ctx, struct err *e)
{
	struct ready *ready = ctx;
	struct report report = { .r = ready->body(ready->ctx, ready, e) };

	report.err = *e;
	say(ready, &report);
	return report.r;
}

int ready_worker(struct run *run, ready_body_f *body, void *ctx, unsigned *ret, struct err *e)
{
	autoclose int read_end = -1, write_end = -1;
	struct ready ready = { .body = body, .ctx = ctx };
	struct report report;
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	read_end = ends[0];
	write_end = ready.fd = ends[1];
	r = run_worker(run, work, &ready, NULL, e);
	if (r < 0)
		return r;
	close(write_end);
	write_end = -1;
	if (read(read_end, &report, sizeof(report)) != sizeof(report))
		return err_set(e, ERR_SYSTEM, 0, "the worker of the network fault ended");
	if (report.r < 0)
		return err_set(e, report.err.kind, 0, "%s", report.err.msg);
	if (ret != NULL)
		*ret = report.value;
	return 0;
}
