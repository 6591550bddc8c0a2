/* What the pages say. */
#include "dns/admin.h"

#include <inttypes.h>

#include <event2/http.h>

#include "base/str.h"
#include "dns/door/door.h"

struct figures {
	struct buf *text;
	const char *last; /* name, which has its TYPE line */
};

static void figure_add(
	const char *name, const char *type, const char *labels, uint64_t value, void *ctx)
{
	struct figures *f = ctx;

	if (!str_eq(f->last, name))
		buf_fmt(f->text, "# TYPE %s %s\n", name, type);
	buf_fmt(f->text, "%s%s %" PRIu64 "\n", name, labels, value);
	f->last = name;
}

static void book_figures(struct book *book, struct figures *f)
{
	struct book_stats stats;

	book_stats(book, &stats);
	figure_add("gale_dns_experiments", "gauge", "", stats.experiments, f);
	figure_add("gale_dns_patterns", "gauge", "", stats.patterns, f);
	figure_add("gale_dns_pods", "gauge", "", stats.pods, f);
	figure_add("gale_dns_pod_addresses", "gauge", "", stats.addresses, f);
	figure_add("gale_dns_rule_changes_total", "counter", "", stats.changes, f);
	figure_add("gale_dns_journal_bytes", "gauge", "", stats.journal_bytes, f);
}

void admin_metrics(const struct admin_parts *parts, struct buf *ret)
{
	struct figures f = { .text = ret };

	figure_add("gale_dns_info", "gauge", "{version=\"" GALE_VERSION "\"}", 1, &f);
	dns_server_figures(parts->server, figure_add, &f);
	book_figures(parts->book, &f);
	door_metrics(parts->door, ret);
}

static int metrics_write(struct buf *ret, void *ctx)
{
	admin_metrics(ctx, ret);
	return HTTP_OK;
}

static int ready_write(struct buf *ret, void *ctx)
{
	const struct admin_parts *parts = ctx;
	bool ready = dns_server_ready(parts->server);

	buf_str(ret, ready ? "ready\n" : "no upstream answers\n");
	return ready ? HTTP_OK : HTTP_SERVUNAVAIL;
}

const struct listen_page admin_pages[] = {
	{ "/metrics", metrics_write },
	{ "/health", listen_page_ok },
	{ "/ready", ready_write },
	{ 0 },
};
