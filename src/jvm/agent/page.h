/* The page of protocol.h: made once, for the life of the process. */
#ifndef JVM_AGENT_PAGE_H
#define JVM_AGENT_PAGE_H

#include "jvm/protocol.h"

/* NULL when the kernel refuses. library: the path of this library. */
struct jvm_page *page_new(const char *library);

/* A slot for a rule or a direct action, or NULL: all are taken. */
struct jvm_rule_slot *page_take_slot(struct jvm_page *, const char *uid, uint64_t deadline_ns);
void page_drop_slot(struct jvm_rule_slot *);

/* Waits until go is id: NULL. "timeout", and why: nothing may be changed. */
const char *page_go(const struct jvm_page *, uint64_t id, char *why, size_t size);

/*
 * Puts the answer where who asked will look for it: ok (status NULL), or the name of an error and
 * why, and the lines behind it, of at most JVM_LINES_MAX bytes.
 */
enum { JVM_LINES_MAX = JVM_REPLY_SIZE - 2048 };
void page_answer(struct jvm_page *, uint64_t id, const char *status, const char *why,
	const struct jvm_text *lines);

#endif
