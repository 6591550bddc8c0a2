/*
 * A process of ours in the control groups of a container, so that what it uses counts there: as
 * long as the container runs, and then in the one that runs in its place. It enters no namespace
 * and leaves at once when the container ends, for a group that is not empty cannot be removed.
 */
#ifndef TARGET_TENANT_H
#define TARGET_TENANT_H

#include "target/target.h"

struct tenant {
	struct target target;
	const char *const *controllers; /* "cpu" ..., ended by NULL; those in use are entered */
	/* Called with true when it is in, and with false when it is about to leave. */
	void (*moved)(void *ctx, bool in);
	void *ctx;
};

/*
 * Enters, with the whole process, and stays for ever: returns only with an error, when it cannot
 * enter at first, or cannot leave.
 */
int tenant_stay(struct tenant *t, struct err *e);

#endif
