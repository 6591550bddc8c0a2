/* The page of protocol.h: made once, for the life of the process. */
#ifndef JVM_AGENT_PAGE_H
#define JVM_AGENT_PAGE_H

#include "jvm/protocol.h"

/* NULL when the kernel refuses. library: the path of this library. */
struct jvm_page *page_new(const char *library);

/* A slot for a rule or a direct action, or NULL: all are taken. */
struct jvm_rule_slot *page_take_slot(struct jvm_page *, const char *uid, uint64_t deadline_ns);
void page_drop_slot(struct jvm_rule_slot *);

/* Puts the answer where who asked will look for it. */
void page_answer(struct jvm_page *, uint64_t id, const struct jvm_text *);

#endif
