/* The grammar of the command line, cobra's: flags and words in any order, -f, --flag=value. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/config.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/k8s_access.h"
#include "cli/k8s_scope.h"
#include "fault/engine.h"

struct global_args {
	bool debug, help, print_config;
	char *state, *config, *flood_allow;
};

const struct param global_params[] = {
	{ "state", PARAM_STR, offsetof(struct global_args, state),
		.help = "directory of journal and records; else GALE_STATE, else /var/lib/gale" },
	{ "config", PARAM_STR, offsetof(struct global_args, config),
		.help = "YAML file with settings; else /etc/gale/gale.yaml when it is there" },
	{ "flood-allow", PARAM_STR, offsetof(struct global_args, flood_allow),
		.help = "addresses and networks that network flood may be aimed at; else GALE_FLOOD_ALLOW, "
			"else of the file, else none" },
	{ "print-config", PARAM_BOOL, offsetof(struct global_args, print_config),
		.help = "print each setting and where it comes from, and end" },
	{ "debug", PARAM_BOOL, offsetof(struct global_args, debug), .flags = PARAM_HIDDEN,
		.help = "accepted as blade's; there is nothing more to print" },
	{ "help", PARAM_BOOL, offsetof(struct global_args, help), .help = "print this" },
	{ 0 },
};

static const struct {
	char letter;
	const char *name;
} letters[] = {
	{ 'a', "async" },
	{ 'd', "debug" },
	{ 'e', "endpoint" },
	{ 'h', "help" },
	{ 'j', "javaHome" },
	{ 'k', "kubeconfig" },
	{ 'n', "nohup" },
	{ 'p', "process" },
	{ 'P', "port" },
	{ 'u', "uid" },
};

char param_letter(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(letters); i++)
		if (str_eq(letters[i].name, name))
			return letters[i].letter;
	return '\0';
}

int cli_illegal(struct err *e, const char *fmt, ...)
{
	char why[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return err_set(e, ERR_COMMAND, 0, "illegal command, err: %s", why);
}

/* Whether the word before TARGET ACTION says where: it is none of the words then. */
static bool scope_take(struct cli *c, const char *word)
{
	const struct scope *scope = scope_find(word);

	if (!c->verb->fault_flags || c->words.n != c->verb->fault_at || c->in_k8s ||
		!str_eq(c->scope->name, "host"))
		return false;
	c->in_k8s = c->verb->k8s_flags && str_eq(word, "k8s");
	if (scope)
		c->scope = scope;
	return scope || c->in_k8s;
}

/* Of SCOPE-TARGET behind k8s the target remains. */
static int k8s_take(struct cli *c, const char **word, struct err *e)
{
	if (!c->in_k8s || c->k8s || c->words.n != c->verb->fault_at)
		return 0;
	c->k8s = k8s_scope_find(*word, word);
	return c->k8s ? 0
		      : err_set(e, ERR_UNSUPPORTED, 0,
				"`%.60s`: action not supported: a target in a cluster begins with node-, pod- or container-",
				*word);
}

int cli_fault(const struct cli *c, const struct fault **ret, struct err *e)
{
	unsigned at = c->verb->fault_at;

	if (c->words.n <= at)
		return err_missing(e, "target");
	if (c->words.n == at + 1)
		return err_missing(e, "action");
	if (c->k8s)
		return k8s_fault_find(c->k8s, c->words.v[at], c->words.v[at + 1], ret, e);
	return fault_find(c->words.v[at], c->words.v[at + 1], ret, e);
}

/* As long as the words have not said where, all that select somewhere may be meant. */
static const struct param *scope_flag_find(const struct cli *c, const char *name)
{
	const struct param *p = params_find(c->scope->params, name);

	if (!p && (c->in_k8s || (c->verb->k8s_flags && c->words.n == 0)))
		p = params_find((c->k8s ? c->k8s : k8s_scopes_widest())->params, name);
	return p;
}

/* A flag of the fault that the words name; before they are there, of any fault. */
static int fault_flag_find(
	const struct cli *c, const char *name, const struct param **ret, struct err *e)
{
	const struct fault *fault;
	int r;

	*ret = params_find(order_params(), name);
	if (!*ret)
		*ret = scope_flag_find(c, name);
	if (*ret)
		return 0;
	if (c->words.n >= c->verb->fault_at + 2) {
		r = cli_fault(c, &fault, e);
		if (r == 0)
			*ret = params_find(fault->params, name);
		return r;
	}
	for (const struct fault *const *f = fault_list(); *f && !*ret; f++)
		*ret = params_find((*f)->params, name);
	return 0;
}

static int flag_find(const struct cli *c, const char *name, const struct param **ret, struct err *e)
{
	int r = 0;

	*ret = params_find(global_params, name);
	if (!*ret && c->verb && c->verb->params)
		*ret = params_find(c->verb->params, name);
	if (!*ret && c->verb && c->verb->k8s_flags)
		*ret = params_find(k8s_access_params, name);
	if (!*ret && c->verb && c->verb->fault_flags)
		r = fault_flag_find(c, name, ret, e);
	if (r < 0)
		return r;
	return *ret ? 0 : err_set(e, ERR_INVALID, 0, "unknown flag: --%.100s", name);
}

/* The arguments that are left. */
struct rest {
	char **argv; /* ended by NULL */
};

static const char *rest_next(struct rest *rest)
{
	return *rest->argv ? *rest->argv++ : NULL;
}

/* "--read true" is what consoles write for a switch, though "--read=true" or "--read" is meant. */
static const char *switch_value(struct rest *rest)
{
	const char *next = *rest->argv;

	return str_eq(next, "true") || str_eq(next, "false") ? rest_next(rest) : "true";
}

static int flag_put(
	struct cli *c, const struct param *p, const char *value, struct rest *rest, struct err *e)
{
	if (!value && p->type == PARAM_BOOL)
		value = switch_value(rest);
	if (!value)
		value = rest_next(rest);
	if (!value)
		return cli_illegal(e, "flag needs an argument: --%s", p->name);
	/* Given twice, the last one counts, as in blade. */
	if (json_object_set_new(c->flags, p->name, json_string(value)) < 0)
		return err_set(
			e, ERR_INVALID, 0, "illegal `%s` parameter value: not UTF-8 text", p->name);
	return 0;
}

static int flag_long(struct cli *c, const char *arg, struct rest *rest, struct err *e)
{
	size_t len = strcspn(arg, "=");
	autofree char *name = strndup(arg, len);
	const struct param *p = NULL;
	int r;

	if (!name)
		return err_set(e, ERR_NOMEM, ENOMEM, "read the arguments");
	r = flag_find(c, name, &p, e);
	return !p ? r : flag_put(c, p, arg[len] ? arg + len + 1 : NULL, rest, e);
}

/* "-ad", "-e URL", "-eURL", "-e=URL". */
static int flag_short(struct cli *c, const char *arg, struct rest *rest, struct err *e)
{
	while (*arg) {
		const struct param *p = NULL;
		const char *name = NULL;

		for (size_t i = 0; i < ARRAY_LEN(letters); i++)
			if (letters[i].letter == *arg)
				name = letters[i].name;
		if (name)
			flag_find(c, name, &p, NULL);
		if (!p)
			return err_set(e, ERR_INVALID, 0, "unknown shorthand flag: '%c' in -%.100s",
				*arg, arg);
		arg++;
		if (*arg == '=' || p->type != PARAM_BOOL)
			return flag_put(c, p, *arg ? arg + (*arg == '=') : NULL, rest, e);
		flag_put(c, p, "true", rest, e);
	}
	return 0;
}

int cli_word(struct cli *c, const char *word, struct err *e)
{
	int r;

	if (!c->verb) {
		c->verb = verb_find(word);
		if (!c->verb)
			return cli_illegal(
				e, "unknown command \"%.100s\" for \"%s\"", word, c->program);
		return 0;
	}
	if (c->words.n == 0 && c->verb->implied && fault_is_target(word)) {
		r = words_add(&c->words, c->verb->implied, strlen(c->verb->implied), e);
		if (r < 0)
			return r;
	}
	if (scope_take(c, word))
		return 0;
	r = k8s_take(c, &word, e);
	return r < 0 ? r : words_add(&c->words, word, strlen(word), e);
}

static int args_read(struct cli *c, char **argv, struct err *e)
{
	struct rest rest = { argv };
	bool only_words = false;
	const char *arg;
	int r = 0;

	while (r == 0 && (arg = rest_next(&rest))) {
		if (only_words || arg[0] != '-' || !arg[1])
			r = cli_word(c, arg, e);
		else if (str_eq(arg, "--"))
			only_words = true;
		else if (arg[1] == '-')
			r = flag_long(c, arg + 2, &rest, e);
		else
			r = flag_short(c, arg + 1, &rest, e);
	}
	return r;
}

int cli_take(struct cli *c, const struct param *rows, void *args, struct err *e)
{
	autojson json_t *own = json_object();

	for (const struct param *p = rows; p->name; p++) {
		json_t *value = json_object_get(c->flags, p->name);

		if (value)
			json_object_set(own, p->name, value);
		json_object_del(c->flags, p->name);
	}
	return params_parse(rows, own, args, e);
}

struct settings {
	const char *state, *flood_allow;
};

/*
 * A flag goes before the environment, that before the file. What a fault reads is put into the
 * environment. 1 when --print-config was answered.
 */
static int settings_load(const struct global_args *g, struct cli *c, struct err *e)
{
	static const struct config_row rows[] = {
		{ "state", CONFIG_TEXT, offsetof(struct settings, state), "/var/lib/gale",
			"directory of journal and records" },
		{ "flood-allow", CONFIG_TEXT, offsetof(struct settings, flood_allow), NULL,
			"addresses and networks that network flood may be aimed at" },
		{ 0 },
	};
	static const struct config_program program = {
		.name = "gale", .file = "/etc/gale/gale.yaml", .rows = rows
	};
	autoconfig struct config config = { 0 };
	char print[] = "--print-config", state[] = "--state", file[] = "--config",
	     allow[] = "--flood-allow";
	const struct {
		char *flag, *value;
	} given[] = { { state, g->state }, { file, g->config }, { allow, g->flood_allow } };
	char *argv[2 + 2 * ARRAY_LEN(given) + 1] = { print };
	struct settings values;
	int n = 1, r;

	if (g->print_config)
		argv[n++] = print;
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		if (!given[i].value)
			continue;
		argv[n++] = given[i].flag;
		argv[n++] = given[i].value;
	}
	r = config_load(&program, n, argv, &values, &config, e);
	if (r != 0)
		return r;
	c->state = strdup(values.state);
	return c->state && setenv("GALE_FLOOD_ALLOW", values.flood_allow, 1) == 0
		       ? 0
		       : err_set(e, ERR_NOMEM, ENOMEM, "read settings");
}

static int words_check(const struct cli *c, struct err *e)
{
	const struct verb *v = c->verb;

	if (!v || c->help || (c->words.n >= v->least && c->words.n <= v->most))
		return 0;
	return cli_illegal(e, "`%s %s` takes %s, got %zu arguments", c->program, v->name,
		*v->words ? v->words : "no argument", c->words.n);
}

int cli_parse(int argc, char **argv, struct cli *ret, struct err *e)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	struct global_args globals = { 0 };
	struct cli c = { .flags = json_object(), .scope = scope_find("host") };
	int r;

	c.program = argc > 0 ? (slash ? slash + 1 : argv[0]) : "gale";
	r = args_read(&c, argc > 0 ? argv + 1 : argv, e);
	if (r == 0)
		r = cli_take(&c, global_params, &globals, e);
	if (r == 0) {
		c.help = globals.help || (!c.verb && !globals.print_config);
		r = words_check(&c, e);
	}
	if (r == 0 && !c.help && (globals.print_config || c.verb->uses_state))
		r = settings_load(&globals, &c, e);
	params_free(global_params, &globals);
	*ret = c;
	return r;
}

void cli_done(struct cli *c)
{
	free(c->state);
	words_free(&c->words);
	json_decref(c->flags);
}
