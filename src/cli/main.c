/* gale: finds the verb, runs it, prints its error. */
#include "base/str.h"
#include "cli/cli.h"
#include "cli/help.h"
#include "cli/reply.h"

#define X(name) extern const struct verb verb_##name;
#include "verb_list.h"
#undef X

static const struct verb *const verbs[] = {
#define X(name) &verb_##name,
#include "verb_list.h"
#undef X
	NULL,
};

const struct verb *const *verb_list(void)
{
	return verbs;
}

const struct verb *verb_find(const char *name)
{
	for (const struct verb *const *v = verbs; *v; v++)
		if (str_eq((*v)->name, name) || ((*v)->alias && str_eq((*v)->alias, name)))
			return *v;
	return NULL;
}

int main(int argc, char **argv)
{
	struct cli c;
	struct err e = { 0 };
	int r = cli_parse(argc, argv, &c, &e);

	if (r == 0)
		r = c.help ? help_print(&c, &e) : c.verb->run(&c, &e);
	else if (r > 0)
		r = 0;
	if (r < 0)
		r = reply_fail(&e);
	cli_done(&c);
	return r;
}
