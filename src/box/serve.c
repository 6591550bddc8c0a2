/* The main thread's loop does what no request waits for: timers, agents, drills. */
#include "box/serve.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "box/admin.h"
#include "box/api/box.h"
#include "box/catalogue/catalogue.h"
#include "box/drill/drill.h"
#include "box/fleet/fleet.h"
#include "box/http/server.h"
#include "box/net/client.h"
#include "box/net/mailbox.h"
#include "box/net/topic.h"
#include "box/net/work.h"
#include "box/options.h"
#include "box/store/db.h"

#define OWN_DESCRIPTORS	  400 /* database, loops, calls to agents */
#define CONNECTIONS_LEAST 16
#define SWEEP_SECONDS	  60
#define HASH_THREADS	  2  /* 64 MiB each while they hash */
#define HASH_WAITING	  64 /* sign-ins that wait for their turn */

static const struct client_limits order_limits = {
	.at_once = 2000, /* agents that hang hold a place for 75 s each */
	.waiting = 100000,
	.body_max = 4U << 20,
};

struct console {
	const struct options *options;
	char db_path[512];
	struct event_base *base;
	struct mailbox *mailbox;
	int lock;
	struct db *db; /* of the main thread */
	struct client *client;
	struct drill *drill;
	struct box box;
	struct server *server;
	struct admin_parts told; /* by admin */
	struct listen_pages *admin;
	struct event *term, *intr, *sweep;
};

static void on_signal(evutil_socket_t signal, short what, void *arg)
{
	struct console *c = arg;

	(void)what;
	log_write(LOG_INFO, "box.stopping", "signal", strsignal((int)signal), NULL);
	event_base_loopbreak(c->base);
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct console *c = arg;
	struct err e = { 0 };

	(void)fd;
	(void)what;
	if (store_session_sweep(c->db, clock_wall_ms(), &e) < 0)
		log_write(LOG_ERROR, "session.sweep_failed", "error", e.msg, NULL);
}

/* Timers and drills have one owner. The lock goes with the process, however it ends. */
static int lock_store(struct console *c, struct err *e)
{
	char path[sizeof(c->db_path) + 8];

	snprintf(path, sizeof(path), "%s.lock", c->db_path);
	c->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (c->lock < 0)
		return err_set(e, ERR_SYSTEM, errno, "open %s", path);
	if (flock(c->lock, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, ERR_BUSY, 0, "another gale-box runs on %s", c->db_path);
	return 0;
}

static int parts_store(struct console *c, struct err *e)
{
	int r = account_init(e);

	if (r == 0)
		r = options_db_path(c->options, c->db_path, sizeof(c->db_path), e);
	if (r == 0)
		r = lock_store(c, e);
	if (r == 0)
		r = db_open(c->db_path, &c->db, e);
	return r == 0 ? db_migrate(c->db, clock_wall_ms(), e) : r;
}

static int parts_events(struct console *c, struct err *e)
{
	const struct timeval each = { .tv_sec = SWEEP_SECONDS };

	c->base = event_base_new();
	if (!c->base)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	c->term = evsignal_new(c->base, SIGTERM, on_signal, c);
	c->intr = evsignal_new(c->base, SIGINT, on_signal, c);
	c->sweep = event_new(c->base, -1, EV_PERSIST, on_sweep, c);
	if (!c->term || !c->intr || !c->sweep || event_add(c->term, NULL) < 0 ||
		event_add(c->intr, NULL) < 0 || event_add(c->sweep, &each) < 0)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return mailbox_new(c->base, &c->mailbox, e);
}

static int parts_box(struct console *c, struct err *e)
{
	int r;

	c->box.url = c->options->url;
	c->box.secure_cookies = c->options->secure_cookies;
	sign_up_parse(c->options->sign_up, &c->box.sign_up);
	r = topics_new(&c->box.topics, e);
	if (r == 0)
		r = catalogue_load(&c->box.catalogue, e);
	if (r == 0)
		r = work_new(HASH_THREADS, HASH_WAITING, &c->box.work, e);
	return r;
}

static int parts_fleet(struct console *c, struct err *e)
{
	struct fleet_options options = {
		.base = c->base,
		.mailbox = c->mailbox,
		.db = c->db,
		.db_path = c->db_path,
		.topics = c->box.topics,
		.lost_ms = c->options->agent_lost_ms,
		.ping_ms = c->options->ping_ms,
		.pods_lost_ms = c->options->pods_lost_ms,
	};
	int r = client_new(c->base, &order_limits, &c->client, e);

	options.client = c->client;
	return r < 0 ? r : fleet_new(&options, &c->box.fleet, e);
}

static int parts_drill(struct console *c, struct err *e)
{
	const struct drill_options options = {
		.base = c->base,
		.mailbox = c->mailbox,
		.db = c->db,
		.topics = c->box.topics,
		.fleet = c->box.fleet,
	};

	return drill_new(&options, &c->drill, e);
}

/* As many descriptors as we are allowed; how many of them connections may take. */
static unsigned connections_max(long long wanted)
{
	struct rlimit limit;
	long long most = wanted;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		if (limit.rlim_cur != RLIM_INFINITY)
			most = (long long)limit.rlim_cur - OWN_DESCRIPTORS;
	}
	if (most < CONNECTIONS_LEAST)
		most = CONNECTIONS_LEAST;
	return (unsigned)(wanted < most ? wanted : most);
}

static int parts_server(struct console *c, struct err *e)
{
	struct server_options options = {
		.listen = c->options->listen,
		.db_path = c->db_path,
		.loops = (unsigned)c->options->loops,
		.max_connections = connections_max(c->options->connections),
		.box = &c->box,
	};

	return server_start(&options, &c->server, e);
}

static int parts_admin(struct console *c, struct err *e)
{
	c->told = (struct admin_parts){
		.db = c->db,
		.server = c->server,
		.fleet = c->box.fleet,
		.client = c->client,
	};

	if (str_empty(c->options->admin))
		return 0;
	return listen_pages_open(c->base, c->options->admin, admin_pages, &c->told, &c->admin, e);
}

static void parts_free(struct console *c)
{
	listen_pages_close(c->admin);
	server_stop(c->server);
	client_free(c->client);
	fleet_free(c->box.fleet);
	drill_free(c->drill);
	work_free(c->box.work);
	catalogue_free(c->box.catalogue);
	topics_free(c->box.topics);
	mailbox_free(c->mailbox);
	if (c->term)
		event_free(c->term);
	if (c->intr)
		event_free(c->intr);
	if (c->sweep)
		event_free(c->sweep);
	if (c->base)
		event_base_free(c->base);
	db_close(c->db);
	if (c->lock >= 0)
		close(c->lock);
}

int serve(const struct options *options, struct err *e)
{
	struct console c = { .options = options, .lock = -1 };
	int r;

	signal(SIGPIPE, SIG_IGN);
	r = parts_store(&c, e);
	if (r == 0)
		r = parts_events(&c, e);
	if (r == 0)
		r = parts_box(&c, e);
	if (r == 0)
		r = parts_fleet(&c, e);
	if (r == 0)
		r = parts_drill(&c, e);
	if (r == 0)
		r = parts_server(&c, e);
	if (r == 0)
		r = parts_admin(&c, e);
	if (r == 0) {
		log_write(LOG_INFO, "box.ready", "listen", options->listen, "db", c.db_path, NULL);
		event_base_dispatch(c.base);
	}
	parts_free(&c);
	return r;
}
