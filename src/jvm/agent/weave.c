#include "jvm/agent/weave.h"

#include "jvm/agent/agent.h"
#include "jvm/agent/descriptor.h"
#include "jvm/agent/helper.h"
#include "jvm/agent/rt.h"
#include "jvm/agent/search.h"
#include "jvm/agent/site.h"
#include "jvm/agent/value.h"
#include "jvm/classfile/class_pool.h"
#include "jvm/classfile/class_rewrite.h"

static char *copy_text(struct class_text t)
{
	char *copy = rt_alloc((size_t)t.n + 1);

	if (copy)
		memcpy(copy, t.s, t.n);
	return copy;
}

/* --- the plan of a class */

/* Why the method cannot have what the rule does; NULL when it can. */
static const char *refusal(const struct rule *r, const struct hook *h)
{
	static char why[256]; /* under the lock of the book */

	if (r->action == RULE_THROW_DECLARED && !h->throws)
		return "it declares no exception";
	if (r->action == RULE_RETURN &&
		!value_fits(r->command.value, descriptor_return(h->descriptor), why, sizeof(why)))
		return why;
	return NULL;
}

static unsigned wanted_kinds(const struct hook *h)
{
	unsigned kinds = 0;

	for (struct rule *r = book_rules; r; r = r->next)
		if (hook_wanted(h, r) && !refusal(r, h))
			kinds |= rule_kinds(r);
	return kinds;
}

static unsigned choose(void *ctx, const struct class_method *m, uint16_t *ret_id)
{
	struct woven *w = ctx;
	char *name = copy_text(m->name), *descriptor = copy_text(m->descriptor);
	struct hook *h = name && descriptor ? woven_method(w, name, descriptor) : NULL;

	rt_free(name);
	rt_free(descriptor);
	if (!h)
		return 0;
	if (m->throws.n && !h->throws)
		h->throws = copy_text(m->throws);
	h->before = h->kinds;
	h->kinds = wanted_kinds(h);
	if (h->kinds && !hook_number(h))
		h->kinds = 0;
	h->why = NULL;
	*ret_id = h->id;
	return h->kinds;
}

static void outcome(void *ctx, const struct class_method *m, uint16_t id, const char *why)
{
	struct woven *w = ctx;

	(void)m;
	for (size_t i = 0; why && i < w->n_methods; i++)
		if (w->methods[i]->id == id) {
			w->methods[i]->kinds = 0;
			w->methods[i]->why = why;
		}
}

/* What the class stands on, for the sites that ask for it. */
static void read_family(struct woven *w, const uint8_t *data, size_t len, struct class_arena *arena)
{
	struct class_reader in = { .at = data, .end = data + len };
	struct class_pool pool = { 0 };
	size_t n;

	class_skip(&in, 8); /* magic, version */
	if (w->super || class_pool_read(&pool, data, &in, arena))
		return;
	class_skip(&in, 4); /* access, this */
	w->super = copy_text(class_pool_class(&pool, class_read2(&in)));
	n = class_read2(&in);
	w->interfaces = n ? rt_alloc(n * sizeof(*w->interfaces)) : NULL;
	for (size_t i = 0; w->interfaces && i < n && !in.why; i++) {
		char *name = copy_text(class_pool_class(&pool, class_read2(&in)));

		if (name)
			w->interfaces[w->n_interfaces++] = name;
	}
}

static bool wanted(const struct woven *w)
{
	for (const struct rule *r = book_rules; r; r = r->next)
		for (size_t i = 0; i < r->command.n_sites; i++)
			if (woven_matches(w, &r->command.sites[i]))
				return true;
	return false;
}

/* Memory to work in, under the lock of the book. What is enough for most classes stays mapped. */
enum { ARENA = 1 << 20, ARENA_KEPT = ARENA + (64 << 10) };

static uint8_t *arena_kept;

static struct class_arena arena_open(size_t len)
{
	size_t size = ARENA + 8 * len;

	if (size > ARENA_KEPT)
		return (struct class_arena){ rt_map(size, -1), size };
	if (!arena_kept)
		arena_kept = rt_map(ARENA_KEPT, -1);
	return (struct class_arena){ arena_kept, ARENA_KEPT };
}

static void arena_close(struct class_arena *a)
{
	if (a->base != arena_kept)
		rt_unmap(a->base, a->size);
}

/* The new bytes in the JVM's memory, or NULL: the class stays as it is. */
static unsigned char *rewrite(struct woven *w, const unsigned char *data, size_t len, jint *ret_len)
{
	const struct class_plan plan = { .choose = choose, .outcome = outcome, .ctx = w };
	struct class_arena arena = arena_open(len);
	struct class_report report = { 0 };
	const uint8_t *out;
	unsigned char *copy = NULL;
	size_t n;

	if (!arena.base)
		return NULL;
	read_family(w, data, len, &arena);
	arena.used = 0;
	if ((w->transforms || wanted(w)) &&
		class_rewrite(data, len, &plan, &arena, &out, &n, &report) == CLASS_CHANGED &&
		(*agent.ti)->Allocate(agent.ti, (jlong)n, &copy) == TI_OK) {
		memcpy(copy, out, n);
		*ret_len = (jint)n;
	}
	arena_close(&arena);
	for (size_t i = 0; !copy && i < w->n_methods; i++)
		w->methods[i]->kinds = 0;
	return copy;
}

/* --- classes as they load or are retransformed, by us or by others */

static bool wanted_by_name(const char *name)
{
	const struct site_class c = { .name = name };

	for (const struct rule *r = book_rules; r; r = r->next)
		for (size_t i = 0; i < r->command.n_sites; i++) {
			const struct site *s = &r->command.sites[i];

			if (strcmp(s->by, "name") || site_has_class(s, &c))
				return true;
		}
	return false;
}

/* A record that serves nothing is not kept: every class is looked at while a rule asks by super. */
static void forget_if_useless(jni_env *env, struct woven *w)
{
	if (w != book_classes || woven_is_hooked(w) || w->transforms)
		return;
	book_classes = w->next;
	woven_free(env, w);
}

/* Whether the rule acts at the hook now. */
static bool bind(struct hook *h, struct rule *r)
{
	const struct site *site = h->kinds ? hook_wanted(h, r) : NULL;

	if (!site || hook_superseded(h, site) || refusal(r, h) ||
		!kinds_serve(h->kinds, rule_kinds(r)))
		return false;
	return binding_of(h, r) || binding_add(h, r, site);
}

static void bind_all(struct woven *w)
{
	for (struct rule *r = book_rules; r; r = r->next)
		for (size_t i = 0; i < w->n_methods; i++)
			if (bind(w->methods[i], r))
				r->slot->methods++;
}

void weave_hook(jvmti_env *ti, jni_env *env, jclass redefined, jobject loader, const char *name,
	jobject domain, jint len, const unsigned char *data, jint *ret_len,
	unsigned char **ret_data)
{
	struct woven *w;
	unsigned char *out;

	(void)ti;
	(void)domain;
	if (!name || !env || site_is_hidden(name) || !strncmp(name, "java/gale/", 10))
		return;
	book_lock();
	w = woven_find(env, name, loader);
	if (!w && wanted_by_name(name))
		w = woven_add(env, name, loader);
	if (w) {
		out = rewrite(w, data, (size_t)len, ret_len);
		if (out)
			*ret_data = out;
		if (!redefined) {
			bind_all(w);
			helper_arm(env);
			forget_if_useless(env, w);
		}
	}
	book_unlock();
}

/* Off when there is nothing to do: while it is on, classes load a little slower. */
void weave_watch(void)
{
	bool on = book_rules != NULL;

	for (const struct woven *w = book_classes; w && !on; w = w->next)
		on = woven_is_hooked(w);
	(*agent.ti)->SetEventNotificationMode(
		agent.ti, on ? TI_ENABLE : TI_DISABLE, TI_EVENT_CLASS_FILE_LOAD_HOOK, NULL);
}

/* --- retransformation */

struct change {
	struct woven *woven;
	jclass class;
};

struct changes {
	size_t n;
	struct change at[];
};

static jint retransform(const struct change *at, size_t n)
{
	jclass *classes = rt_alloc(n * sizeof(*classes));
	jint r;

	if (!classes)
		return TI_OUT_OF_MEMORY;
	for (size_t i = 0; i < n; i++)
		classes[i] = at[i].class;
	r = (*agent.ti)->RetransformClasses(agent.ti, (jint)n, classes);
	rt_free(classes);
	return r;
}

static void note_failure(const struct woven *w, jint error, struct jvm_text *answer)
{
	char text[512], *name = NULL;

	(*agent.ti)->GetErrorName(agent.ti, error, &name);
	rt_format(text, sizeof(text), "%s: the JVM refuses it: %s", w->name, name ? name : "?");
	(*agent.ti)->Deallocate(agent.ti, (unsigned char *)name);
	jvm_text_put(answer, "note", text);
}

/* The code is as it was: what was put down about it while it was rewritten is not so. */
static void unchanged(const struct change *at, size_t n)
{
	book_lock();
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < at[i].woven->n_methods; j++)
			at[i].woven->methods[j]->kinds = at[i].woven->methods[j]->before;
	book_unlock();
}

/*
 * All in one safepoint; when the JVM refuses one it refuses all, so they are tried one by one.
 * Not under the lock of the book: verification may load classes, on this thread and on others.
 */
static void change_all(struct changes *c, struct jvm_text *answer)
{
	jint error = c->n ? retransform(c->at, c->n) : TI_OK;
	bool together = error == TI_OK;

	if (!together)
		unchanged(c->at, c->n);
	for (size_t i = 0; i < c->n; i++) {
		if (!together)
			error = c->n > 1 ? retransform(&c->at[i], 1) : error;
		if (error != TI_OK) {
			if (c->n > 1)
				unchanged(&c->at[i], 1);
			note_failure(c->at[i].woven, error, answer);
		}
		c->at[i].woven->transforms++;
		agent.page->retransforms++;
	}
}

/* Whether its code lacks a hook that a rule wants. A class that was never woven may. */
static bool lacks(const struct woven *w)
{
	for (size_t i = 0; i < w->n_methods; i++)
		if (!w->methods[i]->why &&
			!kinds_serve(w->methods[i]->kinds, wanted_kinds(w->methods[i])))
			return true;
	return !w->n_methods;
}

void weave_apply(jni_env *env, const struct search *s, struct jvm_text *answer)
{
	struct changes *c = rt_alloc(sizeof(*c) + s->n * sizeof(*c->at));

	if (!c)
		return;
	book_lock();
	for (size_t i = 0; i < s->n; i++) {
		struct woven *w = woven_find(env, s->at[i].name, s->at[i].loader);

		if (!w)
			w = woven_add(env, s->at[i].name, s->at[i].loader);
		if (!w)
			continue;
		if (!w->class)
			w->class = (*env)->NewWeakGlobalRef(env, s->at[i].class);
		if (lacks(w))
			c->at[c->n++] = (struct change){ w, s->at[i].class };
	}
	book_unlock();
	change_all(c, answer);
	rt_free(c);
}

/* --- back again */

static bool has_too_much(const struct woven *w)
{
	for (size_t i = 0; i < w->n_methods; i++)
		if (w->methods[i]->kinds && !wanted_kinds(w->methods[i]))
			return true;
	return false;
}

/* Hooks that were put in while the class was loading: there was no class object then. */
static jclass class_of(jni_env *env, struct woven *w)
{
	struct command c = { .system = 1, .n_sites = 1 };
	struct search found;

	if (w->class)
		return (*env)->NewLocalRef(env, w->class);
	c.sites[0] = (struct site){ .class = w->name, .by = "name" };
	if (!search_classes(env, &c, &found))
		return NULL;
	for (size_t i = 0; i < found.n && !w->class; i++)
		if (!strcmp(found.at[i].name, w->name) && woven_is_of(env, w, found.at[i].loader))
			w->class = (*env)->NewWeakGlobalRef(env, found.at[i].class);
	search_done(&found);
	return w->class ? (*env)->NewLocalRef(env, w->class) : NULL;
}

static void add_restore(jni_env *env, struct woven *w, struct changes *c)
{
	jclass class = class_of(env, w);

	if (class)
		c->at[c->n++] = (struct change){ w, class };
}

static void drop_gone(jni_env *env)
{
	struct woven **at = &book_classes, *w;

	while ((w = *at) != NULL) {
		if (!woven_gone(env, w) || woven_is_used(w)) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		woven_free(env, w);
	}
}

size_t weave_restore(jni_env *env, bool all, struct jvm_text *answer)
{
	struct changes *c;
	size_t n = 0, kept = 0;

	book_lock();
	drop_gone(env);
	for (struct woven *w = book_classes; w; w = w->next)
		n++;
	c = rt_alloc(sizeof(*c) + n * sizeof(*c->at));
	for (struct woven *w = book_classes; c && w; w = w->next) {
		if (!has_too_much(w))
			continue;
		if (all || w->transforms < WEAVE_TRANSFORMS_MAX)
			add_restore(env, w, c);
		else
			kept++;
	}
	book_unlock();
	if (c)
		change_all(c, answer);
	rt_free(c);
	return kept;
}

static void note_match(const struct hook *h, struct jvm_text *answer)
{
	char text[1024];

	rt_format(text, sizeof(text), "%s %s %s", h->woven->name, h->name, h->descriptor);
	jvm_text_put(answer, "match", text);
}

static void note_refused(const struct hook *h, const struct rule *r, struct jvm_text *answer,
	char *refused, size_t size)
{
	const char *why = h->why ? h->why : refusal(r, h);
	char text[1024];

	rt_format(text, sizeof(text), "%s.%s%s: %s", h->woven->name, h->name, h->descriptor,
		why ? why : "its code could not be changed");
	jvm_text_put(answer, "note", text);
	if (!refused[0])
		rt_copy(refused, size, text);
}

void weave_bind(struct rule *r, size_t *ret_classes, size_t *ret_methods, struct jvm_text *answer,
	char *refused, size_t size)
{
	*ret_classes = *ret_methods = 0;
	for (struct woven *w = book_classes; w; w = w->next) {
		size_t before = *ret_methods;

		for (size_t i = 0; i < w->n_methods; i++) {
			struct hook *h = w->methods[i];
			const struct site *site = hook_wanted(h, r);

			if (!site || hook_superseded(h, site))
				continue;
			if (bind(h, r)) {
				++*ret_methods;
				note_match(h, answer);
			} else {
				note_refused(h, r, answer, refused, size);
			}
		}
		*ret_classes += *ret_methods > before;
	}
}
