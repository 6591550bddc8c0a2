#include "jvm/agent/rule.h"

#include "jvm/agent/formula.h"
#include "jvm/agent/rt_string.h"

static const struct {
	const char *name;
	enum rule_action action;
	size_t needs; /* the text that it cannot be without */
} actions[] = {
	{ "delay", RULE_DELAY, 0 },
	{ "throw", RULE_THROW, offsetof(struct command, exception) },
	{ "throw-declared", RULE_THROW_DECLARED, 0 },
	{ "return", RULE_RETURN, offsetof(struct command, value) },
	{ "script", RULE_SCRIPT, offsetof(struct command, source) },
	{ "replace", RULE_REPLACE, offsetof(struct command, value) },
};

static bool set_action(struct rule *r, char *why, size_t size)
{
	const struct command *c = &r->command;

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (strcmp(actions[i].name, c->action))
			continue;
		r->action = actions[i].action;
		if (!actions[i].needs || *(const char *const *)((const char *)c + actions[i].needs))
			return true;
		rt_format(why, size, "less argument of %s", c->action);
		return false;
	}
	rt_format(why, size, "the action %s is not known", c->action);
	return false;
}

static bool check(const struct command *c, char *why, size_t size)
{
	const char *missing = !c->uid	    ? "uid"
			      : !c->key	    ? "key"
			      : !c->action  ? "action"
			      : !c->n_sites ? "class"
					    : NULL;

	if (missing) {
		rt_format(why, size, "less argument: %s", missing);
		return false;
	}
	if (c->when && strcmp(c->when, "enter") && strcmp(c->when, "exit")) {
		rt_format(why, size, "when is enter or exit, not %s", c->when);
		return false;
	}
	if (!strcmp(c->action, "delay") && !c->time && !c->offset) {
		rt_copy(why, size, "less time argument");
		return false;
	}
	return true;
}

bool rule_init(struct rule *ret, const struct command *c, uint64_t now_ns, char *why, size_t size)
{
	if (!check(c, why, size))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->command = *c;
	if (!set_action(ret, why, size))
		return false;
	ret->at_exit = c->when && !strcmp(c->when, "exit");
	ret->wants_args = c->n_conditions || ret->action == RULE_SCRIPT ||
			  ret->action == RULE_REPLACE ||
			  (ret->action == RULE_RETURN &&
				  (c->call.name || formula_uses_arguments(c->value)));
	ret->deadline_ns = c->left ? now_ns + c->left * 1000000 : 0;
	ret->random = c->seed ? c->seed : now_ns;
	ret->off = true;
	return true;
}

bool rule_alive(const struct rule *r, uint64_t now_ns)
{
	return !__atomic_load_n(&r->off, __ATOMIC_ACQUIRE) &&
	       (!r->deadline_ns || now_ns < r->deadline_ns);
}

uint64_t rule_random(struct rule *r)
{
	uint64_t z = __atomic_add_fetch(&r->random, 0x9e3779b97f4a7c15, __ATOMIC_RELAXED);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static bool count_one(struct jvm_rule_slot *slot, uint64_t max)
{
	uint64_t hits = __atomic_load_n(&slot->hits, __ATOMIC_RELAXED);

	do
		if (hits >= max)
			return false;
	while (!__atomic_compare_exchange_n(
		&slot->hits, &hits, hits + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return true;
}

enum rule_answer rule_decide(struct rule *r, uint64_t (*now)(void))
{
	const struct command *c = &r->command;

	if (__atomic_load_n(&r->off, __ATOMIC_ACQUIRE))
		return RULE_NO;
	__atomic_fetch_add(&r->slot->calls, 1, __ATOMIC_RELAXED);
	if (c->percent && c->percent < 100 && rule_random(r) % 100 >= c->percent)
		return RULE_NO;
	if (r->deadline_ns && now() >= r->deadline_ns)
		return RULE_ENDED;
	return count_one(r->slot, c->count ? c->count : UINT64_MAX) ? RULE_FIRES : RULE_ENDED;
}

uint64_t rule_delay_ms(struct rule *r)
{
	const struct command *c = &r->command;
	uint64_t by;

	if (!c->offset)
		return c->time;
	by = rule_random(r) % c->offset;
	if (by % 2 == 0)
		return c->time + by;
	return c->time > by ? c->time - by : c->offset;
}
