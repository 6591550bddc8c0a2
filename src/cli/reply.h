/* What the command line answers: one line of JSON, as blade writes it. */
#ifndef CLI_REPLY_H
#define CLI_REPLY_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"

/* {"code":200,"success":true,"result":...}; result is taken. Keys added to it come behind. */
json_t *reply_new(json_t *result);
/* Takes the reply; one line on stdout. */
int reply_print(json_t *reply, struct err *e);
/* The same with tabs and line breaks when stdout is a terminal. */
int reply_print_pretty(json_t *reply, struct err *e);

/* The error on stderr; returns the exit status, 1. */
int reply_fail(const struct err *e);
/* With a code of another's, and a result, which is taken; NULL: none. */
int reply_fail_with(int code, const char *error, json_t *result);

/* A text of any length on stdout: help, manual, specification. */
int reply_text(const char *text, struct err *e);

/* "1h2m3.5s", as Go writes durations; milliseconds are kept. */
void duration_text(int64_t ms, char ret[static 64]);

#endif
