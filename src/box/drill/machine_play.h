/* What the tests of the machine share: the replies of an agent, and what the executor does. */
#ifndef BOX_DRILL_MACHINE_PLAY_H
#define BOX_DRILL_MACHINE_PLAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box/drill/machine.h"

static const struct reply yes = { .kind = REPLY_ANSWER, .success = true, .code = 200 };
static const struct reply unknown = { .kind = REPLY_ANSWER, .code = 67002, .error = "unknown" };
static const struct reply duplicate = { .kind = REPLY_ANSWER, .code = 67001, .error = "exists" };
static const struct reply lost = { .kind = REPLY_LOST, .error = "no answer" };
static const struct reply unsent = { .kind = REPLY_UNSENT, .error = "refused" };

/* As the executor does: what is marked is on its way. */
static inline int advance(struct run *run, int64_t now)
{
	int sent = 0;

	assert_int_equal(machine_advance(run, now, NULL), 0);
	for (size_t i = 0; i < run->execution_count; i++)
		if (run->executions[i].send) {
			assert_false(run->executions[i].busy);
			run->executions[i].busy = true;
			sent++;
		}
	for (size_t i = 0; i < run->injection_count; i++)
		if (run->injections[i].send) {
			assert_false(run->injections[i].busy);
			run->injections[i].busy = true;
			sent++;
		}
	return sent;
}

#endif
