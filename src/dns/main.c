/* gale-dns: the chaos DNS server. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/cleanup.h"
#include "base/drop.h"
#include "base/fd.h"
#include "dns/admin.h"
#include "dns/options.h"
#include "dns/podwatch.h"

#define MORE_FILES 4096 /* beside the connections of clients */

struct program {
	struct options o;
	struct book *book;
	struct dns_server *server;
	struct event_base *base;
	struct event *signals[3];
	struct admin_parts told; /* by admin */
	struct listen_pages *admin;
	struct door *door;
	struct podwatch *pods;
};

static void metrics(void *ctx, struct buf *ret)
{
	admin_metrics(ctx, ret);
}

static void reload(struct program *p)
{
	const struct dns_options *o = &p->o.dns;
	struct err e;

	if (dns_server_reload(p->server, o->upstreams, o->resolv_conf, &e) < 0 ||
		door_reload(p->door, &e) < 0)
		log_write(LOG_WARN, "reload.failed", "error", e.msg, "ignored", "true", NULL);
	else
		log_write(LOG_INFO, "reloaded", NULL);
}

static void signal_came(evutil_socket_t signal, short events, void *ctx)
{
	struct program *p = ctx;

	(void)events;
	if (signal == SIGHUP)
		reload(p);
	else
		event_base_loopbreak(p->base);
}

static int loop_make(struct program *p, struct err *e)
{
	static const int numbers[] = { SIGHUP, SIGTERM, SIGINT };

	signal(SIGPIPE, SIG_IGN);
	p->base = event_base_new();
	if (!p->base)
		return err_set(e, ERR_NOMEM, ENOMEM, "make an event loop");
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		p->signals[i] = evsignal_new(p->base, numbers[i], signal_came, p);
		if (!p->signals[i] || event_add(p->signals[i], NULL) < 0)
			return err_set(e, ERR_NOMEM, ENOMEM, "listen for signals");
	}
	return 0;
}

/* A directory that is root's and has nothing in it becomes the user's; any other stays as it is. */
static int state_give(const char *path, uid_t uid, gid_t gid, struct err *e)
{
	struct stat st;

	if (stat(path, &st) == 0 && st.st_uid == 0 && !(st.st_mode & S_IWOTH) && rmdir(path) == 0 &&
		(mkdir(path, 0700) < 0 || chown(path, uid, gid) < 0))
		return err_set(e, ERR_SYSTEM, errno, "give %s to user %u", path, (unsigned)uid);
	return 0;
}

/*
 * The directory of the rules belongs to the user that the server becomes, so it is opened as that
 * user: root would follow whatever that one left there.
 */
static int state_open(struct program *p, struct err *e)
{
	const char *state = p->o.state;
	bool root = geteuid() == 0;
	char path[PATH_MAX];
	uid_t uid;
	gid_t gid;
	int r;

	if (!*state)
		return book_open(NULL, &p->book, e);
	drop_user(p->o.user, &uid, &gid);
	r = dir_make(state, 0700, e);
	if (r < 0)
		return r;
	if (root)
		r = state_give(state, uid, gid, e);
	if (r < 0)
		return r;
	if (root && (setegid(gid) < 0 || seteuid(uid) < 0))
		return err_set(e, ERR_SYSTEM, errno, "become user %u", (unsigned)uid);
	snprintf(path, sizeof(path), "%s/rules", state);
	r = book_open(path, &p->book, e);
	if (root && (seteuid(0) < 0 || setegid(0) < 0))
		return err_set(e, ERR_SYSTEM, errno, "become root again");
	return r;
}

/* As many files as the connections may need; root may raise its limit. */
static unsigned files_limit(const struct options *o)
{
	const rlim_t wanted = (rlim_t)o->dns.tcp_max + MORE_FILES;
	struct rlimit limit = { wanted, wanted };

	setrlimit(RLIMIT_NOFILE, &limit);
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max > wanted)
		return (unsigned)wanted;
	return (unsigned)limit.rlim_max;
}

/* Ports first, then everything is given up, then the serving begins. */
static int program_start(struct program *p, struct err *e)
{
	const struct drop drop = { p->o.user, files_limit(&p->o), true };
	int r = loop_make(p, e);

	if (r == 0)
		r = state_open(p, e);
	if (r == 0)
		r = dns_server_open(&p->o.dns, p->book, &p->server, e);
	p->o.door.metrics = metrics;
	p->o.door.metrics_ctx = &p->told;
	if (r == 0)
		r = door_open(&p->o.door, p->book, &p->door, e);
	if (r == 0 && *p->o.kubeconfig)
		r = podwatch_open(p->o.kubeconfig, p->book, &p->pods, e);
	p->told = (struct admin_parts){ p->server, p->book, p->door };
	if (r == 0 && *p->o.admin)
		r = listen_pages_open(p->base, p->o.admin, admin_pages, &p->told, &p->admin, e);
	if (r == 0)
		r = drop_privileges(&drop, e);
	if (r == 0)
		r = dns_server_start(p->server, e);
	if (r == 0)
		r = door_start(p->door, e);
	if (r == 0 && p->pods)
		r = podwatch_start(p->pods, e);
	return r;
}

static void program_end(struct program *p)
{
	listen_pages_close(p->admin);
	door_stop(p->door);
	podwatch_stop(p->pods);
	dns_server_free(p->server);
	book_close(p->book);
	for (size_t i = 0; i < ARRAY_LEN(p->signals); i++) {
		if (p->signals[i])
			event_free(p->signals[i]);
	}
	if (p->base)
		event_base_free(p->base);
}

int main(int argc, char **argv)
{
	autoconfig struct config config = { 0 };
	struct program p = { 0 };
	struct err e;
	int r;

	if (argc > 1 && argv[1][0] != '-')
		return control_main(argc - 1, argv + 1);
	r = options_load(argc, argv, &p.o, &config, &e);
	if (r == 0 && config.words.n > 0)
		r = err_set(&e, ERR_INVALID, 0, "a verb comes first: gale-dns %s [flags]",
			config.words.v[0]);
	if (r < 0)
		fprintf(stderr, "gale-dns: %s\n", e.msg);
	if (r != 0)
		return r < 0;
	log_init("gale-dns", p.o.least_log);
	r = program_start(&p, &e);
	if (r < 0) {
		log_write(LOG_ERROR, "ended", "error", e.msg, NULL);
	} else {
		log_write(LOG_INFO, "serving", "listen", p.o.dns.listen, NULL);
		event_base_dispatch(p.base);
		log_write(LOG_INFO, "ending", NULL);
	}
	program_end(&p);
	return r < 0;
}
