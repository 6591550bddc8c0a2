/* Carries a command out: from its text to the answer in the page. */
#ifndef JVM_AGENT_SERVE_H
#define JVM_AGENT_SERVE_H

#include <stddef.h>

/*
 * Takes text (of rt_alloc), which is changed. Without a readable id there is nobody to answer, and
 * nothing is done.
 */
void serve(char *text, size_t len);

#endif
