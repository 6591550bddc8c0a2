/* Names, labels and fields. */
#include "operator/select_query.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/text.h"

#define LABEL_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-.ABCDEFGHIJKLMNOPQRSTUVWXYZ_/"

int select_name(const char *name, struct err *e)
{
	return kube_name_good(name)
		       ? 0
		       : err_illegal(e, "selector", name, "names of namespaces, pods and nodes");
}

/* What is neither label nor value would be read as another selector. */
static int label_put(struct buf *to, const char *text, struct err *e)
{
	if (!text || text[strspn(text, LABEL_LETTERS)])
		return err_illegal(e, "selector", text ? text : "", "keys and values of labels");
	buf_str(to, text);
	return 0;
}

int select_labels(const json_t *map, struct buf *to, struct err *e)
{
	const char *key;
	json_t *value;
	int r = 0;

	json_object_foreach((json_t *)map, key, value)
	{
		buf_str(to, to->len ? "," : "");
		r = label_put(to, key, e);
		if (r == 0) {
			buf_str(to, "=");
			r = label_put(to, json_string_value(value), e);
		}
		if (r < 0)
			break;
	}
	return r;
}

static int values_put(const json_t *values, struct buf *to, struct err *e)
{
	const json_t *one;
	size_t i;
	int r = json_array_size(values) ? 0 : err_missing(e, "selector.expressionSelectors.values");

	buf_str(to, " (");
	json_array_foreach(values, i, one)
	{
		buf_str(to, i ? "," : "");
		if (r == 0)
			r = label_put(to, json_string_value(one), e);
	}
	buf_str(to, ")");
	return r;
}

static int expression_put(const json_t *expression, struct buf *to, struct err *e)
{
	static const struct {
		const char *name, *before, *behind;
		bool values;
	} operators[] = {
		{ "In", "", " in", true },
		{ "NotIn", "", " notin", true },
		{ "Exists", "", "", false },
		{ "DoesNotExist", "!", "", false },
	};
	const char *name = json_text(expression, "operator");

	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		int r;

		if (!str_eq(operators[i].name, name))
			continue;
		buf_fmt(to, "%s%s", to->len ? "," : "", operators[i].before);
		r = label_put(to, json_text(expression, "key"), e);
		buf_str(to, operators[i].behind);
		if (r == 0 && operators[i].values)
			r = values_put(json_object_get(expression, "values"), to, e);
		return r;
	}
	return err_illegal(e, "selector.expressionSelectors.operator", name,
		"In, NotIn, Exists or DoesNotExist");
}

static int field_put(const char *key, const char *value, struct buf *to, struct err *e)
{
	static const char *const fields[] = { "metadata.name", "metadata.namespace",
		"spec.nodeName", "spec.restartPolicy", "spec.schedulerName",
		"spec.serviceAccountName", "status.phase", "status.podIP",
		"status.nominatedNodeName" };
	bool known = false;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		known |= str_eq(fields[i], key);
	if (!known || !value)
		return err_illegal(e, "selector.fieldSelectors", key, "fields of a pod");
	buf_fmt(to, "%s%s=", to->len ? "," : "", key);
	for (; *value; value++) {
		buf_str(to, strchr("\\,=", *value) ? "\\" : "");
		buf_add(to, value, 1);
	}
	return 0;
}

static void query_put(struct buf *ret, const char *name, const struct buf *value)
{
	if (!value->len)
		return;
	buf_fmt(ret, "%s%s=", ret->len ? "&" : "", name);
	kube_escape(ret, buf_text(value));
}

int select_query(const json_t *selector, struct buf *ret, struct err *e)
{
	autobuf struct buf labels = BUF_INIT(SELECT_QUERY_MAX), fields = BUF_INIT(SELECT_QUERY_MAX);
	const json_t *one;
	const char *key;
	json_t *value;
	size_t i;
	int r = select_labels(json_object_get(selector, "labelSelectors"), &labels, e);

	json_array_foreach(json_object_get(selector, "expressionSelectors"), i, one)
	{
		if (r == 0)
			r = expression_put(one, &labels, e);
	}
	json_object_foreach(json_object_get(selector, "fieldSelectors"), key, value)
	{
		if (r == 0)
			r = field_put(key, json_string_value(value), &fields, e);
	}
	query_put(ret, "labelSelector", &labels);
	query_put(ret, "fieldSelector", &fields);
	if (r == 0 && (labels.failed || fields.failed || ret->failed))
		r = err_set(e, ERR_INVALID, 0, "selector: too long");
	return r;
}
