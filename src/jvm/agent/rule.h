/*
 * A rule: one experiment on methods. Immutable once it is made; what changes (hits, the random
 * state, whether it was taken back) is atomic.
 */
#ifndef JVM_AGENT_RULE_H
#define JVM_AGENT_RULE_H

#include "jvm/agent/command.h"
#include "jvm/protocol.h"

enum rule_action {
	RULE_DELAY,
	RULE_THROW,
	RULE_THROW_DECLARED,
	RULE_RETURN,
	RULE_SCRIPT,
	RULE_REPLACE,
};

struct rule {
	struct rule *next;
	uint64_t seq; /* of its making: rules of a method act in this order */
	char *text;   /* what the texts of the command lie in */
	struct command command;
	enum rule_action action;
	bool at_exit;
	bool wants_args; /* its conditions or its value look at the arguments */
	uint64_t deadline_ns;
	uint64_t random;
	struct jvm_rule_slot *slot;
	bool off;	       /* taken back, or not yet in force */
	struct script *script; /* of script.h; NULL: none, or not compiled yet */
};

/* Checks what can be checked without a JVM; false: why says what is wrong. now_ns starts `left`. */
bool rule_init(struct rule *ret, const struct command *, uint64_t now_ns, char *why, size_t size);

/* False as soon as it was taken back or its deadline has passed. */
bool rule_alive(const struct rule *, uint64_t now_ns);

enum rule_answer {
	RULE_NO,
	RULE_FIRES, /* and is counted */
	RULE_ENDED, /* NO, and never again: count used up or deadline passed */
};

/*
 * Whether a call that met the conditions has the effect. With percent and count both, at most count
 * effects on percent of the calls. Exact under any number of threads. now is asked only for a rule
 * with a deadline that would fire.
 */
enum rule_answer rule_decide(struct rule *, uint64_t (*now)(void));

/* The next number of a rule's generator (splitmix64). */
uint64_t rule_random(struct rule *);
/* The milliseconds of this call: time +/- random(0..offset) as blade does it. */
uint64_t rule_delay_ms(struct rule *);

#endif
