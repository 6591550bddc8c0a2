/*
 * Where the value of a matcher stands in a call: a text, one for each matcher and place, that the
 * privileged side's table has (src/faults/middleware_table.c) and that comes with the rule:
 *
 *	reader = path { '|' path }            the first path that has a value
 *	path   = 'stack'                        each method that the thread is in (stack.h)
 *	       | [ kind ':' ] term { '+' term }	terms are joined; what is not there is empty
 *	term   = ( 'this' | N ) { step }      the object, or argument N from 0
 *	step   = '.' name                     a field, whatever its type
 *	       | '.' name '()'                a method without parameters
 *	       | '.' name '("' text '")'      a method of one String
 *	       | '[' N ']'                    an element of an array of objects or a java.util.List
 *	       | '[*]'                        each element of one, or of a Collection; else itself
 *
 * Fields and methods are found by name in the object's class and above, whoever may see them. What
 * comes out is a text: a String, a byte[] as UTF-8, a number, or what toString() says. null, a
 * member that is not there and an exception are all "no value".
 *
 * A kind makes other values of the text: sql-verb, sql-tables and mysql-verb, mysql-tables (sql.h);
 * url (the address without its query, and the path alone).
 */
#ifndef JVM_AGENT_READER_H
#define JVM_AGENT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jvm/agent/jni_slice.h"

#define READER_TEXT_MAX	 500 /* of a reader */
#define READER_PATHS_MAX 4
#define READER_STEPS_MAX 24   /* of all its paths */
#define READER_VALUE_MAX 4096 /* a longer value is cut */

enum reader_step_kind {
	READER_START,	/* a term begins: number is the argument, -1 for `this` */
	READER_FIELD,	/* name */
	READER_METHOD,	/* name */
	READER_ASK,	/* name, text: the method's argument */
	READER_ELEMENT, /* number */
	READER_EACH,
};

enum reader_kind {
	READER_PLAIN,
	READER_SQL_VERB,
	READER_SQL_TABLES,
	READER_MYSQL_VERB,
	READER_MYSQL_TABLES,
	READER_URL,
	READER_STACK, /* the path has no steps */
};

struct reader_member;

struct reader_step {
	enum reader_step_kind kind;
	int number;
	const char *name, *text;       /* in the reader's words */
	struct reader_member *members; /* found so far; atomic, only grows */
};

struct reader_path {
	enum reader_kind kind;
	unsigned first, n; /* of the steps */
};

struct reader {
	char words[READER_TEXT_MAX + 1];
	unsigned paths_n, steps_n;
	struct reader_path paths[READER_PATHS_MAX];
	struct reader_step steps[READER_STEPS_MAX];
};

/* Parses into ret, which must stay where it is; false when the text is none. Pure. */
bool reader_parse(const char *text, struct reader *ret);

typedef bool reader_test(void *ctx, const char *value); /* value is ended by NUL */

/* The values that a kind makes of one text: true as soon as the test is. Pure. */
bool reader_values(
	enum reader_kind kind, const char *text, size_t len, reader_test *test, void *ctx);

/* Once, before the first reader is used, by a thread with the lock of the commands. */
bool reader_ready(jni_env *env);

/*
 * Reads in a call: true when one of the values passes the test. From any Java thread without a
 * pending exception; leaves neither exceptions nor references behind.
 */
bool reader_any(jni_env *env, struct reader *r, jobject self, jobjectArray args, reader_test *test,
	void *ctx);

/*
 * Puts the text where the first path that has a value ends, which must be a field with a String or
 * a byte[] (it gets UTF-8); false when there was none. Otherwise as reader_any.
 */
bool reader_replace(
	jni_env *env, struct reader *r, jobject self, jobjectArray args, const char *text);

/* Gives back what reading has found. Nobody reads any more. */
void reader_done(jni_env *env, struct reader *r);

#endif
