/* /metrics (Prometheus), /healthz and /readyz, on an address and a thread of their own. */
#ifndef OPERATOR_ADMIN_H
#define OPERATOR_ADMIN_H

#include "operator/webhook.h"
#include "operator/work.h"

struct admin;

/* What is told of. Borrowed. */
struct admin_sources {
	const struct works *works;
	const struct webhook *webhook; /* NULL: there is none */
};

/* address: ADDR:PORT, taken at once. It ends when stop_fd becomes readable. */
int admin_open(const char *address, const struct admin_sources *from, int stop_fd,
	struct admin **ret, struct err *e);
int admin_run(struct admin *a, struct err *e);
void admin_free(struct admin *a); /* stop_fd is readable, or it was never started; NULL is fine */

#endif
