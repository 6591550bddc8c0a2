/* network dns: the hosts file gives names another address. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "dns/wire.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/plan.h"
#include "faults/shared/edited_file.h"
#include "target/container.h"

#define HOSTS "/etc/hosts"

struct network_dns_args {
	char *domain, *ip, *container;
};

static const struct param network_dns_params[] = {
	{ "domain", PARAM_STR, offsetof(struct network_dns_args, domain),
		.flags = PARAM_REQUIRED | PARAM_ON_DESTROY | PARAM_MATCHER,
		.help = "names, separated by commas", .zh = "域名，多个以逗号分隔" },
	{ "ip", PARAM_STR, offsetof(struct network_dns_args, ip),
		.flags = PARAM_REQUIRED | PARAM_ON_DESTROY | PARAM_MATCHER,
		.help = "the address that they get, IPv4 or IPv6",
		.zh = "域名对应的地址，IPv4 或 IPv6" },
	{ "container-id", PARAM_STR, offsetof(struct network_dns_args, container),
		.flags = PARAM_MATCHER,
		.help = "a container by its id or the first digits of it; not given: this host",
		.zh = "容器 ID 或其前缀；不指定时作用于本机" },
	{ 0 },
};

/* --- the line --------------------------------------------------------------------------------- */

static int network_dns_address(const char *text, uint8_t ret[static 16])
{
	memset(ret, 0, 16);
	if (inet_pton(AF_INET, text, ret) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, ret) == 1 ? AF_INET6 : 0;
}

static bool network_dns_is_name(const char *text)
{
	uint8_t wire[DNS_NAME_MAX];

	for (const char *at = text; *at; at++)
		if (!isalnum((unsigned char)*at) && strchr("-_.", *at) == NULL)
			return false;
	return dns_name_wire(text, wire) > 1;
}

static int network_dns_line(
	const struct network_dns_args *a, struct words *names, struct buf *ret, struct err *e)
{
	uint8_t address[16];
	int r = words_split(a->domain, ',', names, e);

	if (r < 0)
		return r;
	if (network_dns_address(a->ip, address) == 0)
		return err_illegal(e, "ip", a->ip, "one IPv4 or IPv6 address");
	if (names->n == 0)
		return err_illegal(e, "domain", a->domain, "names, separated by commas");
	buf_str(ret, a->ip);
	for (size_t i = 0; i < names->n; i++) {
		if (!network_dns_is_name(names->v[i]))
			return err_illegal(
				e, "domain", names->v[i], "letters, digits, dots and hyphens");
		buf_fmt(ret, " %s", names->v[i]);
	}
	buf_str(ret, " #chaosblade\n"); /* blade's mark: people look for it */
	return 0;
}

/* --- the file --------------------------------------------------------------------------------- */

static bool network_dns_has(const char *line, size_t len, const char *name)
{
	size_t end = strcspn(line, "#\n"), at = strcspn(line, " \t");

	if (end > len)
		end = len;
	while (at < end) {
		size_t word;

		at += strspn(line + at, " \t");
		word = strcspn(line + at, " \t#\n");
		if (at + word <= end && word == strlen(name) &&
			strncasecmp(line + at, name, word) == 0)
			return true;
		at += word + (word == 0);
	}
	return false;
}

/* The address in the first line that has the name. */
static bool network_dns_find(const char *text, const char *name, char *ret, size_t size)
{
	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		if (!network_dns_has(at, strcspn(at, "\n"), name))
			continue;
		snprintf(ret, size, "%.*s", (int)strcspn(at, " \t"), at);
		return true;
	}
	return false;
}

static int network_dns_file(
	const struct network_dns_args *a, struct edited_file *ret, struct err *e)
{
	autofree pid_t *pids = NULL;
	size_t n = 0;
	int r = a->container != NULL ? container_processes(a->container, &pids, &n, e) : 0;

	return r < 0 ? r : edited_find(n > 0 ? pids[0] : 0, HOSTS, ret, e);
}

/* The first line with a name counts, so where one has it already, this comes before. */
static const char *network_dns_where(const char *text, const struct words *names)
{
	char address[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < names->n; i++)
		if (network_dns_find(text, names->v[i], address, sizeof(address)))
			return EDITED_FRONT;
	return NULL;
}

/* --- plan, apply, verify ---------------------------------------------------------------------- */

static int network_dns_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	autobuf struct buf line = BUF_INIT(EDITED_MOST), text = BUF_INIT(EDITED_MOST);
	autowords struct words names = { 0 };
	const struct network_dns_args *a = args;
	struct edited_file f;
	int r = network_dns_line(a, &names, &line, e);

	(void)t;
	if (r == 0)
		r = network_dns_file(a, &f, e);
	if (r == 0)
		r = edited_read(&f, &text, e);
	if (r < 0)
		return r;
	plan_target(ret, "%s of %s (%s)", HOSTS, a->container != NULL ? a->container : "this host",
		f.path[0] != '\0' ? f.path : "in its mount namespace only");
	plan_operation(ret,
		"write %s in place, %s `%.*s`; what stood there is kept in "
		"STATE/files/%s",
		HOSTS,
		network_dns_where(buf_text(&text), &names) ? "at its beginning" : "at its end",
		(int)line.len - 1, buf_text(&line), f.key);
	return 0;
}

static int network_dns_apply(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	autobuf struct buf line = BUF_INIT(EDITED_MOST), text = BUF_INIT(EDITED_MOST);
	autowords struct words names = { 0 };
	struct edited_file f;
	int r = network_dns_line(args, &names, &line, e);

	(void)t;
	if (r == 0)
		r = network_dns_file(args, &f, e);
	if (r == 0)
		r = edited_read(&f, &text, e);
	return r < 0 ? r
		     : edited_add(run, &f, buf_text(&line),
			       network_dns_where(buf_text(&text), &names), e);
}

static int network_dns_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	autobuf struct buf line = BUF_INIT(EDITED_MOST), text = BUF_INIT(EDITED_MOST);
	autowords struct words names = { 0 };
	const struct network_dns_args *a = args;
	unsigned hit = 0;
	struct edited_file f;
	int r = network_dns_line(a, &names, &line, e);

	(void)run;
	(void)t;
	if (r == 0)
		r = network_dns_file(a, &f, e);
	if (r == 0)
		r = edited_read(&f, &text, e);
	for (size_t i = 0; i < names.n && r == 0; i++) {
		char address[INET6_ADDRSTRLEN] = "";

		network_dns_find(buf_text(&text), names.v[i], address, sizeof(address));
		hit += str_eq(address, a->ip);
	}
	if (r == 0)
		effect_judge(ret, "names", (double)names.n, hit, 0,
			"names whose first line in the target's %s has the address", HOSTS);
	return r;
}

static int network_dns_revert(const struct undo *u, struct err *e)
{
	return edited_revert(u, e);
}

const struct fault fault_network_dns = {
	.target = "network",
	.action = "dns",
	.summary = "Give names another address in the hosts file",
	.zh = "DNS 篡改：在 hosts 文件中为域名指定地址",
	.example = "--domain www.gale.test --ip 192.0.2.1 --timeout 20",
	.category = "system_network",
	.params = network_dns_params,
	.args_size = sizeof(struct network_dns_args),
	.flags = FAULT_AGAIN,
	.plan = network_dns_plan,
	.apply = network_dns_apply,
	.verify = network_dns_verify,
	.revert = network_dns_revert,
};
