/* Looking up faults by their names. */
#include "fault/fault.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"

static bool fault_named(const struct fault *f, const char *action)
{
	autowords struct words aliases = { 0 };

	if (str_eq(f->action, action))
		return true;
	if (f->aliases && words_split(f->aliases, ' ', &aliases, NULL) < 0)
		return false;
	for (size_t i = 0; i < aliases.n; i++)
		if (str_eq(aliases.v[i], action))
			return true;
	return false;
}

/* The targets, or the actions of one target, as a list for people. */
static void fault_names(const char *target, struct buf *ret)
{
	const char *last = "";

	for (const struct fault *const *f = fault_list(); *f; f++) {
		const char *name = target ? (*f)->action : (*f)->target;

		if ((target && !str_eq((*f)->target, target)) || str_eq(name, last))
			continue;
		buf_fmt(ret, "%s%s", ret->len ? ", " : "", name);
		last = name;
	}
}

static int fault_unknown(const char *target, const char *action, struct err *e)
{
	autobuf struct buf names = BUF_INIT(200);

	fault_names(target, &names);
	if (names.len)
		return err_set(e, ERR_UNSUPPORTED, 0, "unknown action `%.60s` of %s; it has: %s",
			action, target, buf_text(&names));
	fault_names(NULL, &names);
	return err_set(e, ERR_UNSUPPORTED, 0, "unknown target `%.60s`; there are: %s", target,
		buf_text(&names));
}

/* NULL: none. With action NULL: any of the target. */
static const struct fault *find_in(
	const struct fault *const *list, const char *target, const char *action)
{
	for (; *list; list++)
		if (str_eq((*list)->target, target) && (!action || fault_named(*list, action)))
			return *list;
	return NULL;
}

static const struct fault *find(const char *target, const char *action)
{
	const struct fault *f = find_in(fault_constants(), target, action);

	return f ? f : find_in(fault_list(), target, action);
}

int fault_find(const char *target, const char *action, const struct fault **ret, struct err *e)
{
	const struct fault *f = find(target, action);

	if (!f)
		return fault_unknown(target, action, e);
	*ret = f;
	return 0;
}

bool fault_is_target(const char *word)
{
	return find(word, NULL) != NULL;
}
