/* The reference page of all faults. */
#include <string.h>

#include "base/str.h"
#include "cli/catalogue.h"
#include "fault/engine.h"
#include "fault/fault.h"

/* A bar would end the cell of a table. */
static void cell(const char *text, struct buf *ret)
{
	while (*text) {
		size_t n = strcspn(text, "|");

		buf_add(ret, text, n);
		text += n;
		if (*text && text++)
			buf_str(ret, "\\|");
	}
}

static void row(const struct param *p, struct buf *ret)
{
	autobuf struct buf allowed = BUF_INIT(1000);

	param_allowed(p, &allowed);
	buf_fmt(ret, "| `--%s` | ", p->name);
	cell(p->help, ret);
	if (p->unit)
		buf_fmt(ret, ", in %s", p->unit);
	if (p->also)
		buf_fmt(ret, "; also called %s", p->also);
	if (p->flags & PARAM_REQUIRED)
		buf_str(ret, " (required)");
	buf_str(ret, " | ");
	cell(buf_text(&allowed), ret);
	buf_fmt(ret, " | %s |\n", p->fallback ? p->fallback : "");
}

static void table(const struct param *rows, struct buf *ret)
{
	buf_str(ret, "\n| flag | meaning | allowed | default |\n| --- | --- | --- | --- |\n");
	for (const struct param *p = rows; p->name; p++)
		if (!(p->flags & PARAM_HIDDEN))
			row(p, ret);
}

static void needs(unsigned bits, struct buf *ret)
{
	const char *between = "Needs: ";

	for (const struct need *n = need_list(); n->name; n++) {
		if (!(bits & n->bit))
			continue;
		buf_fmt(ret, "%s%s", between, n->name);
		between = ", ";
	}
	if (bits)
		buf_str(ret, ".\n");
}

static void section(const struct fault *f, struct buf *ret)
{
	buf_fmt(ret, "\n## %s %s\n\n%s. %s。\n\n", f->target, f->action, f->summary, f->zh);
	if (f->aliases)
		buf_fmt(ret, "Aliases of the action: %s.\n", f->aliases);
	if (f->flags & FAULT_ONCE)
		buf_str(ret, "Cannot be taken back.\n");
	if (scope_contains(f))
		buf_fmt(ret, "In a container too: `gale create cri %s %s`.\n", f->target,
			f->action);
	needs(f->needs, ret);
	if (f->example)
		buf_fmt(ret, "\n```\ngale create %s %s %s\n```\n", f->target, f->action,
			f->example);
	table(f->params, ret);
}

void catalogue_markdown(struct buf *ret)
{
	buf_str(ret, "# Faults\n\nPrinted by `gale spec --markdown` from the tables of the faults; "
		     "not edited by hand.\n");
	for (const struct fault *const *f = fault_list(); *f; f++)
		section(*f, ret);
	buf_str(ret, "\n## Flags of every experiment\n");
	table(order_params(), ret);
}
