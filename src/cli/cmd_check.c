/* gale check os [TARGET ACTION], check java: what this machine gives, and what it lacks. */
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

/* Flags are looked at too, when there are any. */
static int check_one(const struct cli *c, const struct fault *f, struct err *e)
{
	struct order o = { 0 };
	int r = engine_needs(f, e);

	if (r == 0 && json_object_size(c->flags))
		r = order_make("host", f->target, f->action, c->flags, &o, e);
	order_done(&o);
	return r < 0 ? r : reply_print_pretty(reply_new(check_fault(f)), e);
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
	.words = "os [TARGET [ACTION [FLAG]...]] | java",
	.summary = "Tell what faults this machine allows, and what the others lack",
	.detail =
		"Looks at privileges, devices and the kernel; changes nothing. With TARGET ACTION it\n"
		"fails when that fault, with these flags, cannot be created here. `java` tells for each JVM\n"
		"of the host whether a fault can be put into it.",
	.example = "check os\ncheck os network delay",
	.params = check_params,
	.least = 1,
	.most = 3,
	.fault_flags = true,
	.fault_at = 1,
	.run = check_run,
};
