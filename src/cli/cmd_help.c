/* gale help [VERB [TARGET ACTION]] */
#include <string.h>

#include "cli/cli.h"
#include "cli/help.h"

static int help_run(struct cli *c, struct err *e)
{
	struct cli asked = *c;

	asked.verb = NULL;
	if (c->words.n > 0) {
		asked.verb = verb_find(c->words.v[0]);
		if (!asked.verb)
			return cli_illegal(e, "unknown command \"%.100s\" for \"%s\"",
				c->words.v[0], c->program);
		asked.words = (struct words){ c->words.v + 1, c->words.n - 1 };
	}
	return help_print(&asked, e);
}

const struct verb verb_help = {
	.name = "help",
	.words = "[VERB [TARGET ACTION]]",
	.summary = "Explain a verb or a fault",
	.example = "help create network delay",
	.most = 3,
	.run = help_run,
};
