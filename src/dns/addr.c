/* Socket addresses as text. */
#include "dns/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

#define MOST_RESOLV_CONF (64u << 10)

/* host may end with %INTERFACE when it is link-local. */
static bool host_parse(char *host, uint16_t port, struct addr *ret)
{
	struct addr a = { 0 };
	char *scope = strchr(host, '%');

	if (scope)
		*scope++ = '\0';
	if (!scope && inet_pton(AF_INET, host, &a.v4.sin_addr) == 1) {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons(port);
	} else if (inet_pton(AF_INET6, host, &a.v6.sin6_addr) == 1) {
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = htons(port);
		a.v6.sin6_scope_id = scope ? if_nametoindex(scope) : 0;
		if (scope && !a.v6.sin6_scope_id)
			return false;
	} else {
		return false;
	}
	*ret = a;
	return true;
}

int addr_parse(const char *what, const char *text, uint16_t port, struct addr *ret, struct err *e)
{
	const char *allowed = "ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT";
	bool bracket = *text == '[';
	const char *host = text + bracket, *colon = strchr(text, ':'), *rest;
	size_t len = strcspn(host, bracket ? "]" : ":");
	long long number = port;
	char copy[64];

	if (!bracket && colon && strchr(colon + 1, ':'))
		len = strlen(host); /* an IPv6 address without a port */
	rest = host + len;
	if (bracket && *rest++ != ']')
		return err_illegal(e, what, text, allowed);
	if (len >= sizeof(copy) || (*rest && *rest != ':') ||
		(*rest && str_to_int(rest + 1, 0, 65535, &number, NULL) < 0))
		return err_illegal(e, what, text, allowed);
	snprintf(copy, sizeof(copy), "%.*s", (int)len, host);
	if (!host_parse(copy, (uint16_t)number, ret))
		return err_illegal(e, what, text, allowed);
	return 0;
}

void addr_text(const struct addr *a, char ret[static ADDR_TEXT])
{
	char host[INET6_ADDRSTRLEN] = "";

	if (a->sa.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof(host));
		snprintf(ret, ADDR_TEXT, "[%s]:%u", host, ntohs(a->v6.sin6_port));
	} else {
		inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof(host));
		snprintf(ret, ADDR_TEXT, "%s:%u", host, ntohs(a->v4.sin_port));
	}
}

bool addr_eq(const struct addr *a, const struct addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->v4.sin_port == b->v4.sin_port &&
		       a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	return a->v6.sin6_port == b->v6.sin6_port && a->v6.sin6_scope_id == b->v6.sin6_scope_id &&
	       memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
}

bool addr_is_any(const struct addr *a)
{
	return a->sa.sa_family == AF_INET ? a->v4.sin_addr.s_addr == INADDR_ANY
					  : IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr);
}

socklen_t addr_len(const struct addr *a)
{
	return a->sa.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

/* Lists. */

bool addrs_has(const struct addrs *l, const struct addr *a)
{
	for (size_t i = 0; i < l->n; i++) {
		if (addr_eq(&l->v[i], a))
			return true;
	}
	return false;
}

static int addrs_add(struct addrs *l, const struct addr *a, struct err *e)
{
	struct addr *grown;

	if (addrs_has(l, a))
		return 0;
	grown = realloc(l->v, (l->n + 1) * sizeof(*grown));
	if (!grown)
		return err_set(e, ERR_NOMEM, ENOMEM, "keep an address");
	grown[l->n++] = *a;
	l->v = grown;
	return 0;
}

int addrs_parse(const char *what, const char *text, uint16_t port, struct addrs *ret, struct err *e)
{
	autowords struct words words = { 0 };
	autoaddrs struct addrs l = { 0 };
	int r = str_empty(text) ? 0 : words_split(text, ',', &words, e);

	for (size_t i = 0; i < words.n && r == 0; i++) {
		struct addr a;

		r = addr_parse(what, words.v[i], port, &a, e);
		if (r == 0)
			r = addrs_add(&l, &a, e);
	}
	if (r == 0) {
		*ret = l;
		l = (struct addrs){ 0 };
	}
	return r;
}

int addrs_resolv_conf(const char *path, struct addrs *ret, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_RESOLV_CONF);
	autowords struct words lines = { 0 };
	autoaddrs struct addrs l = { 0 };
	int r = file_read(AT_FDCWD, path, &text, e);

	if (r == 0)
		r = words_split(buf_text(&text), '\n', &lines, e);
	for (size_t i = 0; i < lines.n && r == 0; i++) {
		char host[64];
		struct addr a;

		if (sscanf(lines.v[i], "nameserver %63s", host) == 1 && host_parse(host, 53, &a))
			r = addrs_add(&l, &a, e);
	}
	if (r == 0) {
		*ret = l;
		l = (struct addrs){ 0 };
	}
	return r;
}

void addrs_free(struct addrs *l)
{
	free(l->v);
	*l = (struct addrs){ 0 };
}
