/* The settings of a program: from flags, environment and file into its struct. */
#include "base/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/config_print.h"
#include "base/fd.h"

#define MOST_FILE (256u << 10)

/* What every program takes beside its own rows. Its values are never in a file. */
struct config_common {
	const char *config;
	bool help, version, print_config, print_man;
};

static const struct config_row common_rows[] = {
	{ "config", CONFIG_TEXT, offsetof(struct config_common, config), NULL,
		"YAML file with settings" },
	{ "print-config", CONFIG_BOOL, offsetof(struct config_common, print_config), NULL,
		"print each setting and where it comes from, and end" },
	{ "print-man", CONFIG_BOOL, offsetof(struct config_common, print_man), NULL,
		"print the manual page, in roff, and end" },
	{ "version", CONFIG_BOOL, offsetof(struct config_common, version), NULL,
		"print the version, and end" },
	{ "help", CONFIG_BOOL, offsetof(struct config_common, help), NULL, "print this, and end",
		'h' },
	{ 0 },
};

/* One table of rows with the values found so far. */
struct config_set {
	const struct config_row *rows;
	struct config_value *values;
};

struct config_reader {
	const struct config_program *program;
	struct config_set own, common;
	const char *file;
};

static size_t rows_count(const struct config_row *rows)
{
	size_t n = 0;

	while (rows[n].name)
		n++;
	return n;
}

static void env_name(const struct config_row *row, char ret[static 128])
{
	snprintf(ret, 128, "GALE_%s", row->name);
	for (char *at = ret; *at; at++)
		*at = *at == '.' || *at == '-' ? '_' : (char)toupper((unsigned char)*at);
}

static int value_put(struct config_value *v, const char *text, struct err *e)
{
	v->text = strdup(text);
	return v->text ? 0 : err_set(e, ERR_NOMEM, ENOMEM, "read settings");
}

static int value_join(struct config_value *v, const char *text, struct err *e)
{
	char *joined;

	if (asprintf(&joined, "%s,%s", v->text, text) < 0)
		return err_set(e, ERR_NOMEM, ENOMEM, "read settings");
	free(v->text);
	v->text = joined;
	return 0;
}

/* Flags. */

/* The row of "name" (len bytes), or of a letter when name is NULL, in either table. */
static struct config_value *flag_find(struct config_reader *rd, const char *name, size_t len,
	char letter, const struct config_row **ret_row)
{
	struct config_set *sets[] = { &rd->own, &rd->common };

	for (size_t s = 0; s < ARRAY_LEN(sets); s++) {
		for (size_t i = 0; sets[s]->rows[i].name; i++) {
			const struct config_row *row = &sets[s]->rows[i];

			if (name ? strncmp(row->name, name, len) == 0 && !row->name[len]
				 : row->letter && row->letter == letter) {
				*ret_row = row;
				return &sets[s]->values[i];
			}
		}
	}
	return NULL;
}

/* Takes the flag at argv[*i], and argv[*i + 1] when that is its value. */
static int flag_take(struct config_reader *rd, char *const *argv, int *i, struct err *e)
{
	const char *arg = argv[*i], *name = arg[1] == '-' ? arg + 2 : NULL;
	size_t len = name ? strcspn(name, "=") : 1;
	const char *rest = name ? name + len : arg + 2, *text = NULL;
	const struct config_row *row;
	struct config_value *v = flag_find(rd, name, len, arg[1], &row);

	if (!v)
		return err_set(e, ERR_INVALID, 0, "unknown flag `%.*s` (see --help)",
			name ? (int)len + 2 : 2, arg);
	if (*rest)
		text = rest + (*rest == '=');
	else if (row->type == CONFIG_BOOL)
		text = "true";
	else if (argv[*i + 1])
		text = argv[++*i];
	if (!text)
		return err_set(e, ERR_MISSING, 0, "--%s needs a value", row->name);
	if (v->text && row->list)
		return value_join(v, text, e);
	if (v->text)
		return err_set(e, ERR_INVALID, 0, "--%s is given twice", row->name);
	snprintf(v->origin, sizeof(v->origin), "flag --%s", row->name);
	return value_put(v, text, e);
}

static int flags_read(
	struct config_reader *rd, int argc, char *const *argv, struct words *words, struct err *e)
{
	bool only_words = false;
	int r = 0;

	for (int i = 1; i < argc && r == 0; i++) {
		if (only_words || argv[i][0] != '-' || !argv[i][1]) {
			if (!rd->program->words)
				return err_set(e, ERR_INVALID, 0,
					"unexpected argument `%.100s` (see --help)", argv[i]);
			r = words_add(words, argv[i], strlen(argv[i]), e);
		} else if (strcmp(argv[i], "--") == 0) {
			only_words = true;
		} else {
			r = flag_take(rd, argv, &i, e);
		}
	}
	return r;
}

/* Environment and file. */

static int env_read(struct config_set *set, struct err *e)
{
	int r = 0;

	for (size_t i = 0; set->rows[i].name && r == 0; i++) {
		struct config_value *v = &set->values[i];
		const char *text;
		char name[128];

		env_name(&set->rows[i], name);
		text = getenv(name);
		if (v->text || str_empty(text))
			continue;
		snprintf(v->origin, sizeof(v->origin), "environment %s", name);
		r = value_put(v, text, e);
	}
	return r;
}

static int file_set(const char *key, const char *value, size_t line, void *ctx, struct err *e)
{
	struct config_reader *rd = ctx;

	for (size_t i = 0; rd->own.rows[i].name; i++) {
		struct config_value *v = &rd->own.values[i];

		if (strcmp(rd->own.rows[i].name, key) != 0)
			continue;
		if (v->line)
			return err_set(
				e, ERR_INVALID, 0, "line %zu: `%s` is given twice", line, key);
		v->line = line;
		if (v->text)
			return 0;
		snprintf(v->origin, sizeof(v->origin), "%.130s line %zu", rd->file, line);
		return value_put(v, value, e);
	}
	return err_set(e, ERR_INVALID, 0, "line %zu: unknown setting `%.100s`", line, key);
}

static int config_file_read(
	struct config_reader *rd, const char *asked, struct config *c, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_FILE);
	int r;

	if (str_empty(asked))
		asked = getenv("GALE_CONFIG");
	rd->file = str_empty(asked) ? rd->program->file : asked;
	if (!rd->file)
		return 0;
	r = file_read(AT_FDCWD, rd->file, &text, e);
	if (r == -ERR_NOTFOUND && str_empty(asked))
		return 0;
	c->file = strdup(rd->file);
	if (r == 0 && config_yaml(buf_text(&text), text.len, file_set, rd, e) < 0)
		return err_wrap(e, "%s", rd->file);
	return r;
}

/* From text to the program's struct. */

static int bool_parse(const char *text, bool *ret, struct err *e)
{
	static const char *const yes[] = { "true", "yes", "on", "1" };
	static const char *const no[] = { "false", "no", "off", "0" };

	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*ret = strcmp(text, yes[i]) == 0;
			return 0;
		}
	}
	return err_set(e, ERR_INVALID, 0, "`%.100s` is neither true nor false", text);
}

static int allowed_check(const char *allowed, const char *text, struct err *e)
{
	size_t len = strlen(text);

	for (const char *at = allowed; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL) {
		if (strncmp(at, text, len) == 0 && (!at[len] || at[len] == '|'))
			return 0;
	}
	return err_set(e, ERR_INVALID, 0, "`%.100s` is none of %s", text, allowed);
}

static int row_store(const struct config_row *row, const char *text, void *ret, struct err *e)
{
	void *member = (char *)ret + row->offset;
	bool limits = row->min || row->max;
	int r = 0;

	switch (row->type) {
	case CONFIG_TEXT:
		if (row->allowed)
			r = allowed_check(row->allowed, text ? text : "", e);
		if (r == 0)
			*(const char **)member = text ? text : "";
		return r;
	case CONFIG_INT:
		return str_to_int(text ? text : "0", limits ? row->min : LLONG_MIN,
			limits ? row->max : LLONG_MAX, member, e);
	case CONFIG_DURATION:
		return str_to_duration(text ? text : "0", member, e);
	case CONFIG_BOOL:
		return bool_parse(text ? text : "false", member, e);
	}
	return 0;
}

static int set_store(const struct config_set *set, void *ret, struct err *e)
{
	for (size_t i = 0; set->rows[i].name; i++) {
		const struct config_row *row = &set->rows[i];
		struct config_value *v = &set->values[i];

		if (!v->text)
			snprintf(v->origin, sizeof(v->origin), "default");
		if (row_store(row, v->text ? v->text : row->fallback, ret, e) < 0)
			return err_wrap(e, "%s (%s)", row->name, v->origin);
	}
	return 0;
}

static bool asked_print(
	const struct config_common *asked, const struct config_program *p, struct config_set *own)
{
	if (asked->help)
		config_print_help(p, common_rows);
	else if (asked->version)
		printf("%s version: %s\n", p->name, GALE_VERSION);
	else if (asked->print_man)
		config_print_man(p, common_rows);
	else if (asked->print_config)
		config_print_values(own->rows, own->values);
	else
		return false;
	return true;
}

static int config_read(struct config_reader *rd, int argc, char *const *argv, void *ret,
	struct config *c, struct err *e)
{
	struct config_common asked;
	int r = flags_read(rd, argc, argv, &c->words, e);

	if (r == 0)
		r = set_store(&rd->common, &asked, e);
	if (r < 0)
		return r;
	if (asked.help || asked.version || asked.print_man)
		return asked_print(&asked, rd->program, &rd->own);
	r = env_read(&rd->own, e);
	if (r == 0)
		r = config_file_read(rd, asked.config, c, e);
	if (r == 0)
		r = set_store(&rd->own, ret, e);
	return r < 0 ? r : asked_print(&asked, rd->program, &rd->own);
}

int config_load(const struct config_program *p, int argc, char *const *argv, void *ret,
	struct config *c, struct err *e)
{
	struct config_value common[ARRAY_LEN(common_rows)] = { 0 };
	struct config_reader rd = { .program = p, .common = { common_rows, common } };
	int r;

	*c = (struct config){ .values = calloc(rows_count(p->rows) + 1, sizeof(*c->values)) };
	if (!c->values)
		return err_set(e, ERR_NOMEM, ENOMEM, "read settings");
	c->n = rows_count(p->rows);
	rd.own = (struct config_set){ p->rows, c->values };
	r = config_read(&rd, argc, argv, ret, c, e);
	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		free(common[i].text);
	return r;
}

void config_free(struct config *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->values[i].text);
	free(c->values);
	free(c->file);
	words_free(&c->words);
	*c = (struct config){ 0 };
}
