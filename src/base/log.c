/* The log: one line an event. */
#include "base/log.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"

#define MOST_LINE 16384

static const char *const level_names[] = { "debug", "info", "warn", "error" };
static const char *log_program = "gale";
static enum log_level log_least = LOG_INFO;
static bool log_terminal;

void log_init(const char *program, enum log_level least)
{
	log_program = program;
	log_least = least;
	log_terminal = isatty(STDERR_FILENO);
}

bool log_level_parse(const char *name, enum log_level *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*ret = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* The value as a JSON string: quoted, control bytes escaped, on a terminal too. */
static void log_quote(struct buf *line, const char *text)
{
	autojson json_t *value = json_string(text);
	autofree char *quoted = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

	buf_str(line, quoted ? quoted : "\"(not UTF-8)\"");
}

static void log_pair(struct buf *line, const char *key, const char *text)
{
	if (log_terminal)
		buf_fmt(line, " %s=", key);
	else
		buf_fmt(line, ",\"%s\":", key);
	log_quote(line, text ? text : "");
}

void log_write(enum log_level level, const char *event, ...)
{
	autobuf struct buf line = BUF_INIT(MOST_LINE);
	char now[40];
	const char *key;
	va_list ap;

	if (level < log_least)
		return;
	clock_rfc3339(now);
	if (log_terminal)
		buf_fmt(&line, "%.23s %-5s %s %s", now, level_names[level], log_program, event);
	else
		buf_fmt(&line,
			"{\"time\":\"%s\",\"level\":\"%s\",\"program\":\"%s\",\"event\":\"%s\"",
			now, level_names[level], log_program, event);
	va_start(ap, event);
	while ((key = va_arg(ap, const char *)))
		log_pair(&line, key, va_arg(ap, const char *));
	va_end(ap);
	buf_str(&line, log_terminal ? "\n" : "}\n");
	if (!line.failed && write(STDERR_FILENO, line.data, line.len) < 0)
		return; /* nowhere left to say it */
}

bool log_gate(struct log_gate *gate, int64_t now_ms)
{
	const unsigned most = 5;
	long long second = now_ms / 1000;

	if (atomic_exchange(&gate->second, second) != second)
		atomic_store(&gate->passed, 0);
	return atomic_fetch_add(&gate->passed, 1) < most;
}
