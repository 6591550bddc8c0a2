/* Preparing JVMs, and revoking that. */
#include "faults/shared/jvm_prepare.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "fault/engine.h"
#include "jvm/session.h"

static int record_end(const char *state, struct preparation *p, const char *status,
	const struct err *why, struct err *e)
{
	snprintf(p->status, sizeof(p->status), "%s", status);
	snprintf(p->error, sizeof(p->error), "%s", why ? why->msg : "");
	return preparation_update(state, p, e);
}

int jvm_prepare(const char *state, const struct jvm *jvm, struct preparation *p, struct err *e)
{
	struct peek k = { .fd = -1 };
	struct err why = { 0 };
	int r;

	p->which = jvm->process;
	r = session_ask(jvm, &k, "hello", NULL, NULL, &why);
	if (k.fd >= 0)
		close(k.fd);
	if (r == 0)
		return record_end(state, p, "Running", NULL, e);
	record_end(state, p, "Error", &why, NULL);
	return err_set(e, why.kind, 0, "%s", why.msg);
}

int jvm_prepared(const char *state, const struct jvm *jvm, const char *process, struct err *e)
{
	struct preparation p;
	int r = preparation_of(state, &jvm->process, &p, e);

	if (r != -ERR_NOTFOUND)
		return r;
	p = (struct preparation){
		.type = "jvm", .port = "0", .status = "Running", .which = jvm->process
	};
	snprintf(p.process, sizeof(p.process), "%s", process ? process : "");
	return preparation_insert(state, &p, e);
}

int jvm_meant(const char *state, const struct process *which, struct err *e)
{
	struct preparation p;
	int r = preparation_of(state, &(struct process){ .pid = which->pid }, &p, e);

	if (r < 0 || p.which.start == which->start)
		return r == -ERR_NOTFOUND ? 0 : r;
	return err_set(e, ERR_NOPROCESS, 0,
		"invalid parameter `pid`, `%d` process not found: the JVM that was prepared as %s has"
		" ended, and another process has its pid",
		(int)which->pid, p.uid);
}

/* The uids of the rules that are in the JVM: each names an experiment. */
static void uid_add(const struct jvm_rule_slot *slot, void *ctx)
{
	words_add(ctx, slot->uid, strlen(slot->uid), NULL);
}

static int experiments_end(const char *state, const struct process *which, struct err *e)
{
	autowords struct words uids = { 0 };
	struct peek k = { .fd = -1 };
	int r = peek_open(which, NULL, -1, &k, e);

	if (r == 0 && k.fd >= 0)
		r = peek_each(&k, uid_add, &uids, e);
	if (k.fd >= 0)
		close(k.fd);
	for (size_t i = 0; i < uids.n && r == 0; i++) {
		r = engine_destroy(state, uids.v[i], e);
		if (r ==
			-ERR_NOTFOUND) /* of another state directory: revoke ends it all the same */
			r = 0;
	}
	return r;
}

int jvm_revoke(const char *state, struct preparation *p, struct err *e)
{
	char boot[40];
	int r = 0;

	if (str_eq(p->status, "Revoked"))
		return 0;
	clock_boot_id(boot);
	if (str_eq(boot, p->boot_id) && process_alive(&p->which)) {
		r = experiments_end(state, &p->which, e);
		if (r == 0 || r == -ERR_NOTFOUND)
			r = session_take_back(&p->which, "revoke", NULL, e);
	}
	return r < 0 ? r : record_end(state, p, "Revoked", NULL, e);
}
