/* Metrics and health of the operator. */
#include "operator/admin.h"

#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>
#include <event2/http.h>

#include "listen/pages.h"
#include "operator/thread.h"

struct admin {
	struct admin_sources from;
	struct event_base *base;
	struct event *stop;
	struct listen_pages *pages;
	struct thread thread;
};

static int metrics_write(struct buf *ret, void *ctx)
{
	const struct admin *a = ctx;

	works_metrics(a->from.works, ret);
	if (a->from.webhook)
		webhook_metrics(a->from.webhook, ret);
	return HTTP_OK;
}

/* One that stands by is ready for it. */
static int ready_write(struct buf *ret, void *ctx)
{
	const struct admin *a = ctx;
	bool listed = works_listed(a->from.works);

	if (!works_started(a->from.works)) {
		buf_str(ret, "standing by\n");
		return HTTP_OK;
	}
	buf_str(ret, listed ? "ready\n" : "the API server has not answered\n");
	return listed ? HTTP_OK : HTTP_SERVUNAVAIL;
}

static const struct listen_page pages[] = {
	{ "/metrics", metrics_write },
	{ "/healthz", listen_page_ok },
	{ "/readyz", ready_write },
	{ 0 },
};

static void stop_come(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	event_base_loopbreak(ctx);
}

int admin_open(const char *address, const struct admin_sources *from, int stop_fd,
	struct admin **ret, struct err *e)
{
	struct admin *a = calloc(1, sizeof(*a));
	int r = -ERR_NOMEM;

	if (!a)
		return err_set(e, ERR_NOMEM, ENOMEM, "admin");
	a->from = *from;
	a->base = event_base_new();
	a->stop = a->base ? event_new(a->base, stop_fd, EV_READ, stop_come, a->base) : NULL;
	if (!a->stop || event_add(a->stop, NULL) < 0)
		err_set(e, ERR_NOMEM, ENOMEM, "admin");
	else
		r = listen_pages_open(a->base, address, pages, a, &a->pages, e);
	if (r < 0)
		admin_free(a);
	else
		*ret = a;
	return r;
}

static void *run(void *ctx)
{
	struct admin *a = ctx;

	event_base_dispatch(a->base);
	return NULL;
}

int admin_run(struct admin *a, struct err *e)
{
	return thread_start(&a->thread, run, a, e);
}

void admin_free(struct admin *a)
{
	if (!a)
		return;
	thread_join(&a->thread);
	if (a->stop)
		event_free(a->stop);
	listen_pages_close(a->pages);
	if (a->base)
		event_base_free(a->base);
	free(a);
}
