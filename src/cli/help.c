/* Help of the program, of a verb, of a target, of a fault. */
#include "cli/help.h"

#include <errno.h>
#include <string.h>

#include "cli/k8s_access.h"
#include "cli/k8s_scope.h"
#include "cli/reply.h"
#include "fault/engine.h"

#define MOST_HELP (256u << 10)

const char *help_metavar(const struct param *p)
{
	static const char *const names[] = {
		[PARAM_BOOL] = "",
		[PARAM_INT] = "N",
		[PARAM_REAL] = "X",
		[PARAM_STR] = "TEXT",
		[PARAM_CHOICE] = "WORD",
		[PARAM_RANGES] = "N,N-N",
		[PARAM_CHOICES] = "WORD,WORD",
		[PARAM_NETS] = "ADDRESSES",
		[PARAM_HOSTS] = "HOSTS",
		[PARAM_DURATION] = "TIME",
		[PARAM_RATE] = "RATE",
	};

	return names[p->type];
}

void help_sentence(const struct param *p, struct buf *ret)
{
	bool limited = p->type != PARAM_STR && p->type != PARAM_NETS && p->type != PARAM_BOOL &&
		       (p->min != 0 || p->max != 0 || p->choices);

	buf_str(ret, p->help);
	if (p->unit)
		buf_fmt(ret, ", in %s", p->unit);
	if (p->also)
		buf_fmt(ret, "; also called %s", p->also);
	if (p->flags & PARAM_REQUIRED)
		buf_str(ret, " (required)");
	if (p->fallback)
		buf_fmt(ret, " (default %s)", p->fallback);
	if (limited) {
		buf_str(ret, "; ");
		param_allowed(p, ret);
	}
}

static void help_flag(const struct param *p, struct buf *out)
{
	autobuf struct buf left = BUF_INIT(200);
	char letter = param_letter(p->name);

	if (letter)
		buf_fmt(&left, "-%c, ", letter);
	buf_fmt(&left, "%s--%s %s", letter ? "" : "    ", p->name, help_metavar(p));
	buf_fmt(out, "  %-30s ", buf_text(&left));
	help_sentence(p, out);
	buf_str(out, "\n");
}

static void help_flags(const char *title, const struct param *rows, struct buf *out)
{
	buf_fmt(out, "\n%s:\n", title);
	for (const struct param *p = rows; p && p->name; p++)
		if (!(p->flags & PARAM_HIDDEN))
			help_flag(p, out);
}

static void help_examples(const struct cli *c, const char *lines, struct buf *out)
{
	if (!lines)
		return;
	buf_str(out, "\nExamples:\n");
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		buf_fmt(out, "  %s %.*s\n", c->program, (int)len, lines);
		lines += len + (lines[len] == '\n');
	}
}

static void help_program(const struct cli *c, struct buf *out)
{
	buf_fmt(out,
		"%s injects faults into this host and takes them back.\n\n"
		"Usage:\n  %s VERB [ARGUMENT]... [FLAG]...\n\nVerbs:\n",
		c->program, c->program);
	for (const struct verb *const *v = verb_list(); *v; v++) {
		autobuf struct buf name = BUF_INIT(64);

		buf_fmt(&name, "%s%s%s", (*v)->name, (*v)->alias ? ", " : "",
			(*v)->alias ? (*v)->alias : "");
		buf_fmt(out, "  %-14s %s\n", buf_text(&name), (*v)->summary);
	}
	help_flags("Flags", global_params, out);
	buf_fmt(out, "\n`%s help VERB` and `%s help create TARGET ACTION` say more.\n", c->program,
		c->program);
}

/* The faults of one target, or of all. */
static void help_faults(const char *target, struct buf *out)
{
	buf_str(out, "\nFaults:\n");
	for (const struct fault *const *f = fault_list(); *f; f++) {
		autobuf struct buf name = BUF_INIT(100);

		if (target && !str_eq(target, (*f)->target))
			continue;
		buf_fmt(&name, "%s %s", (*f)->target, (*f)->action);
		buf_fmt(out, "  %-20s %s\n", buf_text(&name), (*f)->summary);
	}
}

static void help_verb(const struct cli *c, struct buf *out)
{
	const struct verb *v = c->verb;

	buf_fmt(out, "%s\n\nUsage:\n  %s %s %s\n", v->summary, c->program, v->name, v->words);
	if (v->alias)
		buf_fmt(out, "\nAlias: %s\n", v->alias);
	if (v->detail)
		buf_fmt(out, "\n%s\n", v->detail);
	if (v->fault_flags)
		help_faults(c->words.n > v->fault_at ? c->words.v[v->fault_at] : NULL, out);
	if (v->params)
		help_flags("Flags", v->params, out);
	if (v->k8s_flags)
		help_flags("Flags of an experiment in a cluster", k8s_access_params, out);
	help_flags("Global flags", global_params, out);
	help_examples(c, v->example, out);
}

/* What stands before TARGET ACTION: "", "cri ", "k8s pod-". */
static void help_scope(const struct cli *c, struct buf *out)
{
	if (c->k8s)
		buf_fmt(out, "k8s %s-", c->k8s->name);
	else if (c->scope->container)
		buf_fmt(out, "%s ", c->scope->name);
}

static void help_fault(const struct cli *c, const struct fault *f, struct buf *out)
{
	buf_fmt(out, "%s\n\nUsage:\n  %s %s ", f->summary, c->program, c->verb->name);
	help_scope(c, out);
	buf_fmt(out, "%s %s [FLAG]...\n", f->target, f->action);
	if (f->aliases)
		buf_fmt(out, "\nAliases of %s: %s\n", f->action, f->aliases);
	if (c->scope->container)
		help_flags("Flags that say in which container", c->scope->params, out);
	if (c->k8s) {
		help_flags("Flags that select in the cluster", c->k8s->params, out);
		help_flags("Flags that say in which cluster", k8s_access_params, out);
	}
	help_flags("Flags", f->params, out);
	help_flags("Flags of every experiment", order_params(), out);
	if (c->verb->params)
		help_flags("Flags of this verb", c->verb->params, out);
	help_flags("Global flags", global_params, out);
	if (f->example) {
		buf_fmt(out, "\nExample:\n  %s create ", c->program);
		help_scope(c, out);
		buf_fmt(out, "%s %s %s%s\n", f->target, f->action,
			c->k8s && f->category ? "--names NAME " : "", f->example);
	}
}

int help_print(const struct cli *c, struct err *e)
{
	autobuf struct buf out = BUF_INIT(MOST_HELP);
	const struct fault *fault;
	int r;

	if (!c->verb) {
		help_program(c, &out);
	} else if (c->verb->fault_flags && c->words.n >= c->verb->fault_at + 2) {
		r = cli_fault(c, &fault, e);
		if (r < 0)
			return r;
		help_fault(c, fault, &out);
	} else {
		help_verb(c, &out);
	}
	return reply_text(buf_text(&out), e);
}
