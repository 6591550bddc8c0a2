/* The commands: from the text to the answer in the page. */
#ifndef JVM_AGENT_COMMAND_H
#define JVM_AGENT_COMMAND_H

#include <stddef.h>

/* Changes the text. Without a readable id there is nobody to answer, and nothing is done. */
void command_run(char *text, size_t len);

#endif
