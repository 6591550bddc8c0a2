/* Orders: the common parameters, and the checks that need no look at the machine. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/rand.h"
#include "base/str.h"
#include "fault/engine.h"

struct common {
	char *timeout, *uid;
	long long seed;
};

/* Seeds are JSON numbers: only those that every reader keeps exactly. */
#define MOST_SEED ((1LL << 53) - 1)

static const struct param common_rows[] = {
	{ "timeout", PARAM_STR, offsetof(struct common, timeout), 0, 0, NULL, "24h", NULL, 0,
		"when the experiment is taken back by itself: whole seconds, a duration like 1h30m, or never",
		"多久后自动恢复：整数秒、1h30m 这样的时长，或 never（永不）" },
	{ "uid", PARAM_STR, offsetof(struct common, uid), 0, 0, NULL, NULL, NULL, 0,
		"name of the experiment, 16 random hexadecimal digits when not given",
		"实验的标识，不指定时为 16 位随机十六进制数" },
	{ "seed", PARAM_INT, offsetof(struct common, seed), 0, MOST_SEED, NULL, NULL, NULL, 0,
		"seed of every random choice, drawn and recorded when not given",
		"所有随机选择的种子，不指定时随机产生并记录" },
	{ 0 },
};

const struct param *order_params(void)
{
	return common_rows;
}

/* The uid names a file of the journal. */
static int uid_check(const char *uid, struct err *e)
{
	size_t len = strlen(uid);

	if (len < sizeof((struct order){ 0 }.uid) && isalnum((unsigned char)uid[0]) &&
		strspn(uid, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.") ==
			len)
		return 0;
	return err_illegal(e, "uid", uid,
		"allowed are 1 to 63 letters, digits, dashes, underscores and dots, a letter or digit first");
}

static int timeout_parse(const char *text, int64_t *ret_ms, struct err *e)
{
	long long ms;

	if (str_eq(text, "never")) {
		*ret_ms = 0;
		return 0;
	}
	if (str_to_duration(text, &ms, NULL) < 0 || ms == 0)
		return err_illegal(e, "timeout", text,
			"allowed is a length of time above 0 (whole seconds, or a duration like 1h30m or 500ms), or never");
	*ret_ms = ms;
	return 0;
}

static int order_common(const json_t *flags, struct order *o, struct err *e)
{
	struct common c;
	int r = params_parse(common_rows, flags, &c, e);

	if (r < 0)
		return r;
	r = timeout_parse(c.timeout, &o->timeout_ms, e);
	if (r == 0 && c.uid)
		r = uid_check(c.uid, e);
	if (r == 0 && c.uid)
		snprintf(o->uid, sizeof(o->uid), "%s", c.uid);
	if (c.seed == PARAM_UNSET)
		rand_bytes(&o->seed, sizeof(o->seed));
	else
		o->seed = (uint64_t)c.seed;
	o->seed &= MOST_SEED;
	params_free(common_rows, &c);
	return r;
}

static int order_args(const json_t *flags, struct order *o, struct err *e)
{
	int r;

	o->args = calloc(1, o->fault->args_size ? o->fault->args_size : 1);
	if (!o->args)
		return err_set(e, ERR_NOMEM, ENOMEM, "make an order");
	if (o->fault->preset)
		memcpy(o->args, o->fault->preset, o->fault->args_size);
	r = params_parse(o->fault->params, flags, o->args, e);
	if (r < 0) {
		free(o->args);
		o->args = NULL;
	}
	return r;
}

/* The flags of each of the three tables. */
struct split {
	json_t *common, *where, *own;
};

static int order_split(
	const json_t *flags, const struct scope *scope, const struct split *ret, struct err *e)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)flags, name, value)
	{
		json_t *to = params_find(common_rows, name)	? ret->common
			     : params_find(scope->params, name) ? ret->where
								: ret->own;

		if (json_object_set(to, name, value) < 0)
			return err_set(e, ERR_NOMEM, ENOMEM, "make an order");
	}
	return 0;
}

int order_make(const char *scope, const char *target, const char *action, const json_t *flags,
	struct order *ret, struct err *e)
{
	autojson json_t *common = json_object(), *where = json_object(), *own = json_object();
	const struct split split = { common, where, own };
	struct order o = { .scope = scope_find(scope) };
	int r;

	if (!o.scope)
		return err_set(e, ERR_UNSUPPORTED, 0,
			"`%.20s %.60s %.60s`: action not supported: this version reaches hosts and "
			"containers (cri, docker) only",
			scope, target, action);
	r = fault_find(target, action, &o.fault, e);
	if (r == 0 && o.scope->container && !scope_contains(o.fault))
		r = err_set(e, ERR_UNSUPPORTED, 0,
			"`%.20s %.60s %.60s`: action not supported: it is one for hosts only",
			scope, target, action);
	if (r == 0)
		r = order_split(flags, o.scope, &split, e);
	if (r == 0)
		r = order_common(common, &o, e);
	if (r == 0)
		r = params_parse(o.scope->params, where, &o.where, e);
	if (r < 0)
		return r;
	r = order_args(own, &o, e);
	if (r < 0) {
		params_free(o.scope->params, &o.where);
		return r;
	}
	o.flags = json_copy((json_t *)flags);
	*ret = o;
	return 0;
}

int order_flags_check(
	const struct fault *f, const json_t *flags, int64_t *ret_timeout_ms, struct err *e)
{
	autojson json_t *common = json_object(), *own = json_object();
	const struct split split = { common, NULL, own };
	struct order o = { .scope = scope_find("host"), .fault = f };
	int r = order_split(flags, o.scope, &split, e);

	if (r == 0)
		r = order_common(common, &o, e);
	if (r == 0)
		r = order_args(own, &o, e);
	if (r == 0)
		*ret_timeout_ms = o.timeout_ms;
	order_done(&o);
	return r;
}

void order_done(struct order *o)
{
	if (o->args)
		params_free(o->fault->params, o->args);
	if (o->scope)
		params_free(o->scope->params, &o->where);
	free(o->args);
	json_decref(o->flags);
	*o = (struct order){ 0 };
}
