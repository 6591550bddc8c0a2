/* gale version */
#include "cli/cli.h"
#include "cli/reply.h"

static int version_run(struct cli *c, struct err *e)
{
	(void)c;
	/* The last line is the one that agents of ChaosBlade-Box look for. */
	return reply_text("Version:     " GALE_VERSION "\n"
			  "Git Tag:     v" GALE_VERSION "\n"
			  "version: " GALE_VERSION "\n",
		e);
}

const struct verb verb_version = {
	.name = "version",
	.alias = "v",
	.words = "",
	.summary = "Print the version",
	.run = version_run,
};
