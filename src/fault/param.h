/*
 * The parameters of a fault, described once: flags, help, man page, spec, REST schema and web form
 * are all printed from these rows, and the engine parses into the fault's args struct by them.
 */
#ifndef FAULT_PARAM_H
#define FAULT_PARAM_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/nets.h"
#include "base/ranges.h"

enum param_type {
	PARAM_BOOL,	/* bool; on the command line without a value, or =true, =false */
	PARAM_INT,	/* long long; PARAM_UNSET when not given and without fallback */
	PARAM_REAL,	/* double; NAN when not given and without fallback */
	PARAM_STR,	/* char *, owned by the args; NULL when not given */
	PARAM_CHOICE,	/* char *, one of the blank-separated words in choices */
	PARAM_RANGES,	/* struct ranges, each number from min to max */
	PARAM_CHOICES,	/* char *, some of the words in choices, separated by commas */
	PARAM_NETS,	/* struct nets */
	PARAM_HOSTS,	/* the same, host names among them */
	PARAM_DURATION, /* long long, milliseconds, from min to max; PARAM_UNSET as PARAM_INT */
	PARAM_RATE,	/* long long, bits a second, from min to max; PARAM_UNSET as PARAM_INT */
};

#define PARAM_UNSET LLONG_MIN

enum param_flag {
	PARAM_REQUIRED = 1,   /* create without it is ERR_MISSING */
	PARAM_ON_DESTROY = 2, /* a destroy by matcher needs it too */
	PARAM_MATCHER = 4,    /* selects what is hit (blade's matchers); the others say how */
	PARAM_HIDDEN = 8,     /* accepted, not shown in help and forms */
};

struct param {
	const char *name;
	enum param_type type;
	size_t offset;	      /* of the member in the args struct */
	double min, max;      /* included; both 0: no limit */
	const char *unit;     /* "percent", "ms", "MB", "s" or NULL */
	const char *fallback; /* the default as text, or NULL */
	const char *choices;  /* PARAM_CHOICE and PARAM_CHOICES only */
	unsigned flags;
	const char *help, *zh; /* one sentence each, English and Chinese, no full stop */
	const char *query; /* "network interface": gale query lists values; NULL: nothing does */
	const char *also;  /* names that other tools call it by, blank-separated; NULL: none */
};

/* Rows end with an empty one: { 0 }. */

/*
 * Parses values (a JSON object of name -> text) into args by the rows: defaults, types, limits,
 * required ones. An unknown name, a bad value (the empty text is one) or a missing one is an error
 * that names the parameter, the value and what is allowed; args hold no memory then. On success
 * free with params_free.
 */
int params_parse(const struct param *rows, const json_t *values, void *args, struct err *e);
void params_free(const struct param *rows, void *args);

/* By its name or one of the others that it has; NULL: none. */
const struct param *params_find(const struct param *rows, const char *name);

bool param_has_choice(const char *chosen, const char *word); /* chosen: of PARAM_CHOICES, or NULL */

const char *param_type_name(enum param_type type);	    /* "int" */
void param_allowed(const struct param *p, struct buf *ret); /* "a whole number from 0 to 100" */
int param_illegal(const struct param *p, const char *value, struct err *e); /* -ERR_INVALID */

#endif
