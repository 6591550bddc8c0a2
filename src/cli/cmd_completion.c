/* gale completion bash: printed from the tables. */
#include <errno.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/k8s_access.h"
#include "cli/k8s_scope.h"
#include "cli/reply.h"
#include "fault/engine.h"

#define MOST_SCRIPT (256u << 10)

static void names(const struct param *rows, struct buf *out)
{
	for (const struct param *p = rows; p && p->name; p++)
		if (!(p->flags & PARAM_HIDDEN))
			buf_fmt(out, " --%s", p->name);
}

static void targets(struct buf *out)
{
	const char *last = NULL;

	buf_str(out, "\t'')\n\t\techo \"");
	for (const struct fault *const *f = fault_list(); *f; f++) {
		if (!str_eq((*f)->target, last))
			buf_fmt(out, "%s%s", last ? " " : "", (*f)->target);
		last = (*f)->target;
	}
	buf_str(out, " k8s\" ;;\n");
}

static void actions(struct buf *out)
{
	const char *last = NULL;

	for (const struct fault *const *f = fault_list(); *f; f++) {
		if (!str_eq((*f)->target, last))
			buf_fmt(out, "%s\t'%s')\n\t\techo \"", last ? "\" ;;\n" : "", (*f)->target);
		else
			buf_str(out, " ");
		buf_str(out, (*f)->action);
		last = (*f)->target;
	}
	if (last)
		buf_str(out, "\" ;;\n");
}

static void fault_flags(struct buf *out)
{
	for (const struct fault *const *f = fault_list(); *f; f++) {
		buf_fmt(out, "\t'%s %s')\n\t\techo \"", (*f)->target, (*f)->action);
		names((*f)->params, out);
		names(order_params(), out);
		buf_str(out, "\" ;;\n");
	}
}

/* The targets of a cluster; those that it has beside the engine's bring their actions and flags. */
static void k8s_targets(struct buf *out)
{
	buf_str(out, "\tk8s)\n\t\techo \"");
	for (const struct k8s_scope *s = k8s_scopes(); s->name; s++) {
		const char *last = NULL;

		for (const struct fault *const *f = fault_list(); *f; f++) {
			if (!str_eq((*f)->target, last))
				buf_fmt(out, " %s-%s", s->name, (*f)->target);
			last = (*f)->target;
		}
		for (const struct fault *const *f = s->own; *f; f++)
			buf_fmt(out, " %s-%s", s->name, (*f)->target);
	}
	buf_str(out, "\" ;;\n");
}

static void k8s_own(const char *program, const struct k8s_scope *s, struct buf *out)
{
	for (const struct fault *const *f = s->own; *f; f++) {
		buf_fmt(out, "\t'k8s %s-%s %s')\n\t\techo \"", s->name, (*f)->target, (*f)->action);
		names((*f)->params, out);
		names(s->params, out);
		names(order_params(), out);
		buf_str(out, "\" ;;\n");
	}
	if (!s->own[0])
		return;
	buf_fmt(out, "\t'k8s %s-%s')\n\t\techo \"", s->name, s->own[0]->target);
	for (const struct fault *const *f = s->own; *f; f++)
		buf_fmt(out, "%s ", (*f)->action);
	buf_fmt(out, "$(_%s_words %s)\" ;;\n", program, s->own[0]->target);
}

/* What is left of "k8s pod-cpu fullload" without its scope is the engine's. */
static void k8s_words(const char *program, struct buf *out)
{
	k8s_targets(out);
	for (const struct k8s_scope *s = k8s_scopes(); s->name; s++)
		k8s_own(program, s, out);
	for (const struct k8s_scope *s = k8s_scopes(); s->name; s++) {
		buf_fmt(out, "\t'k8s %s-'*' '*)\n\t\techo \"", s->name);
		names(s->params, out);
		buf_fmt(out, " $(_%s_words \"${1#k8s %s-}\")\" ;;\n", program, s->name);
		buf_fmt(out, "\t'k8s %s-'*) _%s_words \"${1#k8s %s-}\" ;;\n", s->name, program,
			s->name);
	}
}

static void verb_names(struct buf *out)
{
	for (const struct verb *const *v = verb_list(); *v; v++)
		buf_fmt(out, " %s", (*v)->name);
}

static void verb_flags(struct buf *out)
{
	for (const struct verb *const *v = verb_list(); *v; v++) {
		buf_fmt(out, "\t%s%s%s)\n\t\techo \"", (*v)->name, (*v)->alias ? " | " : "",
			(*v)->alias ? (*v)->alias : "");
		names((*v)->params, out);
		if ((*v)->k8s_flags)
			names(k8s_access_params, out);
		names(global_params, out);
		buf_str(out, "\" ;;\n");
	}
}

/* "network delay" narrows it down to the flags of that fault. */
static const char script_head[] = "# bash completion of %s, printed by `%s completion bash`\n"
				  "_%s_words() {\n"
				  "\tcase \"$1\" in\n";

static const char script_tail[] =
	"_%s() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} verb='' words='' word choices\n"
	"\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	"\t\tcase $word in\n"
	"\t\t-*) ;;\n"
	"\t\t*) if [ -z \"$verb\" ]; then verb=$word; else words=\"${words:+$words }$word\"; fi ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\tif [ -z \"$verb\" ]; then\n"
	"\t\tchoices=$(_%s_verbs)\n"
	"\telse\n"
	"\t\tcase $verb in\n"
	"\t\tcreate | c | destroy | d) choices=$(_%s_words \"$words\") ;;\n"
	"\t\tquery | q) choices='disk network jvm k8s mount-point interface create destroy' ;;\n"
	"\t\tcheck | k) choices=os ;;\n"
	"\t\tcompletion) choices=bash ;;\n"
	"\t\thelp) choices=$(_%s_verbs) ;;\n"
	"\t\tesac\n"
	"\t\tcase $cur in -*) choices=\"$choices $(_%s_flags \"$verb\")\" ;; esac\n"
	"\tfi\n"
	"\tmapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$cur\")\n"
	"}\n"
	"complete -o default -F _%s %s\n";

static void script(const char *name, struct buf *out)
{
	buf_fmt(out, script_head, name, name, name);
	targets(out);
	actions(out);
	fault_flags(out);
	k8s_words(name, out);
	buf_fmt(out, "\tesac\n}\n_%s_verbs() {\n\techo \"", name);
	verb_names(out);
	buf_fmt(out, "\"\n}\n_%s_flags() {\n\tcase \"$1\" in\n", name);
	verb_flags(out);
	buf_str(out, "\tesac\n}\n");
	buf_fmt(out, script_tail, name, name, name, name, name, name, name);
}

static int completion_run(struct cli *c, struct err *e)
{
	autobuf struct buf out = BUF_INIT(MOST_SCRIPT);

	if (!str_eq(c->words.v[0], "bash"))
		return cli_illegal(
			e, "completion for `%.50s` is not there; there is: bash", c->words.v[0]);
	script(c->program, &out);
	if (out.failed)
		return err_set(e, ERR_NOMEM, ENOMEM, "print the script");
	return reply_text(buf_text(&out), e);
}

const struct verb verb_completion = {
	.name = "completion",
	.words = "bash",
	.summary = "Print a script that completes verbs, faults and flags in a shell",
	.example = "completion bash > /etc/bash_completion.d/gale",
	.least = 1,
	.most = 1,
	.run = completion_run,
};
