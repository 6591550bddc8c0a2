/* The embedded catalogue, a fault at a time. */
#include "catalogue/offer.h"

#include <errno.h>
#include <string.h>
#include <threads.h>

#include "base/buf.h"
#include "base/embed.h"
#include "base/json.h"
#include "base/str.h"
#include "catalogue/value.h"

extern const struct embedded catalogue_files[];

/* --- where each fault stands ------------------------------------------------------------------ */

static struct index {
	json_t *common; /* the rows of parameters that every action has */
	json_t *heads;	/* of each fault names, scopes, and "at": where its text begins */
	int result;
} faults;
static once_flag faults_once = ONCE_FLAG_INIT;

/* The value whose text begins here. NULL: there is none, or no memory for it. */
static json_t *value_at(const char *text, const char **ret_end)
{
	json_error_t error;
	json_t *value = json_loadb(
		text, (size_t)(catalogue_files->end - text), JSON_DISABLE_EOF_CHECK, &error);

	if (value && ret_end)
		*ret_end = text + error.position;
	return value;
}

static json_t *head_of(const json_t *fault, const char *at)
{
	static const char *const keys[] = { "target", "action", "aliases", "scopes" };
	json_t *head = json_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		json_object_set(head, keys[i], json_object_get(fault, keys[i]));
	json_put_int(head, "at", at - catalogue_files->data);
	return head;
}

/* json_line() wrote it, without blanks; inside of a string these quotes would be escaped. */
static const char *list_of(const char *key)
{
	const char *at = strstr(catalogue_files->data, key);

	return at ? at + strlen(key) : NULL;
}

static void index_make(void)
{
	const char *at = list_of("\"common\":"), *end;
	json_t *fault;

	faults.common = at ? value_at(at, NULL) : NULL;
	faults.heads = json_array();
	at = list_of("\"faults\":[");
	while (at && *at != ']') {
		fault = value_at(at, &end);
		if (!fault) {
			at = NULL;
			break;
		}
		json_array_append_new(faults.heads, head_of(fault, at));
		json_decref(fault);
		at = end + (*end == ',');
	}
	faults.result = at && faults.common ? 0 : -ERR_NOMEM;
}

/* --- looking up ------------------------------------------------------------------------------- */

static bool is_called(const json_t *head, const char *target, const char *action)
{
	return str_eq(json_text(head, "target"), target) &&
	       (str_eq(json_text(head, "action"), action) ||
		       json_has_text(json_object_get(head, "aliases"), action));
}

/* The targets, or the actions of one of them, that the scope has. */
static void offered(const char *scope, const char *target, struct buf *ret)
{
	const char *last = "", *name;
	const json_t *head;
	size_t i;

	json_array_foreach(faults.heads, i, head)
	{
		name = json_text(head, target ? "action" : "target");
		if (!json_has_text(json_object_get(head, "scopes"), scope) ||
			(target && !str_eq(json_text(head, "target"), target)) ||
			str_eq(name, last))
			continue;
		buf_fmt(ret, "%s%s", ret->len ? ", " : "", name);
		last = name;
	}
}

static int unknown(const char *scope, const char *target, const char *action, struct err *e)
{
	autobuf struct buf names = BUF_INIT(300);

	offered(scope, target, &names);
	if (names.len)
		return err_set(e, ERR_UNSUPPORTED, 0, "unknown action `%.60s` of %s-%s; it has: %s",
			action, scope, target, buf_text(&names));
	offered(scope, NULL, &names);
	return err_set(e, ERR_UNSUPPORTED, 0,
		"unknown target `%.60s` of the scope %s; there are: %s", target, scope,
		buf_text(&names));
}

int offer_find(
	const char *scope, const char *target, const char *action, json_t **ret, struct err *e)
{
	const json_t *head;
	json_t *fault;
	size_t i;

	call_once(&faults_once, index_make);
	if (faults.result < 0)
		return err_set(e, ERR_NOMEM, ENOMEM, "read the catalogue");
	json_array_foreach(faults.heads, i, head)
	{
		if (!is_called(head, target, action))
			continue;
		if (!json_has_text(json_object_get(head, "scopes"), scope))
			return err_set(e, ERR_UNSUPPORTED, 0,
				"`%s-%s %s`: action not supported: it is one for nodes only", scope,
				target, action);
		fault = value_at(
			catalogue_files->data + json_integer_value(json_object_get(head, "at")),
			NULL);
		if (!fault)
			return err_set(e, ERR_NOMEM, ENOMEM, "read the catalogue");
		*ret = fault;
		return 0;
	}
	return unknown(scope, target, action, e);
}

/* --- flags ------------------------------------------------------------------------------------ */

static bool row_is(const json_t *row, const char *name)
{
	autowords struct words also = { 0 };

	if (str_eq(json_text(row, "name"), name))
		return true;
	if (words_split(json_text(row, "also"), ' ', &also, NULL) < 0)
		return false;
	for (size_t i = 0; i < also.n; i++)
		if (str_eq(also.v[i], name))
			return true;
	return false;
}

static const json_t *row_find(const json_t *rows, const char *name)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (row_is(row, name))
			return row;
	}
	return NULL;
}

static int flag_unknown(const json_t *rows, const char *name, struct err *e)
{
	autobuf struct buf names = BUF_INIT(250);
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (!json_is_true(json_object_get(row, "hidden")))
			buf_fmt(&names, "%s%s", names.len ? ", " : "", json_text(row, "name"));
	}
	return err_set(e, ERR_INVALID, 0, "unknown flag: --%.100s; there are: %s", name,
		names.len ? buf_text(&names) : "none");
}

static bool is_given(const json_t *row, const json_t *flags)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)flags, name, value)
	{
		if (row_is(row, name))
			return true;
	}
	return false;
}

int offer_check(const json_t *fault, const json_t *flags, struct err *e)
{
	const json_t *rows = json_object_get(fault, "params"), *row;
	const char *name;
	json_t *value;
	size_t i;
	int r = 0;

	json_object_foreach((json_t *)flags, name, value)
	{
		row = row_find(rows, name);
		if (!row)
			row = row_find(faults.common, name);
		r = row ? value_check(row, name, json_string_value(value), e)
			: flag_unknown(rows, name, e);
		if (r < 0)
			return r;
	}
	json_array_foreach(rows, i, row)
	{
		if (json_is_true(json_object_get(row, "required")) && !is_given(row, flags))
			return err_missing(e, json_text(row, "name"));
	}
	return 0;
}
