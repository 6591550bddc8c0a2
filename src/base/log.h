/*
 * The log of a program: one line an event, on stderr. Text on a terminal, JSON elsewhere. Only
 * mains and the code that handles an error log; libraries return struct err.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* program is borrowed for good. Levels below the given one are dropped. */
void log_init(const char *program, enum log_level least);
bool log_level_parse(const char *name, enum log_level *ret); /* debug info warn error */

/*
 * An event and pairs of key and text, ended by NULL:
 *	log_write(LOG_WARN, "register.failed", "error", e.msg, "retry", "in 4 s", NULL);
 * A NULL text is written as "". Thread-safe: one write(2) a line.
 */
void log_write(enum log_level level, const char *event, ...) __attribute__((sentinel));

/*
 * For events that others can cause as often as they like: true for the first few of each second,
 * any thread. A zeroed struct.
 */
struct log_gate {
	atomic_llong second;
	atomic_uint passed;
};

bool log_gate(struct log_gate *gate, int64_t now_ms);

#endif
