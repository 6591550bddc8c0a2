/* gale query: mount points and network interfaces, for those who fill in forms. */
#include <errno.h>
#include <ifaddrs.h>
#include <mntent.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "cli/cli.h"
#include "cli/reply.h"

static bool list_has(const json_t *list, const char *text)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (str_eq(json_string_value(one), text))
			return true;
	}
	return false;
}

/* As df does it: real devices, directories only, each mount point once. */
static int query_mounts(struct err *e)
{
	FILE *table = setmntent("/proc/self/mounts", "re");
	json_t *list;
	struct mntent *m;
	struct stat st;

	if (!table)
		return err_set(e, ERR_SYSTEM, errno, "/proc/self/mounts");
	list = json_array();
	while ((m = getmntent(table)))
		if (m->mnt_fsname[0] == '/' && stat(m->mnt_dir, &st) == 0 && S_ISDIR(st.st_mode) &&
			!list_has(list, m->mnt_dir))
			json_array_append_new(list, json_str(m->mnt_dir));
	endmntent(table);
	return reply_print_pretty(reply_new(list), e);
}

static int query_interfaces(struct err *e)
{
	struct ifaddrs *all;
	json_t *list;

	if (getifaddrs(&all) < 0)
		return err_set(e, ERR_SYSTEM, errno, "list of network interfaces");
	list = json_array();
	for (struct ifaddrs *i = all; i; i = i->ifa_next)
		if (i->ifa_flags & IFF_UP && !list_has(list, i->ifa_name))
			json_array_append_new(list, json_str(i->ifa_name));
	freeifaddrs(all);
	return reply_print_pretty(reply_new(list), e);
}

static int query_run(struct cli *c, struct err *e)
{
	const char *what = c->words.v[0], *which = c->words.n > 1 ? c->words.v[1] : "";

	if (str_eq(what, "disk") && str_eq(which, "mount-point"))
		return query_mounts(e);
	if ((str_eq(what, "network") || str_eq(what, "net")) && str_eq(which, "interface"))
		return query_interfaces(e);
	if (str_eq(what, "k8s") || str_eq(what, "jvm"))
		return err_set(e, ERR_UNSUPPORTED, 0,
			"`%s`: action not supported: this version reaches the host only", what);
	if (str_eq(what, "disk") || str_eq(what, "network") || str_eq(what, "net"))
		return cli_illegal(e, "the %.100s argument not found", which);
	return cli_illegal(e, "unknown command \"%.100s\" for \"%s query\"", what, c->program);
}

const struct verb verb_query = {
	.name = "query",
	.alias = "q",
	.words = "disk mount-point | network interface",
	.summary = "List what flags may name: mount points, network interfaces",
	.detail =
		"`disk mount-point` lists the file systems on devices, `network interface` (or `net`)\n"
		"the interfaces that are up.",
	.example = "query network interface",
	.least = 1,
	.most = 3,
	.run = query_run,
};
