/* A command of protocol.h, taken apart. Pure: the texts of the result lie in the text given. */
#ifndef JVM_AGENT_COMMAND_H
#define JVM_AGENT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	COMMAND_SITES_MAX = 64,
	COMMAND_CONDITIONS_MAX = 16,
	COMMAND_READERS_MAX = 256,
};

struct site {
	const char *class; /* binary name */
	const char *by;	   /* "name", "super", "interface" */
	const char *method;
	const char *args;      /* NULL: any */
	const char *argc;      /* NULL: any */
	const char *otherwise; /* "1": only where the site before this one means no method */
};

struct site_reader { /* where the value of a matcher stands in the calls of a site */
	size_t site;
	const char *key, *text;
	struct reader *reader; /* of a rule: what text says (reader.h) */
};

struct condition {
	unsigned arg;	 /* the parameter, when key is NULL */
	const char *key; /* of a reader of the site */
	char op;	 /* = ~ ^ * */
	const char *text;
};

struct command {
	const char *cmd;
	uint64_t id;
	const char *uid, *key, *action, *when;
	uint64_t left; /* ms, 0: for ever */
	uint64_t count, percent, seed;
	uint64_t time, offset; /* ms */
	const char *exception, *message;
	const char *value;
	struct {
		unsigned arg;
		const char *name; /* NULL: none */
		int number;
	} call;
	const char *source, *class_name, *jars, *jar_dir;
	const char *area, *state;
	uint64_t wild, interval, block;
	uint64_t wait, system, hold;
	size_t n_sites, n_conditions, n_readers;
	struct site sites[COMMAND_SITES_MAX];
	struct condition conditions[COMMAND_CONDITIONS_MAX];
	struct site_reader readers[COMMAND_READERS_MAX];
};

/*
 * False: why (of size why_size) says what is wrong; cmd and id are set when they could be read,
 * else NULL and 0. Whatever the command does not name is NULL or 0.
 */
bool command_parse(char *text, size_t len, struct command *ret, char *why, size_t why_size);

#endif
