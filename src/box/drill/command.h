/* The command lines that agents carry out, and what they answer (spec: box.md 1.3). */
#ifndef BOX_DRILL_COMMAND_H
#define BOX_DRILL_COMMAND_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "box/drill/machine.h"

struct agent_reply;

/* What of a cluster an order is for. */
struct command_pods {
	const char *space; /* their namespace; "" for nodes */
	const char *names; /* with commas */
};

/*
 * "create cpu fullload --cpu-percent '60' --timeout '125' --uid '...' ": each value quoted for
 * sh, because agents of other makers hand the line to one. arguments is {"cpu-percent":"60"};
 * blank ones and "false" are left out, as are timeout and uid; scripts go in base64. Owned; NULL
 * without memory. "chaos.jvm.install" is "prepare jvm --process 'x' --uid '...' ", and is taken
 * back by "revoke <uid>". With pods it is "create k8s pod-cpu fullload ... --namespace 'shop'
 * --names 'web-0,web-1' --waiting-time '0.5s' ...": what comes of it is asked for.
 */
char *command_create(const char *app_code, const json_t *arguments, int64_t timeout_s,
	const char *uid, const struct command_pods *pods);
char *command_destroy(const char *app_code, const char *uid);
char *command_status(const char *uid);
/* In a cluster: what came of a create; the next thing that a destroy needs. */
char *command_pods_status(const char *uid);
char *command_pods_destroy(const struct injection *in);

/* The timeout that goes with a drill of this duration. */
int64_t command_timeout(int64_t duration_s);

/* What the machine looks at of an agent's answer; for reply_done. -ERR_NOMEM. */
int reply_of(const struct agent_reply *answer, struct reply *ret, struct err *e);
void reply_done(struct reply *reply);

/* The answer as a line to keep, and the effect that it tells of. Owned; NULL: none, no memory. */
char *agent_reply_text(const struct agent_reply *answer);
char *reply_effect(const struct agent_reply *answer);

#endif
