/* Host names: hosts file, resolv.conf, questions. */
#include "net/traffic/names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/rand.h"
#include "base/str.h"
#include "dns/addr.h"
#include "dns/reply.h"
#include "sys/rootfs.h"

enum {
	MOST_FILE = 1 << 20,
	MOST_ANSWER = 4096,
	WAIT_MS = 1500,
	TRIES = 2, /* of each server */
};

static int add_address(struct nets *list, int family, const void *bytes, struct err *e)
{
	struct net n = { .family = family, .prefix = family == AF_INET ? 32 : 128 };

	memcpy(n.addr, bytes, n.prefix / 8);
	return nets_add(list, &n, e);
}

/* --- files ------------------------------------------------------------------------------------ */

static int read_as(pid_t pid, const char *path, struct buf *ret, struct err *e)
{
	autoclose int fd = -1;
	int r = rootfs_open(pid, path, O_RDONLY | O_CLOEXEC, &fd, e);

	return r < 0 ? r : fd_read_all(fd, ret, e);
}

static bool same_name(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	n -= n > 0 && a[n - 1] == '.';
	m -= m > 0 && b[m - 1] == '.';
	return n == m && strncasecmp(a, b, n) == 0;
}

/* "ADDRESS NAME NAME ... # comment" */
static int hosts_line(char *line, const char *name, struct nets *list, struct err *e)
{
	char *rest = line, *word;
	uint8_t bytes[16];
	int family = AF_UNSPEC;

	line[strcspn(line, "#")] = '\0';
	while ((word = strsep(&rest, " \t\r")) != NULL) {
		if (*word == '\0')
			continue;
		if (family != AF_UNSPEC && same_name(word, name))
			return add_address(list, family, bytes, e);
		if (family == AF_UNSPEC && inet_pton(AF_INET, word, bytes) == 1)
			family = AF_INET;
		else if (family == AF_UNSPEC && inet_pton(AF_INET6, word, bytes) == 1)
			family = AF_INET6;
		else if (family == AF_UNSPEC)
			return 0;
	}
	return 0;
}

int names_of_hosts(const char *text, const char *name, struct nets *list, struct err *e)
{
	autofree char *copy = strdup(text);
	char *rest = copy, *line;
	int r = copy == NULL ? err_set(e, ERR_NOMEM, errno, "hosts file") : 0;

	while (r == 0 && (line = strsep(&rest, "\n")) != NULL)
		r = hosts_line(line, name, list, e);
	return r;
}

/* --- which names are asked for ---------------------------------------------------------------- */

static void add_candidate(struct names_search *s, const char *name, const char *domain)
{
	if (s->n == ARRAY_LEN(s->names))
		return;
	if ((size_t)snprintf(s->names[s->n], sizeof(s->names[0]), "%s%s%s", name,
		    *domain ? "." : "", domain) < sizeof(s->names[0]))
		s->n++;
}

/* Of several lines the last counts, as in the C libraries. */
static void read_search(char *conf, struct words *ret_domains, unsigned *ret_ndots)
{
	char *rest = conf, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		const char *option = strstr(line, "ndots:");

		for (char *at = line; *at; at++)
			*at = *at == '\t' ? ' ' : *at;
		if (str_starts(line, "options ") && option != NULL)
			sscanf(option, "ndots:%2u", ret_ndots);
		if (!str_starts(line, "search "))
			continue;
		words_free(ret_domains);
		if (words_split(line + strlen("search "), ' ', ret_domains, NULL) < 0)
			*ret_domains = (struct words){ 0 };
	}
}

void names_candidates(const char *resolv_conf, const char *name, struct names_search *ret)
{
	autowords struct words domains = { 0 };
	autofree char *conf = strdup(resolv_conf);
	unsigned ndots = 1, dots = 0;
	bool full = *name && name[strlen(name) - 1] == '.';

	for (const char *at = name; *at; at++)
		dots += *at == '.';
	if (conf != NULL)
		read_search(conf, &domains, &ndots);
	ret->n = 0;
	if (full || dots >= ndots)
		add_candidate(ret, name, "");
	for (size_t i = 0; i < domains.n && !full; i++)
		add_candidate(ret, name, domains.v[i]);
	if (!full && dots < ndots)
		add_candidate(ret, name, "");
}

/* --- questions -------------------------------------------------------------------------------- */

int names_of_answer(const uint8_t *packet, size_t len, uint16_t id, uint16_t type,
	struct nets *list, struct err *e)
{
	struct dns_records records;
	struct dns_record one;
	int r = 0;

	if (len < DNS_HEADER || dns_u16(packet) != id || !(dns_u16(packet + 2) & DNS_QR) ||
		!dns_records_begin(&records, packet, len))
		return err_set(e, ERR_INVALID, 0, "an answer that cannot be read");
	while (r == 0 && dns_records_next(&records, &one) == 1) {
		bool v4 = type == DNS_A && one.data_len == 4,
		     v6 = type == DNS_AAAA && one.data_len == 16;

		if (one.section == 0 && one.type == type && one.class == DNS_IN && (v4 || v6))
			r = add_address(list, v4 ? AF_INET : AF_INET6, packet + one.data_at, e);
	}
	return r;
}

/* 0: it has answered; addresses, if there are any, are in the list. */
static int ask(const struct addr *server, const char *name, uint16_t type, struct nets *list,
	struct err *e)
{
	uint8_t question[DNS_QUESTION_MAX], answer[MOST_ANSWER];
	autoclose int fd = socket(server->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int64_t until = clock_boot_ms() + WAIT_MS, left;
	uint16_t id;
	size_t len;

	rand_bytes(&id, sizeof(id));
	len = dns_question(name, type, id, question);
	if (len == 0)
		return err_set(e, ERR_INVALID, 0, "`%s` is no name", name);
	if (fd < 0 || connect(fd, &server->sa, addr_len(server)) < 0 ||
		send(fd, question, len, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "ask a name server");
	while ((left = until - clock_boot_ms()) > 0) {
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t n = poll(&p, 1, (int)left) == 1 ? recv(fd, answer, sizeof(answer), 0) : 0;

		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "ask a name server");
		if (n > 0 && names_of_answer(answer, (size_t)n, id, type, list, e) == 0)
			return 0;
	}
	return err_set(e, ERR_TIMEOUT, 0, "no name server has answered");
}

static int ask_all(const struct addrs *servers, const char *name, struct nets *list, struct err *e)
{
	static const uint16_t types[] = { DNS_A, DNS_AAAA };
	int r = err_set(e, ERR_NOTFOUND, 0, "resolv.conf names no server");

	for (size_t i = 0; i < TRIES * servers->n && r < 0; i++) {
		r = 0;
		for (size_t k = 0; k < ARRAY_LEN(types) && r == 0; k++)
			r = ask(&servers->v[i % servers->n], name, types[k], list, e);
	}
	return r;
}

static int find_servers(pid_t pid, struct addrs *ret, struct err *e)
{
	autoclose int fd = -1;
	char path[40];
	int r = rootfs_open(pid, "/etc/resolv.conf", O_RDONLY | O_CLOEXEC, &fd, e);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return addrs_resolv_conf(path, ret, e);
}

static int lookup(pid_t pid, const char *name, struct nets *list, struct err *e)
{
	autobuf struct buf hosts = BUF_INIT(MOST_FILE), conf = BUF_INIT(MOST_FILE);
	autoaddrs struct addrs servers = { 0 };
	struct names_search search;
	struct err why = { 0 };
	int r = read_as(pid, "/etc/hosts", &hosts, NULL);

	r = r == 0 ? names_of_hosts(buf_text(&hosts), name, list, e) : 0;
	if (r < 0 || list->n > 0)
		return r;
	r = read_as(pid, "/etc/resolv.conf", &conf, &why);
	if (r == 0)
		r = find_servers(pid, &servers, &why);
	names_candidates(buf_text(&conf), name, &search);
	for (size_t i = 0; i < search.n && r == 0 && list->n == 0; i++)
		r = ask_all(&servers, search.names[i], list, &why);
	if (list->n > 0)
		return 0;
	return err_set(e, ERR_NOTFOUND, 0, "`%.200s` has no address%s%.150s", name,
		r < 0 ? ": " : "", r < 0 ? why.msg : "");
}

int names_lookup(pid_t pid, const char *names, struct nets *list, struct err *e)
{
	autowords struct words each = { 0 };
	int r = words_split(names, ',', &each, e);

	for (size_t i = 0; i < each.n && r == 0; i++) {
		struct nets found = { 0 };

		r = lookup(pid, each.v[i], &found, e);
		for (size_t k = 0; k < found.n && r == 0; k++)
			r = add_address(list, found.v[k].family, found.v[k].addr, e);
		nets_free(&found);
	}
	return r;
}

int names_settle(pid_t pid, const struct nets *given, struct nets *ret, struct err *e)
{
	struct nets all = { .v = calloc(given->n + 1, sizeof(*all.v)), .n = given->n };
	int r = 0;

	if (all.v == NULL)
		return err_set(e, ERR_NOMEM, errno, "list of networks");
	if (given->n > 0)
		memcpy(all.v, given->v, given->n * sizeof(*all.v));
	if (given->names != NULL)
		r = names_lookup(pid, given->names, &all, e);
	if (r < 0)
		nets_free(&all);
	else
		*ret = all;
	return r;
}
