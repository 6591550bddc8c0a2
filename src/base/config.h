/*
 * The settings of a program, one row each: a flag, an environment variable and a key of a YAML file
 * in one. A flag goes before the environment, that before the file, that before the default.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/* What a setting is in the program's struct. */
enum config_type {
	CONFIG_TEXT,	 /* const char *, never NULL; lives as long as the struct config */
	CONFIG_INT,	 /* long long */
	CONFIG_DURATION, /* long long, milliseconds */
	CONFIG_BOOL,	 /* bool */
};

/*
 * "log.level" is the flag --log.level, the variable GALE_LOG_LEVEL (dots and dashes become
 * underscores), and in the file the key log.level or level inside of log.
 */
struct config_row {
	const char *name;
	enum config_type type;
	size_t offset;
	const char *fallback; /* as one would type it; NULL: "", 0, false */
	const char *help;     /* one line */
	char letter;	      /* short flag, 0: none */
	bool secret;	      /* never printed */
	bool list;	      /* the flag may be given more than once: joined by commas */
	long long min, max;   /* of a CONFIG_INT; both 0: no limits */
	const char *allowed;  /* of a CONFIG_TEXT: "debug|info|warn|error"; NULL: anything */
};

struct config_program {
	const char *name;    /* "gale-box" */
	const char *summary; /* one line */
	const char *about;   /* for the manual page, paragraphs; NULL: none */
	const char *words;   /* the arguments that are no flags, for the help; NULL: none */
	const char *file;    /* read when it is there and --config names none; NULL: none */
	const struct config_row *rows; /* ended by a row without a name */
};

struct config_value {
	char *text; /* NULL: nobody gave it */
	char origin[160];
	size_t line; /* of the file, 0: not in it */
};

struct config {
	struct config_value *values; /* one a row */
	size_t n;
	char *file; /* the file that was read, NULL: none */
	struct words words;
};

/*
 * Fills the program's struct at ret. Returns 1 when --help, --version or --print-config was asked
 * for and has been printed to stdout: the program ends well then. Errors name the flag, variable
 * or key. c is for config_free, also after a failure.
 */
int config_load(const struct config_program *p, int argc, char *const *argv, void *ret,
	struct config *c, struct err *e);
void config_free(struct config *c);

#define autoconfig __attribute__((cleanup(config_free)))

/*
 * The YAML of such a file: maps in maps, lists of texts (joined by commas), texts. No anchors.
 * Calls set for each dotted key; its failure ends the reading. Keys without a value are left out.
 */
typedef int config_set_f(const char *key, const char *value, size_t line, void *ctx, struct err *e);
int config_yaml(const char *text, size_t len, config_set_f *set, void *ctx, struct err *e);

#endif
