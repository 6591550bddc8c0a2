/* The network side of the agent. */
#include "agent/network.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "agent/admin.h"
#include "agent/cluster.h"
#include "agent/console.h"
#include "agent/helper.h"
#include "agent/message.h"
#include "agent/node.h"
#include "agent/server.h"
#include "base/cleanup.h"
#include "base/drop.h"

#define MOST_FILES 512

struct network {
	const struct options *o;
	int helper_fd;
	const char *version;
	struct event_base *base;
	struct event *from_helper, *signals[3];
	struct asks *asks;
	struct console *console; /* NULL, and the server: there is none */
	struct server *server;
	struct node *node;	   /* NULL: no operator */
	struct cluster *cluster;   /* NULL: it is a host's agent */
	struct admin_sources told; /* by admin */
	struct listen_pages *admin;
	struct message in;
	int status;
};

static void node_closed(void *ctx)
{
	event_base_loopbreak(ctx);
}

static void network_close(struct network *n)
{
	if (n->console)
		console_close(n->console);
	else
		node_close(n->node, node_closed, n->base);
}

static void helper_spoke(evutil_socket_t fd, short what, void *ctx)
{
	struct network *n = ctx;
	struct err e;
	int r;

	(void)what;
	while ((r = message_receive(fd, &n->in, MSG_DONTWAIT, &e)) == 0)
		asks_hear(n->asks, &n->in);
	if (r == -ERR_BUSY)
		return;
	log_write(LOG_ERROR, "helper.lost", "error", e.msg, "consequence", "the agent ends", NULL);
	event_del(n->from_helper);
	n->status = 1;
	network_close(n);
}

static void signal_came(evutil_socket_t number, short what, void *ctx)
{
	struct network *n = ctx;

	(void)what;
	log_write(LOG_INFO, "ending", "signal", strsignal((int)number), NULL);
	for (size_t i = 0; i < ARRAY_LEN(n->signals); i++)
		evsignal_del(n->signals[i]);
	network_close(n);
}

static void registered(void *ctx)
{
	struct network *n = ctx;
	const struct console_facts *facts = console_facts(n->console);
	char *v[] = { (char *)facts->ak, (char *)facts->sk, NULL };
	struct words cert = { v, 2 };
	struct err e;

	if (ask_keep(n->asks, MESSAGE_CERT, &cert, &e) < 0)
		log_write(LOG_WARN, "cert.unwritten", "error", e.msg, NULL);
}

static int base_make(struct network *n, struct err *e)
{
	struct event_config *config = event_config_new();

	if (config) {
		event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
		n->base = event_base_new_with_config(config);
		event_config_free(config);
	}
	return n->base ? 0 : err_set(e, ERR_NOMEM, 0, "start the event loop");
}

static int events_make(struct network *n, struct err *e)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGQUIT };

	evutil_make_socket_nonblocking(n->helper_fd);
	n->from_helper = event_new(n->base, n->helper_fd, EV_READ | EV_PERSIST, helper_spoke, n);
	if (!n->from_helper || event_add(n->from_helper, NULL) < 0)
		return err_set(e, ERR_NOMEM, 0, "listen to the helper");
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		n->signals[i] = evsignal_new(n->base, numbers[i], signal_came, n);
		if (!n->signals[i] || evsignal_add(n->signals[i], NULL) < 0)
			return err_set(e, ERR_NOMEM, 0, "listen for signals");
	}
	return 0;
}

/* Ports, and what else only power opens. */
static int sides_open(struct network *n, struct err *e)
{
	const bool has_console = !str_empty(n->o->host);
	int r = 0;

	if (has_console)
		r = server_new(n->o, n->base, n->asks, &n->server, e);
	if (r == 0 && !str_empty(n->o->node_listen))
		r = node_new(n->o, n->base, n->asks, &n->node, e);
	if (r == 0 && *n->o->admin)
		r = listen_pages_open(n->base, n->o->admin, admin_pages, &n->told, &n->admin, e);
	if (r == 0 && n->o->cluster && has_console)
		r = cluster_new(n->o, n->base, &n->cluster, e);
	return r;
}

static int console_talk(struct network *n, struct err *e)
{
	int r = console_new(n->o, n->base, n->version, registered, n, &n->console, e);

	if (r == 0 && n->cluster)
		r = cluster_start(n->cluster, n->console, e);
	if (r == 0)
		server_serve(n->server, n->console);
	return r;
}

/* Ports first, then everything is given up, then the talking begins. */
static int network_start(struct network *n, struct err *e)
{
	const struct drop drop = {
		.user = n->o->user, .files = MOST_FILES, .threads = n->o->cluster
	};
	int r = base_make(n, e);

	if (r == 0)
		r = asks_new(n->helper_fd, &n->asks, e);
	if (r == 0)
		r = sides_open(n, e);
	if (r == 0)
		r = drop_privileges(&drop, e);
	if (r == 0)
		r = events_make(n, e);
	if (r == 0 && n->server)
		r = console_talk(n, e);
	n->told = (struct admin_sources){ n->asks, n->console, n->server, n->node, n->cluster };
	return r;
}

static void network_done(struct network *n)
{
	console_free(n->console); /* its last answers still come to the cluster's side */
	cluster_free(n->cluster);
	server_free(n->server);
	node_free(n->node);
	asks_free(n->asks);
	listen_pages_close(n->admin);
	if (n->from_helper)
		event_free(n->from_helper);
	for (size_t i = 0; i < ARRAY_LEN(n->signals); i++) {
		if (n->signals[i])
			event_free(n->signals[i]);
	}
	if (n->base)
		event_base_free(n->base);
}

int network_run(const struct options *o, int helper_fd, const char *gale_version)
{
	static struct network n;
	sigset_t none;
	struct err e;

	n.o = o;
	n.helper_fd = helper_fd;
	n.version = gale_version;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (network_start(&n, &e) < 0) {
		log_write(LOG_ERROR, "start.failed", "error", e.msg, NULL);
		n.status = NETWORK_CANNOT;
	} else {
		event_base_dispatch(n.base);
	}
	network_done(&n);
	return n.status;
}
