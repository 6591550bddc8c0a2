/* Help, manual page and outcome of a table of settings. */
#include "base/config_print.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"

static const char *row_kind(const struct config_row *row)
{
	static const char *const kinds[] = { [CONFIG_TEXT] = "TEXT",
		[CONFIG_INT] = "NUMBER",
		[CONFIG_DURATION] = "DURATION",
		[CONFIG_BOOL] = "" };

	return row->allowed ? row->allowed : kinds[row->type];
}

static void help_rows(const struct config_row *rows)
{
	for (; rows->name; rows++) {
		char left[80], letter[8] = "    ";

		if (rows->letter)
			snprintf(letter, sizeof(letter), "-%c, ", rows->letter);
		snprintf(left, sizeof(left), "  %s--%s %s", letter, rows->name, row_kind(rows));
		printf("%-36s %s", left, rows->help);
		if (!str_empty(rows->fallback))
			printf(" (default %s)", rows->fallback);
		putchar('\n');
	}
}

void config_print_help(const struct config_program *p, const struct config_row *common)
{
	printf("%s: %s\n\nusage: %s [flags]%s%s\n\n", p->name, p->summary, p->name,
		p->words ? " " : "", p->words ? p->words : "");
	help_rows(p->rows);
	help_rows(common);
	printf("\nA flag goes before the environment (--log.level is GALE_LOG_LEVEL), that before "
	       "the file\n(--config%s%s), that before the default.\n",
		p->file ? ", else " : "", p->file ? p->file : "");
}

/* roff reads a backslash, and a dot or a quote that begins a line. */
static void man_text(const char *text)
{
	bool line_begins = true;

	for (; *text; text++) {
		if (line_begins && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
		line_begins = *text == '\n';
	}
}

static void man_rows(const struct config_row *rows)
{
	for (; rows->name; rows++) {
		printf(".TP\n\\fB");
		if (rows->letter)
			printf("\\-%c\\fR, \\fB", rows->letter);
		man_text("--");
		man_text(rows->name);
		printf("\\fR \\fI");
		man_text(row_kind(rows));
		printf("\\fR\n");
		man_text(rows->help);
		if (!str_empty(rows->fallback)) {
			printf(" (default ");
			man_text(rows->fallback);
			putchar(')');
		}
		putchar('\n');
	}
}

void config_print_man(const struct config_program *p, const struct config_row *common)
{
	printf(".TH ");
	for (const char *at = p->name; *at; at++)
		putchar(toupper((unsigned char)*at));
	printf(" 1 \"\" \"Gale %s\"\n.SH NAME\n", GALE_VERSION);
	man_text(p->name);
	printf(" \\- ");
	man_text(p->summary);
	printf("\n.SH SYNOPSIS\n.B ");
	man_text(p->name);
	printf("\n[flags]%s%s\n", p->words ? " " : "", p->words ? p->words : "");
	if (p->about) {
		printf(".SH DESCRIPTION\n");
		man_text(p->about);
		putchar('\n');
	}
	printf(".SH OPTIONS\n");
	man_rows(p->rows);
	man_rows(common);
	printf(".PP\nA flag goes before the environment, that before the file, that before the "
	       "default.\n.SH ENVIRONMENT\n"
	       "Each flag has a variable: \\fB\\-\\-log.level\\fR is \\fBGALE_LOG_LEVEL\\fR.\n");
	if (p->file)
		printf(".SH FILES\n.TP\n.I %s\n"
		       "Settings, as YAML: \\fBlog.level: info\\fR, or \\fBlevel\\fR inside of "
		       "\\fBlog\\fR.\n",
			p->file);
}

static void value_print(const struct config_row *row, const struct config_value *v)
{
	const char *text = v->text ? v->text : row->fallback ? row->fallback : "";
	autojson json_t *value = json_string(row->secret && *text ? "********" : text);
	autofree char *quoted = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

	if (!*text && row->type != CONFIG_TEXT)
		text = row->type == CONFIG_BOOL ? "false" : "0";
	printf("%s: %s  # %s\n", row->name,
		row->type == CONFIG_TEXT ? quoted ? quoted : "\"\"" : text, v->origin);
}

void config_print_values(const struct config_row *rows, const struct config_value *values)
{
	for (size_t i = 0; rows[i].name; i++)
		value_print(&rows[i], &values[i]);
}
