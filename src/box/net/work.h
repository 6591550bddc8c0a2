/* A few threads for slow sums (password hashes), so that no event loop waits for them. */
#ifndef BOX_NET_WORK_H
#define BOX_NET_WORK_H

#include <stdbool.h>

#include "base/err.h"

struct work;

/* threads jobs run at once, at most waiting more are kept. */
int work_new(unsigned threads, unsigned waiting, struct work **ret, struct err *e);
void work_free(struct work *work); /* after the jobs that run; those that wait are run too */

typedef void work_f(void *arg);
/* Any thread. -ERR_BUSY when too many wait. run hands its outcome on by itself. */
int work_post(struct work *work, work_f *run, void *arg, struct err *e);

#endif
