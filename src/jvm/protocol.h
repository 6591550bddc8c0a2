/*
 * What the privileged side and the agent library inside a JVM say to each other: a command as
 * text, carried by the option string of an attach "load", and a page of memory that the library
 * makes (a memfd) and that the privileged side reads through /proc/PID/fd. Freestanding: the
 * library is built of the same two files.
 *
 * A command is lines "key=value\n"; in a value '%', control characters and bytes that end a line
 * are "%XX". The first line is "cmd=", then "id=". When the text is longer than JVM_OPTIONS_MAX
 * it is put into a file that the target can read, and the option string is "@" and its path as
 * the target sees it. The answer has the same form and stands in the page, in the slot that
 * carries the id of the request.
 */
#ifndef JVM_PROTOCOL_H
#define JVM_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JVM_PROTOCOL	1
#define JVM_OPTIONS_MAX 1000	      /* HotSpot drops options of more than 1024 bytes */
#define JVM_COMMAND_MAX (1024 * 1024) /* of an option file */
#define JVM_PAGE_NAME	"gale-jvm" /* of the memfd: /proc/PID/fd/N -> "/memfd:gale-jvm (deleted)" */
#define JVM_LIBRARY_NAME                                                                           \
	"libgale-jvm-" /* + build id + ".so", in the target's temporary directory */

/*
 * Commands. Every one takes "id" (decimal, not 0: chosen by who asks, names the answer).
 *   hello    nothing else: the library is there and answers
 *   install  a rule, below
 *   probe    the sites of an install: counts what matches, changes nothing
 *   start    a direct action, below
 *   remove   uid: rule or direct action; unknown is no error (gone=0)
 *   list     one "rule" line each: uid, action, hits
 *   revoke   all rules and direct actions off, all classes back; the library stays, silent
 * With "hold=1" an install or a start gets ready, hooks that do nothing yet included, and is in
 * force only when the page's go is its id; where that does not come, all is taken back. Who sends
 * it has the page locked (flock(2)) until it is answered: one that ends is not waited for.
 *
 * install:
 *   uid       16 hex digits (any text up to JVM_UID_MAX)
 *   key       the identity: a second rule with this key is a conflict
 *   action    delay | throw | throw-declared | return | script | replace
 *   when      enter (default) | exit: on normal return only
 *   time, offset        delay: milliseconds, +/- random
 *   exception, message  throw: binary name, text
 *   value     return: text of the value or a formula; replace: text that is put where the site's
 *             reader of the KEY "value" ends, a field
 *   call      N NAME INT: return: before it, parameter N's method void NAME(int) with this number
 *   source, class-name  script: Java source text; name of its class (default: found in the source)
 *   jars, jar-dir       script: jars that it may use, ":" between; a directory of such
 *   count, percent, seed  at most that many effects; of 100 calls; start of the generator
 *   left      milliseconds until the rule is dead, 0: never
 *   wait      1: that nothing matches now is no error, classes are caught when they load
 *   system    1: java.* jdk.* sun.* com.sun.* and the boot loader's are not refused
 * then one group for each site, which "class" begins:
 *   class     binary name (java.lang.String, a.B$C); letter case does not count
 *   by        name (default) | super | interface: what of a class bears that name
 *   method    names with "," between; <init> is allowed
 *   args      parameter types as Java writes them, "," between; without it: every overload
 *   argc      how many parameters: "2", "<3", ">1"
 *   else      1: only in classes where the group before this one means no method
 *   reader    KEY TEXT: where the value of the matcher KEY stands in a call of this site
 *             (agent/reader.h); one line for each. A KEY of a match without a reader here: no match
 * and the conditions, all of which must hold:
 *   arg       N OP TEXT: parameter N (from 0) as text; OP is = (equal) ~ (contains) ^ (begins)
 *   match     KEY OP TEXT: one of the values that the site's reader has for KEY; OP as above, and *
 * (regular expression of java.util.regex, whole text)
 *
 * start: uid, key, left and action
 *   cpu        count: threads (0: one a processor)
 *   oom        area heap | noheap | offheap; wild 0|1; interval ms; block MB
 *   codecache  nothing
 *   gc         interval ms; count (0: until stopped)
 *   threads    count; state run | wait
 *   connections  of the Druid pools: nothing
 *   workers      of the Dubbo providers' thread pools: nothing
 *
 * Answers: "status" is ok or the name of an error (base/err.h err_name), "message" says why not.
 *   install, probe: classes, methods: how many match and are hooked; "match" lines CLASS METHOD
 * DESC (as many as fit); "note" lines: what was skipped and why.
 */
#define JVM_UID_MAX 63
#define JVM_KEY_MAX 511

/* What Agent_OnAttach returns when there is no page to answer in; else always 0. */
enum jvm_agent_code {
	JVM_AGENT_OK = 0,
	JVM_AGENT_NO_JVMTI = 101, /* not a HotSpot that can retransform */
	JVM_AGENT_NO_PAGE = 102,  /* memfd_create or mmap refused */
	JVM_AGENT_STARTING = 103, /* it can be attached to, but does not give out JVMTI yet */
};

enum jvm_rule_state {
	JVM_RULE_FREE,
	JVM_RULE_LIVE,
	JVM_RULE_OVER, /* its deadline has passed or its count is used up; still installed */
};

#define JVM_RULES_MAX	512
#define JVM_REPLIES_MAX 8
#define JVM_REPLY_SIZE	8192
#define JVM_HOLD_MS	10000 /* then a command that is held is given up */

/* Written by the target with atomic stores; what is read here may be anything: check it. */
struct jvm_rule_slot {
	char uid[JVM_UID_MAX + 1];
	uint32_t state;
	uint32_t methods; /* hooked now, grows when classes load */
	uint64_t calls;	  /* that reached the rule and passed its conditions */
	uint64_t hits;	  /* effects */
	uint64_t failed;  /* effects that could not be had (the exception class would not load) */
	uint64_t deadline_ns; /* CLOCK_MONOTONIC of the target, 0: none */
	uint64_t most, taken; /* of the places in a pool of the target's; 0: none is meant */
	uint64_t reserved[1];
};

struct jvm_reply {
	uint64_t id; /* of the request, stored last; 0 while it is written */
	uint32_t len;
	char text[JVM_REPLY_SIZE - 12];
};

struct jvm_page {
	char magic[8];	   /* JVM_PAGE_MAGIC */
	uint32_t protocol; /* JVM_PROTOCOL */
	uint32_t size;	   /* sizeof(struct jvm_page) */
	int32_t pid;	   /* as the target sees itself */
	uint32_t preloaded;
	char build[32];	   /* JVM_BUILD of the library */
	char library[512]; /* what a later "load" must name */
	char version[64];  /* java.vm.version */
	uint64_t retransforms;
	uint64_t go; /* written from outside: the id of what is held, or ~id: it is given up */
	char reserved[3448];
	struct jvm_rule_slot rules[JVM_RULES_MAX];
	struct jvm_reply replies[JVM_REPLIES_MAX];
};
_Static_assert(sizeof(struct jvm_rule_slot) == 128, "layout");
_Static_assert(offsetof(struct jvm_page, rules) == 4096, "layout");
_Static_assert(sizeof(struct jvm_reply) == JVM_REPLY_SIZE, "layout");
#define JVM_PAGE_MAGIC "GALEJVM1"

/* A text being written: never past size, what did not fit is seen by jvm_text_full(). */
struct jvm_text {
	char *data;
	size_t size, len;
	bool full;
};

void jvm_text_init(struct jvm_text *, char *data, size_t size);
/* "key=value\n", escaped; a line that does not fit whole is left out and full is set. */
void jvm_text_put(struct jvm_text *, const char *key, const char *value);
void jvm_text_put_bytes(struct jvm_text *, const char *key, const char *value, size_t len);
void jvm_text_put_number(struct jvm_text *, const char *key, int64_t value);

/*
 * The next line of text[*pos..len): 1 with the key and the value, unescaped in place and ended by
 * NUL; 0 at the end; -1 when it is no such line (no '=', a bad escape, a NUL, no end of line).
 */
int jvm_text_next(char *text, size_t len, size_t *pos, char **ret_key, char **ret_value);

/* Decimal digits only, within max: true and the number, else false and ret untouched. */
bool jvm_text_number(const char *text, uint64_t max, uint64_t *ret);

#endif
