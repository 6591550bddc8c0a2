/* The command line: one verb a file, a table row each; the list is made from the file names. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "fault/fault.h"
#include "fault/param.h"
#include "fault/scope.h"

struct k8s_scope;
struct verb;

/* A parsed command line. */
struct cli {
	const char *program; /* "gale", or the name that it was called by: "blade" */
	char *state;	     /* the state directory; NULL unless the verb uses it */
	const struct verb *verb;
	const struct scope *scope;   /* of the fault that the words name */
	bool in_k8s;		     /* it is one of a cluster: the word before it was k8s */
	const struct k8s_scope *k8s; /* of its first word; NULL: not in_k8s, or not yet there */
	struct words words;	     /* behind the verb, without that of the scope */
	json_t *flags;		     /* name -> text in the order given, without the global ones */
	bool help;
};

/* 0: done and said; positive: failed and said (the exit status); -ERR_x: main says it. */
typedef int verb_run_f(struct cli *c, struct err *e);

/* A verb is cmd_<name>.c, which defines verb_<name>. */
struct verb {
	const char *name, *alias;   /* alias NULL: none */
	const char *words;	    /* "TARGET ACTION [FLAG]...", for the usage line */
	const char *summary;	    /* one sentence, no full stop */
	const char *detail;	    /* paragraphs for help and manual; NULL: none */
	const char *example;	    /* lines of arguments, without the program's name */
	const struct param *params; /* its own flags; NULL: none */
	unsigned least, most;	    /* words that it takes */
	bool k8s_flags;		    /* takes those that say which cluster */
	bool fault_flags;	    /* takes the flags of TARGET ACTION and of every order too */
	unsigned fault_at;	    /* the word that is TARGET; ACTION follows */
	const char *implied;	    /* the word before TARGET when it is left out; NULL: none */
	bool uses_state;	    /* needs the settings: without it, no file is opened */
	verb_run_f *run;
};

const struct verb *const *verb_list(void); /* ended by NULL */
const struct verb *verb_find(const char *name);

extern const struct param global_params[]; /* state, help ... */
char param_letter(const char *name);	   /* 'a' for async; '\0': none */

/*
 * Fills c from the arguments, the environment and the file of settings. 1 when that was all that
 * was asked for (--print-config).
 */
int cli_parse(int argc, char **argv, struct cli *ret, struct err *e);
void cli_done(struct cli *c);

/* The next word of c: its verb, then where, then what. -ERR_COMMAND: there is no such verb. */
int cli_word(struct cli *c, const char *word, struct err *e);

/* Moves the flags that rows know out of c->flags into args (params_parse). */
int cli_take(struct cli *c, const struct param *rows, void *args, struct err *e);

/* -ERR_COMMAND in blade's wording: "illegal command, err: ...". */
int cli_illegal(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The fault that the words name (TARGET ACTION); a missing word is -ERR_MISSING. */
int cli_fault(const struct cli *c, const struct fault **ret, struct err *e);

#endif
