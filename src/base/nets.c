/* Lists of addresses and CIDR blocks. */
#include "base/nets.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define MOST_NETS  1024
#define MOST_NAME  253
#define MOST_LABEL 63

static void net_mask(struct net *n, unsigned bits)
{
	for (unsigned i = n->prefix; i < bits; i++)
		n->addr[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
}

static int net_parse(char *part, struct net *ret, struct err *e)
{
	char *slash = strchr(part, '/');
	struct net n = { .family = strchr(part, ':') ? AF_INET6 : AF_INET };
	unsigned bits = n.family == AF_INET6 ? 128 : 32;
	long long prefix = bits;

	if (slash)
		*slash = '\0';
	if (inet_pton(n.family, part, n.addr) != 1 ||
		(slash && str_to_int(slash + 1, 0, bits, &prefix, NULL) < 0))
		return err_set(e, ERR_INVALID, 0,
			"`%.60s%s%.20s` is not an IPv4 or IPv6 address or CIDR block", part,
			slash ? "/" : "", slash ? slash + 1 : "");
	n.prefix = (unsigned)prefix;
	net_mask(&n, bits);
	*ret = n;
	return 0;
}

/* Numbers at the end make it an address, though perhaps a wrong one. */
static bool is_name(const char *text)
{
	const char *last = text;
	size_t len = strlen(text), label = 0;

	for (const char *at = text; *at; at++) {
		if (*at == '.' && (label == 0 || at[1] == '.'))
			return false;
		if (*at != '.' && !isalnum((unsigned char)*at) && *at != '-' && *at != '_')
			return false;
		label = *at == '.' ? 0 : label + 1;
		if (label > MOST_LABEL)
			return false;
		if (*at == '.' && at[1] != '\0')
			last = at + 1;
	}
	return len <= MOST_NAME && last[strspn(last, "0123456789.")] != '\0';
}

static int add_name(struct nets *list, const char *name, struct err *e)
{
	size_t had = list->names ? strlen(list->names) + 1 : 0, len = strlen(name) + 1;
	char *names = realloc(list->names, had + len);

	if (!names)
		return err_set(e, ERR_NOMEM, ENOMEM, "parse a list of addresses");
	if (had > 0)
		names[had - 1] = ',';
	memcpy(names + had, name, len);
	list->names = names;
	return 0;
}

static int parse(const char *text, bool with_names, struct nets *ret, struct err *e)
{
	autowords struct words parts = { 0 };
	struct nets list = { 0 };
	int r;

	r = words_split(text, ',', &parts, e);
	if (r < 0)
		return r;
	if (parts.n == 0 || parts.n > MOST_NETS)
		return err_set(e, ERR_INVALID, 0, "%zu addresses; allowed are 1 to %d", parts.n,
			MOST_NETS);
	list.v = calloc(parts.n, sizeof(*list.v));
	if (!list.v)
		return err_set(e, ERR_NOMEM, ENOMEM, "parse a list of addresses");
	for (size_t i = 0; i < parts.n && r == 0; i++) {
		if (with_names && is_name(parts.v[i])) {
			r = add_name(&list, parts.v[i], e);
		} else {
			r = net_parse(parts.v[i], &list.v[list.n], e);
			list.n += r == 0;
		}
	}
	if (r < 0)
		nets_free(&list);
	else
		*ret = list;
	return r;
}

int nets_parse(const char *text, struct nets *ret, struct err *e)
{
	return parse(text, false, ret, e);
}

int hosts_parse(const char *text, struct nets *ret, struct err *e)
{
	return parse(text, true, ret, e);
}

int nets_add(struct nets *list, const struct net *n, struct err *e)
{
	struct net *more;

	for (size_t i = 0; i < list->n; i++)
		if (memcmp(&list->v[i], n, sizeof(*n)) == 0)
			return 0;
	more = realloc(list->v, (list->n + 1) * sizeof(*more));
	if (!more)
		return err_set(e, ERR_NOMEM, errno, "list of addresses");
	list->v = more;
	more[list->n++] = *n;
	return 0;
}

int nets_add_all(struct nets *list, const struct nets *more, struct err *e)
{
	int r = 0;

	for (size_t i = 0; more && i < more->n && r == 0; i++)
		r = nets_add(list, &more->v[i], e);
	return r;
}

bool nets_given(const struct nets *n)
{
	return n->n > 0 || n->names != NULL;
}

void nets_free(struct nets *n)
{
	free(n->v);
	free(n->names);
	*n = (struct nets){ 0 };
}

bool nets_has(const struct nets *n, int family, const void *addr)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *bytes = addr;

	if (family == AF_INET6 && memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		family = AF_INET;
		bytes += sizeof(mapped);
	}
	for (size_t i = 0; i < n->n; i++) {
		struct net a = { .family = family, .prefix = n->v[i].prefix };
		unsigned bits = family == AF_INET6 ? 128 : 32;

		if (n->v[i].family != family)
			continue;
		memcpy(a.addr, bytes, bits / 8);
		net_mask(&a, bits);
		if (memcmp(a.addr, n->v[i].addr, bits / 8) == 0)
			return true;
	}
	return false;
}
