/* gale check os [TARGET ACTION], check java: what this machine gives, and what it lacks. */
#include <errno.h>
#include <net/if.h>

#include "base/buf.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/reply.h"
#include "fault/engine.h"
#include "jvm/jvms.h"

static json_t *check_needs(const struct fault *f, bool wanted)
{
	json_t *list = json_array();

	for (const struct need *n = need_list(); n->name; n++)
		if ((f->needs & n->bit) && n->have() == wanted)
			json_array_append_new(list, json_string(n->name));
	return list;
}

static json_t *check_fault(const struct fault *f)
{
	json_t *row = json_object();

	json_put_str(row, "target", f->target);
	json_put_str(row, "action", f->action);
	json_put_bool(row, "success", engine_needs(f, NULL) == 0);
	json_object_set_new(row, "has", check_needs(f, true));
	json_object_set_new(row, "lacks", check_needs(f, false));
	return row;
}

static int check_all(const char *target, struct err *e)
{
	json_t *rows = json_array();
	const struct fault *none;

	for (const struct fault *const *f = fault_list(); *f; f++)
		if (!target || str_eq(target, (*f)->target))
			json_array_append_new(rows, check_fault(*f));
	if (target && json_array_size(rows) == 0) {
		json_decref(rows);
		return fault_find(target, "", &none, e);
	}
	return reply_print_pretty(reply_new(rows), e);
}

/* What it would do here, *ret a list of text. */
static int check_plan(const struct fault *f, const json_t *flags, json_t **ret, struct err *e)
{
	autojson json_t *plan = NULL;
	struct order o = { 0 };
	int r = order_make("host", f->target, f->action, flags, &o, e);

	if (r == 0)
		r = engine_plan(&o, &plan, e);
	order_done(&o);
	if (r == 0)
		*ret = json_incref(json_object_get(plan, "operations"));
	return r;
}

/* The flags of the fault's example. */
static int check_example(const struct fault *f, json_t **ret, struct err *e)
{
	autowords struct words w = { 0 };
	int r = words_parse(f->example ? f->example : "", &w, e);

	if (r < 0)
		return r;
	*ret = json_object();
	for (size_t i = 0; i + 1 < w.n; i++)
		if (str_starts(w.v[i], "--") && !str_starts(w.v[i + 1], "--"))
			json_put_str(*ret, w.v[i] + 2, w.v[i + 1]);
	return 0;
}

/* Of a fault at an interface, when none is given: by what means each of them would have it. */
static int check_interfaces(const struct fault *f, json_t *row, struct err *e)
{
	autojson json_t *flags = NULL, *list = json_array();
	struct if_nameindex *all;
	int r = check_example(f, &flags, e);

	if (r < 0)
		return r;
	all = if_nameindex();
	if (!all)
		return err_set(e, ERR_SYSTEM, errno, "list of network interfaces");
	for (const struct if_nameindex *i = all; i->if_index != 0; i++) {
		json_t *one = json_object(), *operations = NULL;
		struct err why = { 0 };

		json_put_str(one, "interface", i->if_name);
		json_put_str(flags, "interface", i->if_name);
		if (check_plan(f, flags, &operations, &why) == 0)
			json_object_set_new(one, "operations", operations);
		else
			json_put_str(one, "error", why.msg);
		json_array_append_new(list, one);
	}
	if_freenameindex(all);
	json_object_set(row, "interfaces", list);
	return 0;
}

/* Flags are looked at too, when there are any. */
static int check_one(const struct cli *c, const struct fault *f, struct err *e)
{
	autojson json_t *row = check_fault(f);
	json_t *operations = NULL;
	int r = engine_needs(f, e);

	if (r == 0 && json_object_size(c->flags))
		r = check_plan(f, c->flags, &operations, e);
	else if (r == 0 && params_find(f->params, "interface"))
		r = check_interfaces(f, row, e);
	if (operations)
		json_object_set_new(row, "operations", operations);
	return r < 0 ? r : reply_print_pretty(reply_new(json_incref(row)), e);
}

/* Lines as blade's: what it looks for there (a JDK, tools.jar) is not needed here. */
static int check_java(struct err *e)
{
	autobuf struct buf text = BUF_INIT(1u << 20);
	struct jvms jvms = { 0 };
	int r = jvms_list(&jvms, e);

	if (r < 0)
		return r;
	buf_str(&text, "[success] jdk: not needed\n[success] tools: not needed\n");
	for (size_t i = 0; i < jvms.n; i++) {
		const struct jvm *j = &jvms.v[i];
		struct err why = { 0 };

		if (jvm_attachable(j, &why) == 0)
			buf_fmt(&text, "[success] process %d: Java %s, user %s, %.100s\n",
				(int)j->process.pid, j->version, j->user, j->command);
		else
			buf_fmt(&text, "[failed] %s\n", why.msg);
	}
	jvms_free(&jvms);
	return reply_text(buf_text(&text), e);
}

static int check_run(struct cli *c, struct err *e)
{
	const struct fault *f;
	char **w = c->words.v;
	int r;

	if (str_eq(w[0], "java")) {
		json_object_del(c->flags, "object");
		return check_java(e);
	}
	if (!str_eq(w[0], "os"))
		return cli_illegal(
			e, "unknown command \"%.100s\" for \"%s check\"", w[0], c->program);
	if (c->words.n < 3)
		return check_all(c->words.n == 2 ? w[1] : NULL, e);
	r = cli_fault(c, &f, e);
	return r < 0 ? r : check_one(c, f, e);
}

struct check_args {
	char *object;
};

static const struct param check_params[] = {
	{ "object", PARAM_STR, offsetof(struct check_args, object), .flags = PARAM_HIDDEN,
		.help = "accepted as blade's" },
	{ 0 },
};

const struct verb verb_check = {
	.name = "check",
	.alias = "k",
	.words = "[os] [TARGET [ACTION [FLAG]...]] | java",
	.summary = "Tell what faults this machine allows, and what the others lack",
	.detail =
		"Looks at privileges, devices and the kernel; changes nothing. With TARGET ACTION it\n"
		"fails when that fault, with these flags, cannot be created here, and tells by what means\n"
		"it would be done. `java` tells for each JVM\n"
		"of the host whether a fault can be put into it.",
	.example = "check os\ncheck network delay --interface eth0 --time 100",
	.params = check_params,
	.least = 1,
	.most = 3,
	.fault_flags = true,
	.fault_at = 1,
	.implied = "os",
	.run = check_run,
};
