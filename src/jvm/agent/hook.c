#include "jvm/agent/hook.h"

#include "jvm/agent/agent.h"
#include "jvm/agent/epoch.h"
#include "jvm/agent/rt.h"
#include "jvm/agent/site.h"
#include "jvm/classfile/class_rewrite.h"

enum { BINDINGS_MAX = 65536 };

struct woven *book_classes;
struct rule *book_rules;

static jvmti_monitor monitor;
static struct hook *hooks[CLASS_HOOK_MAX + 1]; /* by number, from 1 */
static struct binding *bindings[BINDINGS_MAX]; /* by handle, from 1 */
static int last_handle;
static struct binding *taken_off; /* and not yet freed */

bool book_open(void)
{
	return monitor || (*agent.ti)->CreateRawMonitor(agent.ti, "gale", &monitor) == TI_OK;
}

void book_lock(void)
{
	(*agent.ti)->RawMonitorEnter(agent.ti, monitor);
}

void book_unlock(void)
{
	(*agent.ti)->RawMonitorExit(agent.ti, monitor);
}

/* --- classes */

bool woven_is_of(jni_env *env, const struct woven *w, jobject loader)
{
	if (!w->loader || !loader)
		return !w->loader && !loader;
	return (*env)->IsSameObject(env, w->loader, loader);
}

struct woven *woven_find(jni_env *env, const char *name, jobject loader)
{
	for (struct woven *w = book_classes; w; w = w->next)
		if (!strcmp(w->name, name) && woven_is_of(env, w, loader))
			return w;
	return NULL;
}

struct woven *woven_add(jni_env *env, const char *name, jobject loader)
{
	struct woven *w = rt_alloc(sizeof(*w));

	if (!w)
		return NULL;
	w->name = rt_strdup(name);
	w->loader = loader ? (*env)->NewWeakGlobalRef(env, loader) : NULL;
	if (!w->name || (loader && !w->loader)) {
		woven_free(env, w);
		return NULL;
	}
	w->system = !loader || site_is_system(name);
	w->next = book_classes;
	book_classes = w;
	return w;
}

static struct hook *add_method(struct woven *w, const char *name, const char *descriptor)
{
	size_t n = strlen(name) + 1, m = strlen(descriptor) + 1;
	struct hook *h = rt_alloc(sizeof(*h) + n + m);
	char *text = (char *)(h + 1);

	if (!h)
		return NULL;
	if (w->n_methods == w->room) {
		size_t room = w->room ? 2 * w->room : 16;
		struct hook **grown = rt_alloc(room * sizeof(*grown));

		if (!grown) {
			rt_free(h);
			return NULL;
		}
		if (w->n_methods)
			memcpy(grown, w->methods, w->n_methods * sizeof(*grown));
		rt_free(w->methods);
		w->methods = grown;
		w->room = room;
	}
	memcpy(text, name, n);
	memcpy(text + n, descriptor, m);
	h->woven = w;
	h->name = text;
	h->descriptor = text + n;
	w->methods[w->n_methods++] = h;
	return h;
}

/* They are asked for in the order of the class file: the one behind the last is looked at first. */
struct hook *woven_method(struct woven *w, const char *name, const char *descriptor)
{
	for (size_t i = 0; i < w->n_methods; i++) {
		size_t at = (w->cursor + i) % w->n_methods;
		struct hook *h = w->methods[at];

		if (!strcmp(h->name, name) && !strcmp(h->descriptor, descriptor)) {
			w->cursor = at + 1;
			return h;
		}
	}
	return add_method(w, name, descriptor);
}

bool woven_is_hooked(const struct woven *w)
{
	for (size_t i = 0; i < w->n_methods; i++)
		if (w->methods[i]->kinds)
			return true;
	return false;
}

bool woven_gone(jni_env *env, const struct woven *w)
{
	return w->loader && (*env)->IsSameObject(env, w->loader, NULL);
}

bool woven_is_used(const struct woven *w)
{
	for (const struct binding *b = taken_off; b; b = b->next)
		if (b->hook->woven == w)
			return true;
	for (size_t i = 0; i < w->n_methods; i++)
		if (w->methods[i]->set)
			return true;
	return false;
}

void woven_free(jni_env *env, struct woven *w)
{
	for (size_t i = 0; i < w->n_methods; i++) {
		struct hook *h = w->methods[i];

		if (h->id)
			__atomic_store_n(&hooks[h->id], NULL, __ATOMIC_RELEASE);
	}
	epoch_wait();
	for (size_t i = 0; i < w->n_methods; i++) {
		rt_free((void *)w->methods[i]->throws);
		rt_free(w->methods[i]->set);
		rt_free(w->methods[i]);
	}
	for (size_t i = 0; i < w->n_interfaces; i++)
		rt_free(w->interfaces[i]);
	if (w->loader)
		(*env)->DeleteWeakGlobalRef(env, w->loader);
	if (w->class)
		(*env)->DeleteWeakGlobalRef(env, w->class);
	rt_free(w->interfaces);
	rt_free(w->super);
	rt_free(w->methods);
	rt_free(w->name);
	rt_free(w);
}

bool woven_matches(const struct woven *w, const struct site *s)
{
	const struct site_class c = {
		.name = w->name,
		.super = w->super,
		.interfaces = (const char *const *)w->interfaces,
		.n_interfaces = w->n_interfaces,
	};

	return site_has_class(s, &c);
}

/* --- hooks */

bool hook_number(struct hook *h)
{
	static unsigned next;

	for (unsigned i = 0; !h->id && i < CLASS_HOOK_MAX; i++) {
		unsigned id = next++ % CLASS_HOOK_MAX + 1;

		if (hooks[id])
			continue;
		h->id = (uint16_t)id;
		__atomic_store_n(&hooks[id], h, __ATOMIC_RELEASE);
	}
	return h->id;
}

const struct site *hook_wanted(const struct hook *h, const struct rule *r)
{
	for (size_t i = 0; i < r->command.n_sites && (r->command.system || !h->woven->system);
		i++) {
		const struct site *s = &r->command.sites[i];

		if (woven_matches(h->woven, s) && site_has_method(s, h->name, h->descriptor))
			return s;
	}
	return NULL;
}

bool hook_superseded(const struct hook *h, const struct site *s)
{
	if (!s->otherwise)
		return false;
	for (size_t i = 0; i < h->woven->n_methods; i++) {
		const struct hook *other = h->woven->methods[i];

		if (site_has_method(s - 1, other->name, other->descriptor))
			return true;
	}
	return false;
}

unsigned rule_kinds(const struct rule *r)
{
	bool returns = r->action == RULE_RETURN || r->action == RULE_SCRIPT;
	unsigned plain = r->at_exit ? CLASS_EXIT : CLASS_ENTRY;
	unsigned value = r->at_exit ? CLASS_EXIT_VALUE : CLASS_ENTRY_RETURN;
	unsigned args = r->at_exit ? CLASS_EXIT_ARGS : CLASS_ENTRY_ARGS;

	return (returns ? value : plain) | (r->wants_args ? args : 0);
}

bool kinds_serve(unsigned have, unsigned need)
{
	if (have & CLASS_ENTRY_RETURN)
		have |= CLASS_ENTRY;
	if (have & CLASS_EXIT_VALUE)
		have |= CLASS_EXIT;
	return (need & ~have) == 0;
}

/* --- bindings */

/* Puts another set in place of the hook's; what the old one was is free when no call sees it. */
static void publish(struct hook *h, struct binding_set *set)
{
	struct binding_set *old = h->set;

	__atomic_store_n(&h->set, set, __ATOMIC_RELEASE);
	epoch_wait();
	rt_free(old);
}

static int take_handle(struct binding *b)
{
	for (int i = 0; i < BINDINGS_MAX; i++) {
		last_handle = last_handle % (BINDINGS_MAX - 1) + 1;
		if (bindings[last_handle])
			continue;
		bindings[last_handle] = b;
		return last_handle;
	}
	return 0;
}

struct binding *binding_of(const struct hook *h, const struct rule *r)
{
	for (size_t i = 0; h->set && i < h->set->n; i++)
		if (h->set->at[i]->rule == r)
			return h->set->at[i];
	return NULL;
}

struct binding *binding_add(struct hook *h, struct rule *r, const struct site *site)
{
	size_t n = h->set ? h->set->n : 0;
	struct binding *b = rt_alloc(sizeof(*b));
	struct binding_set *set = rt_alloc(sizeof(*set) + (n + 1) * sizeof(b));

	if (!b || !set || !(b->handle = take_handle(b))) {
		rt_free(b);
		rt_free(set);
		return NULL;
	}
	b->rule = r;
	b->site = site;
	b->hook = h;
	for (size_t i = 0; i < n; i++)
		set->at[i] = h->set->at[i];
	set->at[n] = b; /* rules come in the order of their seq */
	set->n = n + 1;
	publish(h, set);
	return b;
}

static void take_off(struct hook *h, struct rule *r)
{
	struct binding *b = binding_of(h, r);
	struct binding_set *set = NULL;

	if (!b)
		return;
	if (h->set->n > 1) {
		set = rt_alloc(sizeof(*set) + (h->set->n - 1) * sizeof(b));
		if (!set)
			return; /* the rule is off: the binding does nothing */
		for (size_t i = 0; i < h->set->n; i++)
			if (h->set->at[i] != b)
				set->at[set->n++] = h->set->at[i];
	}
	publish(h, set);
	b->next = taken_off;
	taken_off = b;
}

void binding_remove_all(struct rule *r)
{
	for (struct woven *w = book_classes; w; w = w->next)
		for (size_t i = 0; i < w->n_methods; i++)
			take_off(w->methods[i], r);
}

size_t binding_sweep(jni_env *env, const struct rule *r)
{
	struct binding **at = &taken_off, *b;
	size_t left = 0;

	while ((b = *at) != NULL) {
		if (__atomic_load_n(&b->pins, __ATOMIC_ACQUIRE)) {
			left += b->rule == r;
			at = &b->next;
			continue;
		}
		*at = b->next;
		bindings[b->handle] = NULL;
		if (b->exception)
			(*env)->DeleteWeakGlobalRef(env, b->exception);
		rt_free(b);
	}
	return left;
}

static struct binding *scan(
	struct binding_set *set, uint64_t seq, bool at_exit, bool *ret_open, bool *ret_ended)
{
	for (size_t i = 0; i < set->n; i++) {
		struct binding *b = set->at[i];

		if (b->rule->seq <= seq || b->rule->at_exit != at_exit)
			continue;
		*ret_open = b->rule->command.n_conditions != 0;
		if (!*ret_open) {
			enum rule_answer answer = rule_decide(b->rule, rt_now_ns);

			*ret_ended |= answer == RULE_ENDED;
			if (answer != RULE_FIRES)
				continue;
		}
		__atomic_fetch_add(&b->pins, 1, __ATOMIC_SEQ_CST);
		return b;
	}
	return NULL;
}

struct binding *binding_next(unsigned hook, uint64_t seq, bool at_exit, const void *thread,
	bool *ret_open, bool *ret_ended)
{
	uint32_t *readers = epoch_enter(thread);
	struct hook *h = hook <= CLASS_HOOK_MAX ? __atomic_load_n(&hooks[hook], __ATOMIC_ACQUIRE)
						: NULL;
	struct binding_set *set = h ? __atomic_load_n(&h->set, __ATOMIC_ACQUIRE) : NULL;
	struct binding *b = set ? scan(set, seq, at_exit, ret_open, ret_ended) : NULL;

	epoch_leave(readers);
	return b;
}

struct binding *binding_by_handle(int handle)
{
	return handle > 0 && handle < BINDINGS_MAX ? bindings[handle] : NULL;
}

void binding_unpin(struct binding *b)
{
	__atomic_fetch_sub(&b->pins, 1, __ATOMIC_RELEASE);
}

uint64_t book_armed(void)
{
	uint64_t mask = 0;

	for (struct woven *w = book_classes; w; w = w->next)
		for (size_t i = 0; i < w->n_methods; i++) {
			const struct hook *h = w->methods[i];

			for (size_t j = 0; h->set && j < h->set->n; j++) {
				const struct rule *r = h->set->at[j]->rule;

				if (!r->off && r->slot->state == JVM_RULE_LIVE)
					mask |= 1ULL << (h->id & 63);
			}
		}
	return mask;
}
