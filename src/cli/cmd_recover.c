/* gale recover: finishes what a crash or a reboot left. */
#include "base/json.h"
#include "cli/cli.h"
#include "cli/reply.h"
#include "fault/engine.h"

static int recover_run(struct cli *c, struct err *e)
{
	json_t *result;
	int count = 0, r = engine_recover(c->state, &count, e);

	if (r < 0)
		return r;
	result = json_object();
	json_put_int(result, "recovered", count);
	return reply_print(reply_new(result), e);
}

const struct verb verb_recover = {
	.name = "recover",
	.words = "",
	.summary = "Take back what a crash or a reboot left in place",
	.detail =
		"Reverts every experiment whose processes are gone, and marks records of faults that\n"
		"are no longer there. Living experiments are left alone. Safe to run at any time.",
	.uses_state = true,
	.run = recover_run,
};
