/*
 * What a fault on a database matches of an SQL text: its kind and the tables that it names. No
 * parser of SQL: words, quotes and parentheses are enough for that. Freestanding: the agent library
 * runs it inside the JVM.
 */
#ifndef JVM_AGENT_SQL_H
#define JVM_AGENT_SQL_H

#include <stdbool.h>
#include <stddef.h>

struct sql {
	const char *text;
	size_t len;
	bool backslash; /* '\' quotes inside of a literal, as in MySQL */
};

/*
 * The verb of the statement, "select", "insert" ..., as it is written; behind WITH the verb of the
 * statement itself. Borrowed from the text; false when there is no word.
 */
bool sql_verb(const struct sql *sql, const char **ret, size_t *ret_len);

/*
 * Calls each(ctx, name, len) for the tables in the order of the text, without quotes: for a.b first
 * "b", then "a.b". Stops when each returns true, and returns that. A name of more than
 * SQL_NAME_MAX bytes is left out.
 */
#define SQL_NAME_MAX 200
bool sql_tables(
	const struct sql *sql, bool (*each)(void *ctx, const char *name, size_t len), void *ctx);

#endif
