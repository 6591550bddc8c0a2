/* Faults inside a JVM. */
#include "faults/shared/jvm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "fault/undo.h"
#include "faults/shared/jvm_prepare.h"
#include "jvm/jvms.h"
#include "jvm/session.h"
#include "target/target.h"

/* --- the lines of a command ------------------------------------------------------------------- */

void jvm_often_put(struct buf *body, const struct jvm_often *often)
{
	if (often->count != PARAM_UNSET)
		session_put_int(body, "count", often->count);
	if (often->percent != PARAM_UNSET)
		session_put_int(body, "percent", often->percent);
}

/* "0=shirt" on the command line is "0 = shirt" of the protocol. */
static int value_put(struct buf *body, const char *value, struct err *e)
{
	size_t digits = strspn(value, "0123456789");
	autobuf struct buf line = BUF_INIT(JVM_BODY_MAX);

	if (digits == 0 || digits > 3 || !value[digits] || !strchr("=~^", value[digits]))
		return err_illegal(e, "arg-value", value,
			"allowed is N=TEXT, N~TEXT or N^TEXT, N the number of the parameter from 0");
	buf_fmt(&line, "%.*s %c %s", (int)digits, value, value[digits], value + digits + 1);
	session_put(body, "arg", buf_text(&line));
	return 0;
}

int jvm_method_put(struct buf *body, const struct jvm_method *m, struct err *e)
{
	if (m->after)
		session_put(body, "when", "exit");
	if (m->wait)
		session_put_int(body, "wait", 1);
	if (m->jdk)
		session_put_int(body, "system", 1);
	session_put(body, "class", m->class_name);
	session_put(body, "method", m->method_name);
	if (m->types)
		session_put(body, "args", m->types);
	return m->value ? value_put(body, m->value, e) : 0;
}

static void member_text(const struct param *p, const void *args, struct buf *ret)
{
	const void *member = (const char *)args + p->offset;

	if (p->type == PARAM_BOOL && *(const bool *)member)
		buf_fmt(ret, "|%s=true", p->name);
	if (p->type == PARAM_INT && *(const long long *)member != PARAM_UNSET)
		buf_fmt(ret, "|%s=%lld", p->name, *(const long long *)member);
	if ((p->type == PARAM_STR || p->type == PARAM_CHOICE) && *(char *const *)member)
		buf_fmt(ret, "|%s=%s", p->name, *(char *const *)member);
}

/* What makes two orders the same one: target, action and matchers, as blade's agent has it. */
static int key_put(struct buf *body, const struct fault *f, const void *args, struct err *e)
{
	autobuf struct buf key = BUF_INIT(JVM_KEY_MAX);

	buf_fmt(&key, "%s|%s", f->target, f->action);
	for (const struct param *p = f->params; p->name; p++)
		if (p->flags & PARAM_MATCHER)
			member_text(p, args, &key);
	if (key.failed)
		return err_set(e, ERR_INVALID, 0, "the matchers are longer than %d bytes in sum",
			JVM_KEY_MAX);
	session_put(body, "key", buf_text(&key));
	return 0;
}

static int body_put(struct buf *body, const struct jvm_kind *kind, const void *args, struct err *e)
{
	return kind->body ? kind->body(args, body, e) : 0;
}

/* --- the JVM ---------------------------------------------------------------------------------- */

int jvm_plan(const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct jvm_at *at = args;
	autobuf struct buf body = BUF_INIT(JVM_BODY_MAX);
	autofree struct jvm *jvm = malloc(sizeof(*jvm));
	int r = jvm ? body_put(&body, at->kind, args, e) : err_set(e, ERR_NOMEM, ENOMEM, "plan");

	if (r == 0)
		r = t->query ? jvms_select_in(&t->container, at->process, (pid_t)at->pid, jvm, e)
			     : jvms_select(at->process, (pid_t)at->pid, jvm, e);
	if (r == 0)
		r = jvm_attachable(jvm, e);
	if (r < 0)
		return r;
	plan_target(ret, "JVM %d (%.100s), Java %s, user %s", (int)jvm->process.pid, jvm->command,
		jvm->version[0] ? jvm->version : "of unknown version", jvm->user);
	plan_operation(ret, "attach: load the agent library");
	plan_operation(ret, "in the JVM: %s", at->kind->text);
	plan_keep(ret, take_ptr(&jvm));
	return 0;
}

/* What begin leaves for apply, and that for verify. */
struct applied {
	struct process process;
	struct peek page;
	struct held held;
	bool direct;
	long long classes, methods;
	char note[100];
};

static int jvm_record(struct run *run, const struct process *p, struct err *e)
{
	char pid[24], start[24];

	snprintf(pid, sizeof(pid), "%d", (int)p->pid);
	snprintf(start, sizeof(start), "%llu", p->start);
	return run_undo_begin(run, e, "uid", run_uid(run), "pid", pid, "start", start, NULL);
}

static int jvm_command(struct run *run, const void *args, struct buf *ret, struct err *e)
{
	const struct jvm_kind *kind = ((const struct jvm_at *)args)->kind;
	int64_t deadline = run_deadline(run), left = 0;
	int r;

	if (deadline) {
		left = deadline - clock_boot_ms();
		if (left <= 0)
			return err_set(e, ERR_TIMEOUT, 0, "the deadline has passed");
	}
	session_put(ret, "uid", run_uid(run));
	session_put(ret, "action", kind->action);
	session_put_int(ret, "left", left);
	session_put_int(ret, "seed", (long long)run_seed(run));
	r = key_put(ret, kind->fault, args, e);
	return r < 0 ? r : body_put(ret, kind, args, e);
}

/* For the life of this process. */
static struct applied *applied_new(struct run *run, const struct jvm *jvm)
{
	struct applied *a = malloc(sizeof(*a));

	if (a)
		*a = (struct applied){ .process = jvm->process, .page.fd = -1, .held.fd = -1 };
	run_keep(run, a);
	return a;
}

/* What was begun; or a new one, and the one before it, when a fault is done again, ends here. */
static struct applied *applied_take(struct run *run, const struct jvm *jvm)
{
	struct applied *a = run_kept(run);

	if (a && a->held.fd >= 0)
		return a;
	if (a)
		cleanup_close(&a->page.fd);
	free(a);
	return applied_new(run, jvm);
}

/* A library that was put in by a command tells that this JVM is the one. */
static bool is_meant(const struct jvm_at *at, const struct peek *page)
{
	return at->process || (page->fd >= 0 && !page->preloaded);
}

static bool jvm_hold(struct run *run, const void *args, const struct jvm *jvm, struct applied *a)
{
	const struct jvm_at *at = args;
	autobuf struct buf command = BUF_INIT(JVM_BODY_MAX);

	return a->page.fd >= 0 && is_meant(at, &a->page) &&
	       jvm_command(run, args, &command, NULL) == 0 &&
	       session_hold(jvm, &a->page, at->kind->cmd, &command, &a->held, NULL) == 0;
}

/* The hooks of a rule, which take longest, are in when all is ready to take them back. */
void jvm_begin(struct run *run, const void *args)
{
	const struct jvm *jvm = run_planned(run);
	struct applied *a = applied_new(run, jvm);

	if (!a || peek_open(&jvm->process, NULL, jvm->page, &a->page, NULL) < 0)
		return;
	if (jvm_hold(run, args, jvm, a)) {
		if (run_keep_fds(run, (int[]){ a->page.fd, a->held.fd }, 2))
			return;
		session_give_up(&a->held, &a->page);
	}
	cleanup_close(&a->page.fd);
	a->page.fd = -1;
}

void jvm_cancel(struct run *run)
{
	struct applied *a = run_kept(run);

	if (a && a->held.fd >= 0)
		session_give_up(&a->held, &a->page);
}

/* The record is on its way to the disk while what else there is to do is done. */
static int jvm_ask(struct run *run, const struct jvm *jvm, const void *args, struct applied *a,
	struct answer *answer, struct err *e)
{
	const struct jvm_at *at = args;
	autobuf struct buf command = BUF_INIT(JVM_BODY_MAX);
	int r;

	if (a->held.fd >= 0) {
		r = run_undo_settle(run, e);
		return r < 0 ? r : session_let_go(&a->held, &a->page, answer, e);
	}
	r = peek_open(&jvm->process, NULL, jvm->page, &a->page, e);
	if (r == 0 && !is_meant(at, &a->page))
		r = jvm_meant(run_state(run), &jvm->process, e);
	if (r == 0)
		r = jvm_command(run, args, &command, e);
	if (r == 0)
		r = run_undo_settle(run, e);
	return r < 0 ? r : session_ask(jvm, &a->page, at->kind->cmd, &command, answer, e);
}

static int jvm_put(
	struct run *run, const struct jvm *jvm, const void *args, struct applied *a, struct err *e)
{
	autofree struct answer *answer = calloc(1, sizeof(*answer));
	int r;

	if (!answer)
		return err_set(e, ERR_NOMEM, ENOMEM, "fault in a JVM");
	r = jvm_ask(run, jvm, args, a, answer, e);
	if (r == -ERR_CONFLICT)
		r = err_set(e, ERR_EXISTS, 0, "the experiment exists");
	if (r < 0)
		return r;
	a->direct = str_eq(((const struct jvm_at *)args)->kind->cmd, "start");
	a->classes = answer_int(answer, "classes");
	a->methods = answer_int(answer, "methods");
	snprintf(a->note, sizeof(a->note), "%s", answer_get(answer, "note"));
	return 0;
}

int jvm_apply(struct run *run, const struct target *t, const void *args, struct err *e)
{
	const struct jvm_at *at = args;
	const struct jvm *jvm = run_planned(run);
	struct applied *a = applied_take(run, jvm);
	int r;

	(void)t;
	if (!a)
		return err_set(e, ERR_NOMEM, ENOMEM, "fault in a JVM");
	r = jvm_record(run, &jvm->process, e);
	if (r == 0)
		r = jvm_put(run, jvm, args, a, e);
	return r < 0 ? r : jvm_prepared(run_state(run), jvm, at->process, e);
}

/* Where a direct action takes places, they are taken soon, or when others give them back. */
static int peek_taken(const struct applied *a, const char *uid, bool places,
	struct jvm_rule_slot *ret, struct err *e)
{
	enum { ALL_TAKEN_MS = 15000, PAUSE_MS = 10 };
	int64_t end = clock_boot_ms() + ALL_TAKEN_MS;
	int r = peek_rule(&a->page, uid, ret, e);

	while (r == 0 && places && (ret->most == 0 || ret->taken < ret->most) &&
		clock_boot_ms() < end) {
		clock_sleep_ms(PAUSE_MS);
		r = peek_rule(&a->page, uid, ret, e);
	}
	return r;
}

static void jvm_judge(const struct applied *a, const char *places, const struct jvm_rule_slot *slot,
	struct effect *ret)
{
	int pid = (int)a->process.pid;

	if (places && slot->most)
		effect_judge(ret, places, (double)slot->most, (double)slot->taken, 0,
			"in use in process %d, as its pools count", pid);
	else if (a->direct)
		effect_judge(ret, "actions", 1, 1, 0, "runs in process %d %s", pid, a->note);
	else if (slot->methods == 0)
		*ret = (struct effect){ .verdict = EFFECT_NONE };
	else
		effect_judge(ret, "methods", (double)a->methods, slot->methods, 0,
			"hooks in process %d, %lld classes changed; %llu calls hit so far %s", pid,
			a->classes, (unsigned long long)slot->hits, a->note);
}

int jvm_verify(struct run *run, const struct target *t, const void *args, struct effect *ret,
	struct err *e)
{
	const char *places = ((const struct jvm_at *)args)->kind->places;
	struct applied *a = run_kept(run);
	struct jvm_rule_slot slot;
	int r = peek_taken(a, run_uid(run), places != NULL, &slot, e);

	(void)t;
	close(a->page.fd);
	a->page.fd = -1;
	if (r == 0)
		jvm_judge(a, places, &slot, ret);
	return r;
}

int jvm_watch(struct run *run, const struct target *t, const void *args, struct err *e)
{
	const struct applied *a = run_kept(run);

	(void)t;
	(void)args;
	if (process_alive(&a->process))
		return 0;
	return err_set(e, ERR_NOTFOUND, 0, "process %d has ended", (int)a->process.pid);
}

int jvm_revert(const struct undo *u, struct err *e)
{
	struct process p = { (pid_t)undo_get_int(u, "pid"),
		(unsigned long long)undo_get_int(u, "start") };

	return undo_this_boot(u) ? session_take_back(&p, "remove", undo_get(u, "uid"), e) : 0;
}
