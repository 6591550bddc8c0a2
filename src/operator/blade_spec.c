/* The experiments of ChaosBlade objects. */
#include "operator/blade_spec.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "operator/blade.h"

enum {
	VALUE_MAX = 65536,
	MOST_SELECTED = 1000000,
};

/* --- matchers that are not the fault's -------------------------------------------------------- */

enum type {
	TEXT,  /* const char * */
	WORDS, /* struct words, separated by commas */
	NUMBER,
	PERIOD, /* long long, ms */
	NOTHING /* taken, and means nothing: there is no program to be brought into a container */
};

static const struct row {
	const char *name;
	enum type type;
	size_t offset;
	long long min, max;
} rows[] = {
	{ "namespace", TEXT, offsetof(struct blade, namespace) },
	{ "names", WORDS, offsetof(struct blade, names) },
	{ "labels", WORDS, offsetof(struct blade, labels) },
	{ "evict-group", WORDS, offsetof(struct blade, groups) },
	{ "evict-count", NUMBER, offsetof(struct blade, count), 1, MOST_SELECTED },
	{ "evict-percent", NUMBER, offsetof(struct blade, percent), 1, 100 },
	{ "container-names", WORDS, offsetof(struct blade, container_names) },
	{ "container-ids", WORDS, offsetof(struct blade, container_ids) },
	{ "container-index", NUMBER, offsetof(struct blade, container_index), 0, 1000 },
	{ "timeout", PERIOD, offsetof(struct blade, timeout_ms), 1, MOST_ORDER_MS },
	{ "chaosblade-path", NOTHING },
	{ "chaosblade-override", NOTHING },
	{ "chaosblade-deploy-mode", NOTHING },
	{ "chaosblade-download-url", NOTHING },
	{ "is-docker-network", NOTHING },
	{ "use-sidecar-container-network", NOTHING },
};

static int period_read(const struct row *row, const char *text, long long *ret, struct err *e)
{
	long long ms = 0;
	int r = str_to_duration(text, &ms, e);

	if (r < 0)
		return err_wrap(e, "%s", row->name);
	if (ms < row->min || ms > row->max)
		return err_illegal(e, row->name, text, "more than 0, 30 days at most");
	*ret = ms;
	return 0;
}

static int row_read(const struct row *row, const char *text, struct blade *b, struct err *e)
{
	void *to = (char *)b + row->offset;
	int r = 0;

	switch (row->type) {
	case TEXT:
		*(const char **)to = text;
		break;
	case WORDS:
		r = words_split(text, ',', to, e);
		break;
	case NUMBER:
		r = str_to_int(text, row->min, row->max, to, e);
		r = r < 0 ? err_wrap(e, "%s", row->name) : 0;
		break;
	case PERIOD:
		r = period_read(row, text, to, e);
		break;
	case NOTHING:
		break;
	}
	return r;
}

/* --- all matchers ----------------------------------------------------------------------------- */

static int value_join(const json_t *matcher, struct buf *ret, struct err *e)
{
	const json_t *values = json_object_get(matcher, "value"), *one;
	size_t i;

	json_array_foreach(values, i, one)
	{
		const char *text = json_string_value(one);

		buf_fmt(ret, "%s%s", i ? "," : "", text ? text : "");
	}
	return ret->failed ? err_set(e, ERR_INVALID, 0, "%.60s: longer than %d bytes",
				     json_text(matcher, "name"), VALUE_MAX)
			   : 0;
}

/* The command line makes a matcher of every flag: those without a value were not given. */
static int matchers_join(const json_t *matchers, json_t *ret, struct err *e)
{
	const json_t *one;
	size_t i;

	json_array_foreach(matchers, i, one)
	{
		autobuf struct buf value = BUF_INIT(VALUE_MAX);
		const char *name = json_text(one, "name");
		int r = value_join(one, &value, e);

		if (r < 0)
			return r;
		if (value.len == 0)
			continue;
		if (!*name || json_object_get(ret, name))
			return err_set(e, ERR_INVALID, 0, "matchers: `%.60s` %s", name,
				*name ? "is there twice" : "is no name");
		json_put_str(ret, name, buf_text(&value));
	}
	return 0;
}

static int matchers_read(struct blade *b, struct err *e)
{
	const char *name;
	json_t *value;
	int r = 0;

	json_object_foreach(b->given, name, value)
	{
		size_t i = 0;

		while (i < ARRAY_LEN(rows) && !str_eq(rows[i].name, name))
			i++;
		if (i == ARRAY_LEN(rows))
			json_object_set(b->flags, name, value);
		else
			r = row_read(&rows[i], json_string_value(value), b, e);
		if (r < 0)
			break;
	}
	return r;
}

/* --- one experiment --------------------------------------------------------------------------- */

static int word_check(const char *field, const char *text, struct err *e)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("-_", text[i]))
			return err_illegal(e, field, text, "letters, digits, '-' and '_'");
	return len ? 0 : err_missing(e, field);
}

bool blade_is_node(const struct blade *b)
{
	return str_eq(b->scope, "node");
}

static int scope_check(const struct blade *b, struct err *e)
{
	if (!blade_is_node(b) && !str_eq(b->scope, "pod") && !str_eq(b->scope, "container"))
		return err_illegal(e, "scope", b->scope, "node, pod or container");
	if (strchr(b->namespace, ','))
		return err_illegal(e, "namespace", b->namespace, "one value");
	if (blade_is_node(b) &&
		(b->container_names.n || b->container_ids.n || b->container_index >= 0))
		return err_set(e, ERR_INVALID, 0,
			"container-names, container-ids and "
			"container-index: a node is no container");
	for (size_t i = 0; i < b->labels.n; i++)
		if (!strchr(b->labels.v[i], '=') || *b->labels.v[i] == '=')
			return err_illegal(e, "labels", b->labels.v[i], "key=value");
	return 0;
}

int blade_read(const json_t *experiment, struct blade *ret, struct err *e)
{
	struct blade b = { .scope = json_text(experiment, "scope"),
		.target = json_text(experiment, "target"),
		.action = json_text(experiment, "action"),
		.namespace = "default",
		.container_index = -1,
		.flags = json_object(),
		.given = json_object() };
	int r = b.flags && b.given ? 0 : err_set(e, ERR_NOMEM, ENOMEM, "experiment");

	if (r == 0)
		r = word_check("target", b.target, e);
	if (r == 0)
		r = word_check("action", b.action, e);
	if (r == 0)
		r = matchers_join(json_object_get(experiment, "matchers"), b.given, e);
	if (r == 0)
		r = matchers_read(&b, e);
	if (r == 0)
		r = scope_check(&b, e);
	if (b.timeout_ms == 0 && !blade_is_pods(&b))
		b.timeout_ms = MOST_ORDER_MS;
	if (r < 0)
		blade_done(&b);
	else
		*ret = b;
	return r;
}

void blade_done(struct blade *b)
{
	words_free(&b->names);
	words_free(&b->labels);
	words_free(&b->groups);
	words_free(&b->container_names);
	words_free(&b->container_ids);
	json_decref(b->flags);
	json_decref(b->given);
	*b = (struct blade){ 0 };
}

/* Everything in a cluster is never meant by what was left out. */
static int where_check(const struct blade *b, struct err *e)
{
	if (b->names.n || b->labels.n || b->container_ids.n || b->count || b->percent)
		return 0;
	return err_missing(e, blade_is_node(b)
				      ? "names|labels|evict-count|evict-percent"
				      : "names|labels|container-ids|evict-count|evict-percent");
}

int blade_take(const json_t *spec, size_t i, struct blade *ret, struct err *e)
{
	struct blade b = { 0 };
	int r = blade_read(json_array_get(json_object_get(spec, "experiments"), i), &b, e);

	if (r == 0)
		r = blade_deed_check(&b, e);
	if (r == 0)
		r = where_check(&b, e);
	if (r < 0) {
		blade_done(&b);
		return err_wrap(e, "spec.experiments[%zu]", i);
	}
	*ret = b;
	return 0;
}

int blade_check(const struct kind *k, const json_t *spec, struct err *e)
{
	size_t n = json_array_size(json_object_get(spec, "experiments"));

	(void)k;
	for (size_t i = 0; i < n; i++) {
		autoblade struct blade b = { 0 };
		int r = blade_take(spec, i, &b, e);

		if (r < 0)
			return r;
	}
	return n ? 0 : err_missing(e, "spec.experiments");
}

/* What cannot be read may be anywhere: who makes it is told what is wrong with it elsewhere. */
bool blade_reach(const json_t *spec, const char *own, json_t *namespaces)
{
	const json_t *one;
	bool all = false;
	size_t i;

	(void)own;
	json_array_foreach(json_object_get(spec, "experiments"), i, one)
	{
		autoblade struct blade b = { 0 };

		if (blade_read(one, &b, NULL) < 0 || blade_is_node(&b))
			all = true;
		else if (!json_has_text(namespaces, b.namespace))
			json_array_append_new(namespaces, json_string(b.namespace));
	}
	return all;
}
