/*
 * Faults on the middleware that a Java service talks to, made of rows of data: which methods of a
 * client library are hooked, and where in a call the values stand that it is matched by. */
#ifndef FAULTS_SHARED_MIDDLEWARE_H
#define FAULTS_SHARED_MIDDLEWARE_H

#include <stdbool.h>

#include "fault/fault.h"

#define MIDDLEWARE_MATCHERS 10
#define MIDDLEWARE_SITES    10

enum middleware_flag {
	MATCH_REGEX = 1,    /* the whole value is matched by a java.util.regex pattern */
	MATCH_SWITCH = 2,   /* --NAME: only the sites of that name; none of them given: all */
	MATCH_ONE = 4,	    /* of these switches exactly one must be given */
	MATCH_REQUIRED = 8, /* create without it is an error */
	MATCH_PARAMS =
		16, /* {"params":[{"key":K,"value":V}]}: for each, K is put for ? in the reader */
};

struct middleware_matcher {
	const char *name;
	unsigned flags;
	const char *help, *zh;
};

struct middleware_site {
	const char *only; /* the switch that this site belongs to, or NULL */
	const char *class, *method;
	const char *args; /* which overload: "argc=2", "args=int,long", "else argc=2"; NULL: any */
	const char *readers[MIDDLEWARE_MATCHERS]; /* "KEY TEXT": jvm/agent/reader.h */
};

struct middleware {
	const char *target;
	const char *what, *zh; /* what is hit: "SQL statements of MySQL" */
	const char *example;   /* matchers of a harmless call */
	const char *actions;   /* names of actions[] in middleware.c, blank-separated */
	bool jdk;	       /* a class of it looks like one of the JDK's own (javax.) */
	struct middleware_matcher matchers[MIDDLEWARE_MATCHERS];
	struct middleware_site sites[MIDDLEWARE_SITES + 1];
};

/* The faults of the rows, which end with an empty one; made once, never freed. */
const struct fault *middleware_faults(const struct middleware *rows);

#endif
