/* Taking an experiment back from its journal, by whichever process finds that it has to. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "fault/experiment.h"
#include "fault/undo.h"

/* Another reverts it: in time, or it hangs and is killed. */
#define OTHER_REVERTS_MS 5000
#define KILL_MS		 5000

static int kill_holder(const struct journal_head *h, const struct process *p, struct err *e)
{
	if (p->pid <= 0 || p->pid == getpid() || !journal_head_this_boot(h))
		return 0;
	return process_kill(p, KILL_MS, e);
}

/*
 * The lock says who reverts. Its holder may hang (a stopped supervisor in the middle of a revert):
 * those two that could are known by the head, and are killed.
 */
static int take(const char *state, const char *uid, struct journal **ret, struct err *e)
{
	struct journal_head head;
	int r = journal_take(state, uid, OTHER_REVERTS_MS, ret, e);

	if (r != -ERR_BUSY || journal_look(state, uid, &head, NULL) < 0)
		return r;
	if (kill_holder(&head, &head.supervisor, e) < 0)
		return -ERR_BUSY;
	if (kill_holder(&head, &head.guardian, e) < 0)
		return -ERR_BUSY;
	return journal_take(state, uid, OTHER_REVERTS_MS, ret, e);
}

int experiment_enter(const struct journal_head *h, int *ret_back, struct err *e)
{
	int r = -ERR_NOTFOUND;

	*ret_back = -1;
	if (h->netns.inode == 0)
		return 0;
	if (journal_head_this_boot(h))
		r = netns_enter(&h->netns, ret_back, e);
	return r == -ERR_NOTFOUND ? netns_enter_empty(ret_back, e) : r;
}

/* A head that was never written: its maker died before it could inject anything. */
static int revert(struct journal *j, struct err *e)
{
	const struct journal_head *h = journal_head_of(j);
	const struct fault *f = NULL;
	int r, left, back;

	if (str_empty(h->target))
		return 0;
	r = fault_find(h->target, h->action, &f, e);
	if (r == 0)
		r = experiment_enter(h, &back, e);
	if (r < 0)
		return r;
	r = journal_revert(j, f, e);
	left = target_leave(back, r < 0 ? NULL : e);
	return r < 0 ? r : left;
}

/*
 * The supervisor dies before anything is reverted: it might still be applying. The record is made
 * or marked before the journal goes. Where that fails the journal goes all the same: engine_recover
 * marks later what has a record.
 */
int experiment_take_back(const char *state, const char *uid, const char *reason,
	const struct err *why, struct err *e)
{
	struct err said = { 0 };
	struct journal *j = NULL;
	int r = take(state, uid, &j, e);

	if (r < 0)
		return r == -ERR_NOTFOUND ? 0 : r;
	r = kill_holder(journal_head_of(j), &journal_head_of(j)->supervisor, e);
	if (r == 0)
		r = revert(j, e);
	if (r == 0) {
		if (why == NULL && undo_notes()[0] != '\0') {
			err_set(&said, ERR_CONFLICT, 0, "%s", undo_notes());
			why = &said;
		}
		experiment_mark_ended(state, journal_head_of(j), reason, why, NULL);
		r = journal_end(j, e);
	}
	journal_close(j);
	return r < 0 ? err_wrap(e, "take back %s", uid) : 0;
}
