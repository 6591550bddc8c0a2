/*
 * The book of hooks: classes that rules have met, their methods, and which rules act at each
 * method. Changed under book_lock only; calls read it under an epoch (epoch.h).
 */
#ifndef JVM_AGENT_HOOK_H
#define JVM_AGENT_HOOK_H

#include "jvm/agent/jni_slice.h"
#include "jvm/agent/rule.h"

/* A rule at a method. Memory stays until no call is inside it any more (pins). */
struct binding {
	struct binding *next; /* of those that were taken off and are still pinned */
	struct rule *rule;
	const struct site *site;
	struct hook *hook;
	int handle; /* what the helper class knows it by */
	uint32_t pins;
	jweak exception; /* class, in the loader of the hook's class; NULL: not looked up yet */
	jmethodID constructor;
	bool takes_text;
};

struct binding_set {
	size_t n;
	struct binding *at[]; /* by rule->seq */
};

struct hook { /* a method of a woven class */
	struct woven *woven;
	const char *name, *descriptor;
	const char *throws; /* internal name of the first declared exception, NULL: none */
	uint16_t id;	    /* 0: never hooked */
	unsigned kinds;	    /* that are in its code now (class_kind) */
	unsigned before;    /* and that were before the last change */
	const char *why;    /* it could not be hooked */
	struct binding_set *set;
};

struct woven { /* a class of a loader */
	struct woven *next;
	char *name;   /* internal */
	jweak loader; /* NULL: the boot loader */
	jweak class;  /* NULL until it was seen loaded */
	bool system;  /* of the JDK */
	unsigned transforms;
	size_t n_methods, room, cursor;
	struct hook **methods;
	char *super;
	char **interfaces;
	size_t n_interfaces;
};

bool book_open(void);
void book_lock(void);
void book_unlock(void);

extern struct woven *book_classes;
extern struct rule *book_rules; /* by seq */

/* NULL when there is none; loader may be a local reference or NULL. */
struct woven *woven_find(jni_env *, const char *name, jobject loader);
struct woven *woven_add(jni_env *, const char *name, jobject loader);
/* Its method, added when it is new; NULL when memory ran out. */
struct hook *woven_method(struct woven *, const char *name, const char *descriptor);
bool woven_is_hooked(const struct woven *);	  /* code of a method is changed now */
bool woven_gone(jni_env *, const struct woven *); /* its loader was collected */
bool woven_is_used(const struct woven *);	  /* a rule, or a call, is at one of its methods */
bool woven_is_of(jni_env *, const struct woven *, jobject loader);
void woven_free(jni_env *, struct woven *);
bool woven_matches(const struct woven *, const struct site *);

/* Gives the hook its number; false when there are CLASS_HOOK_MAX. */
bool hook_number(struct hook *);
/* The first site of the rule that means the method; NULL. */
const struct site *hook_wanted(const struct hook *, const struct rule *);
/* It is an "else" site, and its class has a method that the site before it means. */
bool hook_superseded(const struct hook *, const struct site *);
/* The kinds of hook (class_rewrite.h) that the rule needs. */
unsigned rule_kinds(const struct rule *);
/* Whether code that has these hooks serves who needs those. */
bool kinds_serve(unsigned have, unsigned need);

/* Puts the rule at the hook, and off all hooks. Published at once. */
struct binding *binding_add(struct hook *, struct rule *, const struct site *);
struct binding *binding_of(const struct hook *, const struct rule *);
void binding_remove_all(struct rule *);
/* Frees what no call is inside any more; how many are left. */
size_t binding_sweep(jni_env *, const struct rule *);

/*
 * The next rule at a hook behind seq, pinned: no lock, nothing is waited for. NULL when there is
 * none. One without conditions is decided here, and passed over when it does not fire; of one with
 * conditions *ret_open is set: the caller decides. *ret_ended is set when a rule was seen to have
 * come to its end.
 */
struct binding *binding_next(unsigned hook, uint64_t seq, bool at_exit, const void *thread,
	bool *ret_open, bool *ret_ended);
struct binding *binding_by_handle(int handle); /* one that is pinned */
void binding_unpin(struct binding *);

/* The mask that the helper class looks at first: a bit for each hook that has a rule in force. */
uint64_t book_armed(void);

#endif
