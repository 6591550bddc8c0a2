/* gale query: mount points, network interfaces and JVMs, for those who fill in forms. */
#include <errno.h>
#include <ifaddrs.h>
#include <mntent.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/cli.h"
#include "cli/k8s.h"
#include "cli/reply.h"
#include "fault/journal.h"
#include "fault/undo.h"
#include "jvm/jvms.h"
#include "jvm/peek.h"

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

/* --- JVMs ------------------------------------------------------------------------------------- */

/* The process that an undo record of a fault in a JVM names. */
static void undo_process(const struct undo *u, void *ctx)
{
	struct process *p = ctx;

	p->pid = (pid_t)undo_get_int(u, "pid");
	p->start = (unsigned long long)undo_get_int(u, "start");
}

static int query_hits(const struct cli *c, const char *uid, struct err *e)
{
	struct process p = { 0 };
	struct jvm_rule_slot slot;
	struct peek k = { .fd = -1 };
	char hits[24];
	int r = journal_undos(c->state, uid, undo_process, &p, e);

	if (r == 0)
		r = peek_open(&p, uid, -1, &k, e);
	if (r == 0)
		r = peek_rule(&k, uid, &slot, e);
	if (k.fd >= 0)
		close(k.fd);
	if (r == -ERR_NOTFOUND)
		return err_set(e, ERR_NODATA, 0, "data not found");
	if (r < 0)
		return r;
	snprintf(hits, sizeof(hits), "%llu", (unsigned long long)slot.hits);
	return reply_print(reply_new(json_string(hits)), e);
}

static json_t *jvm_json(const struct jvm *jvm)
{
	struct err why = { 0 };
	json_t *row = json_object();

	json_put_int(row, "pid", jvm->process.pid);
	json_object_set_new(row, "process", json_stringn(jvm->command, strcspn(jvm->command, " ")));
	json_object_set_new(row, "label",
		json_sprintf("%s (pid %d, Java %s, %s)", jvm->command, (int)jvm->process.pid,
			*jvm->version ? jvm->version : "?", jvm->user));
	json_put_str(row, "user", jvm->user);
	json_put_str(row, "command", jvm->command);
	json_put_str(row, "version", jvm->version);
	if (jvm->container[0])
		json_put_str(row, "container", jvm->container);
	json_put_bool(row, "attachable", jvm_attachable(jvm, &why) == 0);
	if (why.kind)
		json_put_str(row, "error", why.msg);
	return row;
}

static int query_jvms(struct err *e)
{
	struct jvms jvms = { 0 };
	json_t *list;
	int r = jvms_list(&jvms, e);

	if (r < 0)
		return r;
	list = json_array();
	for (size_t i = 0; i < jvms.n; i++)
		json_array_append_new(list, jvm_json(&jvms.v[i]));
	jvms_free(&jvms);
	return reply_print_pretty(reply_new(list), e);
}

static int query_run(struct cli *c, struct err *e)
{
	const char *what = c->words.v[0], *which = c->words.n > 1 ? c->words.v[1] : "";

	if (str_eq(what, "disk") && str_eq(which, "mount-point"))
		return query_mounts(e);
	if ((str_eq(what, "network") || str_eq(what, "net")) && str_eq(which, "interface"))
		return query_interfaces(e);
	if (str_eq(what, "jvm"))
		return *which ? query_hits(c, which, e) : query_jvms(e);
	if (str_eq(what, "k8s"))
		return k8s_query(c, e);
	if (str_eq(what, "disk") || str_eq(what, "network") || str_eq(what, "net"))
		return cli_illegal(e, "the %.100s argument not found", which);
	return cli_illegal(e, "unknown command \"%.100s\" for \"%s query\"", what, c->program);
}

const struct verb verb_query = {
	.name = "query",
	.alias = "q",
	.words = "disk mount-point | network interface | jvm [UID] | k8s create|destroy UID",
	.summary = "List what flags may name: mount points, network interfaces, JVMs",
	.detail =
		"`disk mount-point` lists the file systems on devices, `network interface` (or `net`)\n"
		"the interfaces that are up, `jvm` the Java processes of the host and whether a fault can\n"
		"be put into them. `jvm UID` prints how many calls an experiment in a JVM has hit.\n"
		"`k8s create UID` says what an experiment of a cluster came to, `k8s destroy UID` whether\n"
		"it is gone.",
	.example =
		"query network interface\nquery k8s create 47cc0744f1bbaf34 --kubeconfig ~/.kube/config",
	.k8s_flags = true,
	.least = 1,
	.most = 3,
	.uses_state = true,
	.run = query_run,
};
