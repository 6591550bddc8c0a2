/*
 * The engine of the drills, in the main thread's loop: it takes the runs whose timer has come or
 * whose agents have answered, moves their rows on (drill/machine.h) and sends what is marked. It
 * holds no state of its own but the commands on their way: after a kill at any point the rows say
 * how it goes on.
 */
#ifndef BOX_DRILL_DRILL_H
#define BOX_DRILL_DRILL_H

#include "base/err.h"

struct db;
struct drill;
struct event_base;
struct fleet;
struct mailbox;
struct topics;

#define DRILL_TOPIC "drill" /* news: a run has been started or changed */
#define TASK_TOPIC  "task/" /* and its id: it looks different now */

/* All of the main thread, and borrowed. */
struct drill_options {
	struct event_base *base;
	struct mailbox *mailbox;
	struct db *db;
	struct topics *topics;
	struct fleet *fleet;
};

/* Every run that is not at rest goes on as soon as the loop runs. */
int drill_new(const struct drill_options *options, struct drill **ret, struct err *e);
/* After the loop and the fleet; commands on their way are left to the next start. NULL is fine. */
void drill_free(struct drill *d);

#endif
