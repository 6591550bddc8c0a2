/*
 * Who is at which node: one task at a time, so that a slow node holds one worker and not all; and
 * for a moment nobody, when it did not answer. Any thread.
 */
#ifndef OPERATOR_GATE_H
#define OPERATOR_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { GATE_SILENT_MS = 5000 };

struct gates;

int gates_new(struct gates **ret, struct err *e);
void gates_free(struct gates *g); /* nobody is at a node any more; NULL is fine */

/* now_ms: boot clock. -ERR_BUSY: another is at it; -ERR_TIMEOUT: it did not answer just now. */
int gate_enter(struct gates *g, const char *node, int64_t now_ms, struct err *e);
void gate_leave(struct gates *g, const char *node, bool silent, int64_t now_ms);

#endif
