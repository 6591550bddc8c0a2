/* The catalogue as JSON, in Gale's shape and in blade's. */
#include "cli/catalogue.h"

#include "base/json.h"
#include "base/str.h"
#include "cli/help.h"
#include "cli/k8s_scope.h"
#include "fault/engine.h"
#include "fault/fault.h"
#include "fault/scope.h"

static json_t *words_json(const char *text)
{
	autowords struct words words = { 0 };
	json_t *list = json_array();

	if (text && words_split(text, ' ', &words, NULL) == 0)
		for (size_t i = 0; i < words.n; i++)
			json_array_append_new(list, json_str(words.v[i]));
	return list;
}

static json_t *texts_json(const char *en, const char *zh)
{
	json_t *texts = json_object();

	json_put_str(texts, "en", en);
	json_put_str(texts, "zh", zh ? zh : en);
	return texts;
}

static void put_limit(json_t *object, const char *key, double limit)
{
	if (limit == (double)(long long)limit)
		json_put_int(object, key, (long long)limit);
	else
		json_put_real(object, key, limit);
}

static json_t *param_json(const struct param *p)
{
	autobuf struct buf allowed = BUF_INIT(1000);
	json_t *row = json_object();

	param_allowed(p, &allowed);
	json_put_str(row, "name", p->name);
	json_put_str(row, "type", param_type_name(p->type));
	if (p->min != 0 || p->max != 0) {
		put_limit(row, "min", p->min);
		put_limit(row, "max", p->max);
	}
	json_put_str(row, "unit", p->unit);
	json_put_str(row, "default", p->fallback);
	json_put_str(row, "query", p->query);
	json_put_str(row, "also", p->also);
	if (p->choices)
		json_object_set_new(row, "choices", words_json(p->choices));
	json_put_bool(row, "required", p->flags & PARAM_REQUIRED);
	json_put_bool(row, "onDestroy", p->flags & PARAM_ON_DESTROY);
	json_put_bool(row, "matcher", p->flags & PARAM_MATCHER);
	json_put_bool(row, "hidden", p->flags & PARAM_HIDDEN);
	json_put_str(row, "allowed", buf_text(&allowed));
	json_object_set_new(row, "help", texts_json(p->help, p->zh));
	return row;
}

static json_t *params_json(const struct param *rows)
{
	json_t *list = json_array();

	for (const struct param *p = rows; p->name; p++)
		json_array_append_new(list, param_json(p));
	return list;
}

static json_t *needs_json(unsigned needs)
{
	json_t *list = json_array();

	for (const struct need *n = need_list(); n->name; n++)
		if (needs & n->bit)
			json_array_append_new(list, json_string(n->name));
	return list;
}

static json_t *fault_json(const struct fault *f, const char *scopes)
{
	json_t *row = json_object();

	json_put_str(row, "target", f->target);
	json_put_str(row, "action", f->action);
	json_object_set_new(row, "aliases", words_json(f->aliases));
	json_object_set_new(row, "scopes", words_json(scopes));
	json_put_str(row, "category", f->category);
	json_object_set_new(row, "summary", texts_json(f->summary, f->zh));
	json_put_str(row, "example", f->example);
	json_put_bool(row, "once", f->flags & FAULT_ONCE);
	json_put_bool(row, "netns", f->flags & FAULT_NETNS);
	json_object_set_new(row, "needs", needs_json(f->needs));
	json_object_set_new(row, "params", params_json(f->params));
	return row;
}

/* The scopes of a cluster: what selects in each, and the faults that no host has. */
static json_t *kubernetes_json(void)
{
	json_t *list = json_array(), *row, *faults;

	for (const struct k8s_scope *s = k8s_scopes(); s->name; s++) {
		row = json_object();
		faults = json_array();
		json_put_str(row, "scope", s->name);
		json_object_set_new(row, "params", params_json(s->params));
		for (const struct fault *const *f = s->own; *f; f++)
			json_array_append_new(faults, fault_json(*f, s->name));
		json_object_set_new(row, "faults", faults);
		json_array_append_new(list, row);
	}
	return list;
}

/* Not a fault, but a step of a drill as one is: blade's console has it under this name. */
static json_t *prepare_json(const struct param *rows)
{
	json_t *row = json_object();

	json_put_str(row, "target", "jvm");
	json_put_str(row, "action", "install");
	json_object_set_new(row, "scopes", words_json("host"));
	json_put_str(row, "category", "java_prepare");
	json_object_set_new(
		row, "summary", texts_json("Put the agent library into a JVM", "安装 Java 探针"));
	json_object_set_new(row, "params", params_json(rows));
	return row;
}

json_t *catalogue_json(const struct param *prepare_rows)
{
	json_t *all = json_object(), *faults = json_array();

	json_put_str(all, "version", GALE_VERSION);
	json_object_set_new(all, "common", params_json(order_params()));
	json_object_set_new(all, "prepare", json_pack("[o]", prepare_json(prepare_rows)));
	for (const struct fault *const *f = fault_list(); *f; f++)
		json_array_append_new(faults,
			fault_json(*f, scope_contains(*f) ? "host docker cri node pod container"
							  : "host node"));
	json_object_set_new(all, "faults", faults);
	json_object_set_new(all, "kubernetes", kubernetes_json());
	return all;
}

/* --- blade's shape --------------------------------------------------------------------------- */

static json_t *blade_flag(const struct param *p)
{
	autobuf struct buf desc = BUF_INIT(2000);
	json_t *row = json_object();

	help_sentence(p, &desc);
	json_put_str(row, "name", p->name);
	json_put_str(row, "desc", buf_text(&desc));
	json_put_bool(row, "noArgs", p->type == PARAM_BOOL);
	json_put_bool(row, "required", p->flags & PARAM_REQUIRED);
	json_put_bool(row, "requiredWhenDestroyed", p->flags & PARAM_ON_DESTROY);
	json_put_str(row, "default", p->fallback);
	return row;
}

/* The rows that select, or those that do not. */
static json_t *blade_flags(const struct param *rows, unsigned matcher)
{
	json_t *list = json_array();

	for (const struct param *p = rows; p->name; p++)
		if ((p->flags & PARAM_MATCHER) == matcher && !(p->flags & PARAM_HIDDEN))
			json_array_append_new(list, blade_flag(p));
	return list;
}

static json_t *blade_action(const struct fault *f)
{
	autobuf struct buf example = BUF_INIT(1000);
	json_t *row = json_object(), *flags = blade_flags(f->params, 0);
	autojson json_t *common = blade_flags(order_params(), 0);

	json_array_extend(flags, common);
	buf_fmt(&example, "gale create %s %s %s", f->target, f->action,
		f->example ? f->example : "");
	json_put_str(row, "action", f->action);
	json_object_set_new(row, "aliases", words_json(f->aliases));
	json_put_str(row, "shortDesc", f->summary);
	json_put_str(row, "longDesc", f->summary);
	json_object_set_new(row, "matchers", blade_flags(f->params, PARAM_MATCHER));
	json_object_set_new(row, "flags", flags);
	json_put_str(row, "example", buf_text(&example));
	json_object_set_new(row, "programs", json_array());
	json_object_set_new(row, "categories", words_json(f->category));
	json_put_bool(row, "actionProcessHang", false);
	return row;
}

static json_t *blade_item(const char *target)
{
	json_t *item = json_object(), *actions = json_array();

	for (const struct fault *const *f = fault_list(); *f; f++)
		if (str_eq((*f)->target, target))
			json_array_append_new(actions, blade_action(*f));
	json_put_str(item, "target", target);
	json_put_str(item, "shortDesc", target);
	json_put_str(item, "longDesc", target);
	json_put_str(item, "scope", "host");
	json_object_set_new(item, "flags", json_array());
	json_object_set_new(item, "actions", actions);
	return item;
}

json_t *catalogue_blade(void)
{
	json_t *all = json_object(), *items = json_array();
	const char *last = NULL;

	json_put_str(all, "version", "v1");
	json_put_str(all, "kind", "plugin");
	for (const struct fault *const *f = fault_list(); *f; f++) {
		if (!str_eq((*f)->target, last))
			json_array_append_new(items, blade_item((*f)->target));
		last = (*f)->target;
	}
	json_object_set_new(all, "items", items);
	return all;
}
