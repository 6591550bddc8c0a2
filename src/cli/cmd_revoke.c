/* gale revoke UID: takes the agent library out of use in a JVM. */
#include "base/json.h"
#include "cli/cli.h"
#include "cli/reply.h"
#include "faults/shared/jvm_prepare.h"

static int revoke_run(struct cli *c, struct err *e)
{
	const char *uid = c->words.v[0];
	struct preparation p;
	int r = preparation_get(c->state, uid, &p, e);

	if (r == -ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND, 0, "`%.63s` record not found", uid);
	if (r == 0)
		r = jvm_revoke(c->state, &p, e);
	return r < 0 ? r : reply_print(reply_new(json_string("success")), e);
}

const struct verb verb_revoke = {
	.name = "revoke",
	.alias = "r",
	.words = "UID",
	.summary = "Take a preparation back",
	.detail =
		"Takes every experiment in that JVM back and gives its classes their own code again.\n"
		"A preparation that was revoked before, or whose JVM has ended, is a success.",
	.example = "revoke 47cc0744f1bbaf34",
	.least = 1,
	.most = 1,
	.uses_state = true,
	.run = revoke_run,
};
