/* gale man: the manual page, from the tables. */
#include <errno.h>

#include "cli/cli.h"
#include "cli/help.h"
#include "cli/k8s_access.h"
#include "cli/k8s_scope.h"
#include "cli/reply.h"
#include "fault/engine.h"

#define MOST_PAGE (1u << 20)

/* roff reads a backslash, and a dot or a quote that begins a line. */
static void text(const char *from, struct buf *out)
{
	bool line_begins = true;

	for (; *from; from++) {
		if (line_begins && (*from == '.' || *from == '\''))
			buf_str(out, "\\&");
		if (*from == '\\')
			buf_str(out, "\\e");
		else if (*from == '-')
			buf_str(out, "\\-");
		else
			buf_add(out, from, 1);
		line_begins = *from == '\n';
	}
}

static void flag(const struct param *p, struct buf *out)
{
	autobuf struct buf sentence = BUF_INIT(2000);
	char letter = param_letter(p->name);

	help_sentence(p, &sentence);
	buf_str(out, ".TP\n");
	if (letter)
		buf_fmt(out, "\\fB\\-%c\\fR, ", letter);
	buf_str(out, "\\fB");
	text("--", out);
	text(p->name, out);
	buf_fmt(out, "\\fR \\fI%s\\fR\n", help_metavar(p));
	text(buf_text(&sentence), out);
	buf_str(out, ".\n");
}

static void flags(const struct param *rows, struct buf *out)
{
	for (const struct param *p = rows; p && p->name; p++)
		if (!(p->flags & PARAM_HIDDEN))
			flag(p, out);
}

static void verbs(struct buf *out)
{
	buf_str(out, ".SH VERBS\n");
	for (const struct verb *const *v = verb_list(); *v; v++) {
		buf_fmt(out, ".SS \"gale %s ", (*v)->name);
		text((*v)->words, out);
		buf_str(out, "\"\n");
		text((*v)->summary, out);
		buf_str(out, ".\n");
		if ((*v)->alias)
			buf_fmt(out, "Alias: \\fB%s\\fR.\n", (*v)->alias);
		if ((*v)->detail) {
			buf_str(out, ".PP\n");
			text((*v)->detail, out);
			buf_str(out, "\n");
		}
		flags((*v)->params, out);
	}
}

static void faults(struct buf *out)
{
	buf_str(out, ".SH FAULTS\n");
	for (const struct fault *const *f = fault_list(); *f; f++) {
		buf_fmt(out, ".SS %s %s\n", (*f)->target, (*f)->action);
		text((*f)->summary, out);
		buf_str(out, ".\n");
		if ((*f)->aliases)
			buf_fmt(out, "Aliases of the action: \\fB%s\\fR.\n", (*f)->aliases);
		flags((*f)->params, out);
		if ((*f)->example) {
			buf_str(out, ".PP\n.EX\n");
			buf_fmt(out, "gale create %s %s ", (*f)->target, (*f)->action);
			text((*f)->example, out);
			buf_str(out, "\n.EE\n");
		}
	}
}

static const char page_head[] =
	".TH GALE 1 \"\" \"Gale " GALE_VERSION "\" \"User Commands\"\n"
	".SH NAME\n"
	"gale \\- inject faults into this host and take them back\n"
	".SH SYNOPSIS\n"
	".B gale\n"
	"\\fIVERB\\fR [\\fIARGUMENT\\fR]... [\\fIFLAG\\fR]...\n"
	".SH DESCRIPTION\n"
	"An experiment is one fault on this host. It is created when its effect was measured, and it\n"
	"is taken back by \\fBdestroy\\fR, at its deadline, or as soon as one of the processes that\n"
	"hold it ends. What a crash of the machine left is taken back by \\fBrecover\\fR and by the\n"
	"next \\fBcreate\\fR.\n"
	".PP\n"
	"Replies are one line of JSON on standard output; errors are one on standard error.\n";

static const char page_tail[] =
	".SH EXIT STATUS\n"
	"0 when it was done, 1 when it failed. The reply's \\fBcode\\fR says why.\n"
	".SH ENVIRONMENT\n"
	".TP\n\\fBGALE_STATE\\fR\nThe state directory, unless \\fB\\-\\-state\\fR names it.\n"
	".TP\n\\fBGALE_FLOOD_ALLOW\\fR\nAddresses and networks that \\fBnetwork flood\\fR may be aimed at, "
	"unless \\fB\\-\\-flood\\-allow\\fR names them.\n"
	".TP\n\\fBCHAOSBLADE_DATAFILE_PATH\\fR\n"
	"The file of the records, or a directory for it; else \\fIgale.db\\fR in the state directory.\n"
	".TP\n\\fBKUBECONFIG\\fR\nThe cluster of \\fBk8s\\fR, unless \\fB\\-\\-kubeconfig\\fR names it.\n"
	".SH FILES\n"
	".TP\n\\fI/etc/gale/gale.yaml\\fR\nSettings: \\fBstate\\fR, \\fBflood\\-allow\\fR.\n"
	".TP\n\\fI/var/lib/gale/journal/\\fR\nWhat takes each experiment back.\n"
	".TP\n\\fI/var/lib/gale/gale.db\\fR\nThe records, readable as blade's.\n";

static int man_run(struct cli *c, struct err *e)
{
	autobuf struct buf out = BUF_INIT(MOST_PAGE);

	(void)c;
	buf_str(&out, page_head);
	verbs(&out);
	faults(&out);
	buf_str(&out, ".SH \"FLAGS OF EVERY EXPERIMENT\"\n");
	flags(order_params(), &out);
	buf_str(&out, ".SH \"FLAGS OF AN EXPERIMENT IN A CLUSTER\"\n");
	flags(k8s_scopes_widest()->params, &out);
	flags(k8s_access_params, &out);
	buf_str(&out, ".SH \"GLOBAL FLAGS\"\n");
	flags(global_params, &out);
	buf_str(&out, page_tail);
	if (out.failed)
		return err_set(e, ERR_NOMEM, ENOMEM, "print the page");
	return reply_text(buf_text(&out), e);
}

const struct verb verb_man = {
	.name = "man",
	.words = "",
	.summary = "Print the manual page, in roff",
	.example = "man | man -l -",
	.run = man_run,
};
