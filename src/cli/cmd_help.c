/* gale help [VERB [[docker|cri|k8s] TARGET ACTION]] */
#include "cli/cli.h"
#include "cli/help.h"

static int help_run(struct cli *c, struct err *e)
{
	struct cli asked = *c;
	int r = 0;

	asked.verb = NULL;
	asked.words = (struct words){ 0 };
	for (size_t i = 0; i < c->words.n && r == 0; i++)
		r = cli_word(&asked, c->words.v[i], e);
	if (r == 0)
		r = help_print(&asked, e);
	words_free(&asked.words);
	return r;
}

const struct verb verb_help = {
	.name = "help",
	.words = "[VERB [[docker|cri|k8s] TARGET ACTION]]",
	.summary = "Explain a verb or a fault",
	.example = "help create network delay",
	.most = 4,
	.run = help_run,
};
