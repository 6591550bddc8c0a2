#include "jvm/agent/rules.h"

#include "jvm/agent/agent.h"
#include "jvm/agent/effect.h"
#include "jvm/agent/helper.h"
#include "jvm/agent/java.h"
#include "jvm/agent/page.h"
#include "jvm/agent/reader.h"
#include "jvm/agent/rt.h"
#include "jvm/agent/script.h"
#include "jvm/agent/site.h"
#include "jvm/agent/weave.h"

static struct rule *off; /* taken back, while a call may be inside */

static struct rule *find(const char *uid, const char *key)
{
	for (struct rule *r = book_rules; r; r = r->next)
		if ((uid && !strcmp(r->command.uid, uid)) || (key && !strcmp(r->command.key, key)))
			return r;
	return NULL;
}

static void add_last(struct rule *r)
{
	static uint64_t seq;
	struct rule **at = &book_rules;

	while (*at)
		at = &(*at)->next;
	r->seq = ++seq;
	*at = r;
}

static void unlink_rule(struct rule *r)
{
	struct rule **at = &book_rules;

	while (*at && *at != r)
		at = &(*at)->next;
	if (*at)
		*at = r->next;
	r->next = off;
	off = r;
}

static void free_rule(jni_env *env, struct rule *r)
{
	for (size_t i = 0; i < r->command.n_readers; i++)
		if (r->command.readers[i].reader) {
			reader_done(env, r->command.readers[i].reader);
			rt_free(r->command.readers[i].reader);
		}
	script_free(env, r);
	page_drop_slot(r->slot);
	rt_free(r->text);
	rt_free(r);
}

/* Frees the rules that no call is inside any more. */
static void sweep(jni_env *env)
{
	struct rule **at = &off, *r;

	while ((r = *at) != NULL) {
		if (binding_sweep(env, r)) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		free_rule(env, r);
	}
}

/* Under the lock: no call begins anything for it from here on. */
static void take_back(jni_env *env, struct rule *r)
{
	__atomic_store_n(&r->off, true, __ATOMIC_RELEASE);
	unlink_rule(r);
	binding_remove_all(r);
	helper_arm(env);
}

/* --- install */

static struct rule *make(char *text, const struct command *c, char *why, size_t size)
{
	struct rule *r = rt_alloc(sizeof(*r));

	if (!r) {
		rt_copy(why, size, "out of memory");
		return NULL;
	}
	if (!rule_init(r, c, rt_now_ns(), why, size)) {
		rt_free(r);
		return NULL;
	}
	r->slot = page_take_slot(agent.page, c->uid, r->deadline_ns);
	if (!r->slot) {
		rt_format(why, size, "there are %d rules already", JVM_RULES_MAX);
		rt_free(r);
		return NULL;
	}
	r->text = text;
	return r;
}

static bool make_readers(jni_env *env, struct command *c, char *why, size_t size)
{
	if (c->n_readers && !reader_ready(env)) {
		rt_copy(why, size, "reflection is not to be had");
		return false;
	}
	for (size_t i = 0; i < c->n_readers; i++) {
		c->readers[i].reader = rt_alloc(sizeof(struct reader));
		if (c->readers[i].reader && reader_parse(c->readers[i].text, c->readers[i].reader))
			continue;
		rt_format(why, size, "bad reader of %s: %s", c->readers[i].key, c->readers[i].text);
		return false;
	}
	return true;
}

/* What the classes that were found must have for the rule: seen now, not at the first call. */
static bool prepare(jni_env *env, struct rule *r, const struct search *s, char *why, size_t size)
{
	jclass class;
	jmethodID constructor;
	bool takes_text;

	if (!make_readers(env, &r->command, why, size))
		return false;
	for (size_t i = 0; i < s->n; i++) {
		if (r->action == RULE_THROW &&
			!effect_find_exception(env, r->command.exception, s->at[i].loader, &class,
				&constructor, &takes_text, why, size))
			return false;
		if (r->action == RULE_SCRIPT && !r->script &&
			!script_compile(env, r, s->at[i].loader, why, size))
			return false;
	}
	return true;
}

static void why_nothing(const struct search *s, const struct command *c, char *why, size_t size)
{
	if (s->refused)
		rt_format(why, size, "%s is a class of the JDK: these are not touched",
			s->refused_name);
	else if (!s->n)
		rt_format(why, size, "the class %s is not loaded", c->sites[0].class);
	else
		rt_format(why, size, "the class %s has no method %s that can have this fault",
			c->sites[0].class, c->sites[0].method);
}

static void put_out(jni_env *env, struct rule *r, struct jvm_text *answer)
{
	book_lock();
	take_back(env, r);
	book_unlock();
	weave_restore(env, false, answer);
	book_lock();
	weave_watch();
	book_unlock();
}

/*
 * Weaves, and binds: from then on it is in force. A rule that is held waits in between, with hooks
 * that do nothing yet. NULL, or the error, and everything is as it was.
 */
static const char *put_in(jni_env *env, struct rule *r, const struct search *s,
	struct jvm_text *answer, char *why, size_t size)
{
	const struct command *c = &r->command;
	const char *status = NULL;
	size_t classes, methods;

	book_lock();
	add_last(r);
	weave_watch();
	book_unlock();
	weave_apply(env, s, answer);
	if (c->hold)
		status = page_go(agent.page, c->id, why, size);
	if (status) {
		put_out(env, r, answer);
		return status;
	}
	book_lock();
	weave_bind(r, &classes, &methods, answer, why, size);
	r->slot->methods = (uint32_t)methods;
	if (!methods && !c->wait) {
		book_unlock();
		put_out(env, r, answer);
		if (!why[0])
			why_nothing(s, c, why, size);
		return "notfound";
	}
	__atomic_store_n(&r->off, false, __ATOMIC_RELEASE);
	helper_arm(env);
	book_unlock();
	jvm_text_put_number(answer, "classes", (int64_t)classes);
	jvm_text_put_number(answer, "methods", (int64_t)methods);
	return NULL;
}

static const char *install(
	jni_env *env, struct rule *r, struct jvm_text *answer, char *why, size_t size)
{
	const struct command *c = &r->command;
	const char *status = NULL;
	struct search s;

	if (!search_classes(env, c, &s)) {
		status = "nomem";
		rt_copy(why, size, "the loaded classes cannot be listed");
	} else if (!s.n && (s.refused || !c->wait)) {
		status = s.refused ? "denied" : "notfound";
		why_nothing(&s, c, why, size);
	} else if (!prepare(env, r, &s, why, size)) {
		status = "invalid";
	}
	if (status)
		free_rule(env, r);
	else /* where nothing comes of it, it is off, and freed by a later command */
		status = put_in(env, r, &s, answer, why, size);
	search_done(&s);
	return status;
}

const char *rules_install(jni_env *env, char **text, const struct command *c,
	struct jvm_text *answer, char *why, size_t size)
{
	struct rule *r, *same;

	book_lock();
	sweep(env);
	same = find(c->uid, c->key);
	book_unlock();
	if (same) {
		rt_copy(why, size, "the experiment exists");
		return "conflict";
	}
	r = make(*text, c, why, size);
	if (!r)
		return "invalid";
	*text = NULL;
	return install(env, r, answer, why, size);
}

const char *rules_probe(
	jni_env *env, const struct command *c, struct jvm_text *answer, char *why, size_t size)
{
	struct search s;
	size_t classes = 0, methods = 0;

	if (!search_classes(env, c, &s)) {
		search_done(&s);
		rt_copy(why, size, "the loaded classes cannot be listed");
		return "nomem";
	}
	search_count(&s, c, &classes, &methods, answer);
	search_done(&s);
	if (s.refused)
		jvm_text_put(answer, "note", "classes of the JDK match: these are not touched");
	jvm_text_put_number(answer, "classes", (int64_t)classes);
	jvm_text_put_number(answer, "methods", (int64_t)methods);
	return NULL;
}

/* --- remove */

static struct rule *next_to_remove(const char *uid)
{
	return uid ? find(uid, NULL) : book_rules;
}

size_t rules_remove(jni_env *env, const char *uid, struct jvm_text *answer)
{
	size_t gone = 0, kept;
	struct rule *r;
	char text[128];

	book_lock();
	for (; (r = next_to_remove(uid)) != NULL; gone++)
		take_back(env, r);
	book_unlock();
	kept = weave_restore(env, !uid, answer);
	book_lock();
	sweep(env);
	weave_watch();
	book_unlock();
	if (kept) {
		rt_format(text, sizeof(text), "%zu classes keep hooks that do nothing: see revoke",
			kept);
		jvm_text_put(answer, "note", text);
	}
	return gone;
}

void rules_list(struct jvm_text *answer)
{
	char text[256];

	book_lock();
	for (const struct rule *r = book_rules; r; r = r->next) {
		rt_format(text, sizeof(text), "%s %s %lu", r->command.uid, r->command.action,
			__atomic_load_n(&r->slot->hits, __ATOMIC_RELAXED));
		jvm_text_put(answer, "rule", text);
	}
	book_unlock();
}
