/* The way by which orders come. */
#include "net/traffic/exempt.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "net/traffic/sockets.h"
#include "sys/proc.h"

static void say(struct exempts *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct exempts *x, const char *fmt, ...)
{
	char text[120];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (strstr(buf_text(&x->text), text) == NULL)
		buf_fmt(&x->text, "%s%s", x->text.len > 0 ? ", " : "", text);
}

static bool is_named(const struct ranges *asked, unsigned port)
{
	for (size_t i = 0; i < asked->n; i++)
		if (asked->v[i].lo == port && asked->v[i].hi == port)
			return true;
	return false;
}

/* It is one of the ports that the fault is for: then it was not forgotten. */
static bool is_asked(const struct exempts *x, unsigned port)
{
	return is_named(&x->asked->local_port, port) || is_named(&x->asked->remote_port, port);
}

static int add_console(struct exempts *x, struct err *e)
{
	const char *ports = getenv("GALE_PROTECT_PORTS");
	struct ranges own = { 0 };
	int r = 0;

	if (ports == NULL || ranges_parse(ports, 0, 65535, &own, NULL) < 0)
		return 0;
	for (size_t i = 0; i < own.n && r == 0; i++) {
		if (is_asked(x, own.v[i].lo))
			continue;
		r = ranges_add(&x->ports, own.v[i].lo, own.v[i].hi, e);
		say(x, "agent and console (port %u)", own.v[i].lo);
	}
	ranges_free(&own);
	return r;
}

/* A client's address and our port, for it may come again from another port; and with its own. */
static int add_client(struct exempts *x, int family, const uint8_t *client, unsigned client_port,
	unsigned port, struct err *e)
{
	struct live_key key = live_address(LIVE_EXEMPT, family, client), now = key;
	char text[INET6_ADDRSTRLEN] = "";
	int r;

	if (is_asked(x, port) || is_asked(x, client_port))
		return 0;
	key.local_port = (uint16_t)port;
	now.remote_port = (uint16_t)client_port;
	inet_ntop(family, client, text, sizeof(text));
	say(x, "ssh of %s (port %u)", text, port);
	r = live_keys_add(&x->keys, &key, e);
	return r < 0 ? r : live_keys_add(&x->keys, &now, e);
}

/* "CLIENT PORT SERVER PORT" */
static int add_ssh_of_environment(struct exempts *x, struct err *e)
{
	const char *ssh = getenv("SSH_CONNECTION");
	char client[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	unsigned from, to;

	if (ssh == NULL || sscanf(ssh, "%45s %5u %*s %5u", client, &from, &to) != 3)
		return 0;
	if (inet_pton(AF_INET, client, bytes) == 1)
		return add_client(x, AF_INET, bytes, from, to, e);
	return inet_pton(AF_INET6, client, bytes) == 1 ? add_client(x, AF_INET6, bytes, from, to, e)
						       : 0;
}

static int see_ssh(const struct socket_pair *s, void *ctx, struct err *e)
{
	return s->protocol == IPPROTO_TCP && s->remote_port != 0
		       ? add_client(ctx, s->family, s->remote, s->remote_port, s->local_port, e)
		       : 0;
}

/* The environment is lost on the way through sudo; the sshd above is not. */
static int add_ssh_above(struct exempts *x, pid_t caller, struct err *e)
{
	struct proc_stat st;
	int r = 0;

	for (pid_t pid = caller; pid > 1 && r == 0 && proc_stat(pid, &st, NULL) == 0; pid = st.ppid)
		if (str_starts(st.comm, "sshd"))
			r = sockets_each(&pid, 1, see_ssh, x, e);
	return r;
}

/*
 * It listens for the API server and holds a connection to it, on one of the usual ports; its others
 * are probes of pods, which are as much hit as anybody's.
 */
static int see_kubelet(const struct socket_pair *s, void *ctx, struct err *e)
{
	static const uint16_t api[] = { 443, 6443, 8443, 16443 };
	struct exempts *x = ctx;
	struct live_key key = live_address(LIVE_EXEMPT, s->family, s->remote);

	if (s->protocol != IPPROTO_TCP || is_asked(x, s->local_port) || is_asked(x, s->remote_port))
		return 0;
	if (s->remote_port == 0 && !ranges_has(&x->ports, s->local_port)) {
		say(x, "the kubelet (port %u)", s->local_port);
		return ranges_add(&x->ports, s->local_port, s->local_port, e);
	}
	for (size_t i = 0; i < ARRAY_LEN(api); i++) {
		if (s->remote_port != api[i])
			continue;
		key.remote_port = s->remote_port;
		say(x, "the kubelet's API server (port %u)", s->remote_port);
		return live_keys_add(&x->keys, &key, e);
	}
	return 0;
}

static int add_kubelet(struct exempts *x, struct err *e)
{
	autofree pid_t *all = NULL;
	struct proc_stat st;
	size_t n = 0;
	int r = proc_list(&all, &n, e);

	for (size_t i = 0; i < n && r == 0; i++)
		if (proc_stat(all[i], &st, NULL) == 0 && str_eq(st.comm, "kubelet"))
			r = sockets_each(&all[i], 1, see_kubelet, x, e);
	return r;
}

static int add_all(struct exempts *x, pid_t caller, struct err *e)
{
	int r = add_console(x, e);

	if (r == 0)
		r = add_ssh_of_environment(x, e);
	if (r == 0)
		r = add_ssh_above(x, caller, e);
	return r == 0 ? add_kubelet(x, e) : r;
}

int exempts_find(const struct traffic *t, pid_t caller, struct exempts *ret, struct err *e)
{
	struct exempts x = { .asked = t, .text = BUF_INIT(1000) };
	int r = 0;

	if (!param_has_choice(t->include, "control"))
		r = add_all(&x, caller, e);
	if (r < 0)
		exempts_free(&x);
	else
		*ret = x;
	return r;
}

bool exempts_have(const struct exempts *x, const struct socket_pair *s)
{
	const struct live_key peer = live_address(LIVE_EXEMPT, s->family, s->remote);

	for (size_t i = 0; i < x->keys.n; i++) {
		const struct live_key *k = &x->keys.v[i];

		if (memcmp(k->addr, peer.addr, sizeof(k->addr)) == 0 &&
			(k->local_port != 0 ? k->local_port == s->local_port
					    : k->remote_port == s->remote_port))
			return true;
	}
	return ranges_has(&x->ports, s->local_port) || ranges_has(&x->ports, s->remote_port);
}

void exempts_free(struct exempts *x)
{
	ranges_free(&x->ports);
	live_keys_free(&x->keys);
	buf_free(&x->text);
}
