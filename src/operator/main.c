/* gale-operator: from its start to its end; what it does meanwhile is in work.c. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/drop.h"
#include "operator/admin.h"
#include "operator/dns_push.h"
#include "operator/gate.h"
#include "operator/lead.h"
#include "operator/options.h"
#include "operator/secrets.h"
#include "operator/uninstall.h"
#include "operator/webhook.h"
#include "operator/work.h"

struct program {
	struct options o;
	struct works *works;
	struct secrets *secrets;     /* NULL: files are given */
	struct uninstall *uninstall; /* NULL: it works as ever */
	struct nodes *nodes;	     /* NULL: no way to them */
	struct gates *gates;
	struct dns_push *dns;	 /* NULL: there are no DNS servers */
	struct admin *admin;	 /* NULL: none is wanted */
	struct webhook *webhook; /* NULL: none */
	struct lead lead;
	int stop_fd;
};

static void signals_wait(void)
{
	sigset_t set;
	int signal;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigwait(&set, &signal);
}

static void signals_block(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int dns_prepare(struct program *p, struct err *e)
{
	struct dns_push_options o = { p->o.kubeconfig, p->o.dns_service, p->o.nodes.files,
		p->stop_fd };

	o.files.names = p->o.dns_names;
	return dns_push_new(&o, &p->dns, e);
}

/* Credentials are read, and ports taken, before everything is given up. */
static int program_prepare(struct program *p, struct err *e)
{
	struct works_options o = {
		p->o.kubeconfig, (size_t)p->o.workers,
		{ .pause_image = p->o.pause_image, .renew_ms = p->o.renew_ms, .scope = p->o.scope }
	};
	int r = 0;

	p->stop_fd = o.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->stop_fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "eventfd");
	if (*p->o.secrets)
		r = secrets_new(&(struct secrets_options){ p->o.kubeconfig, p->o.secrets, p->o.run,
					p->stop_fd },
			&p->secrets, e);
	if (r == 0 && *p->o.nodes.files.cert)
		r = nodes_open(&p->o.nodes, &p->nodes, e);
	if (r == 0)
		r = gates_new(&p->gates, e);
	if (r == 0 && *p->o.dns_service)
		r = dns_prepare(p, e);
	o.means.dns = p->dns;
	o.means.nodes = p->nodes;
	o.means.gates = p->gates;
	if (r == 0)
		r = works_new(&o, &p->works, e);
	if (r == 0 && *p->o.webhook.listen)
		r = webhook_new(&p->o.webhook, p->o.kubeconfig, p->stop_fd, &p->webhook, e);
	if (r == 0 && *p->o.admin)
		r = admin_open(p->o.admin, &(struct admin_sources){ p->works, p->webhook },
			p->stop_fd, &p->admin, e);
	if (r == 0 && *p->o.lease)
		r = lead_init(&p->lead, p->o.kubeconfig, p->o.lease, p->o.lease_ms, e);
	return r;
}

/* When it is lost another works: not one deed more, and all that counts is written already. */
static void lead_keep_or_exit(struct lead *l)
{
	struct err e;

	if (lead_keep(l, &e) == 0)
		return;
	log_write(LOG_ERROR, "ended", "error", e.msg, NULL);
	_exit(1);
}

/* What only one of several operators does. */
static int lead_start(struct program *p, struct err *e)
{
	int r = 0;

	webhook_lead(p->webhook);
	if (p->dns)
		r = dns_push_start(p->dns, e);
	return r < 0 ? r : works_start(p->works, e);
}

static int program_run(struct program *p, struct err *e)
{
	const struct drop drop = { p->o.user, 1024, true };
	int r;

	signals_block();
	r = drop_privileges(&drop, e);
	if (r == 0 && p->admin)
		r = admin_run(p->admin, e);
	if (r == 0 && p->webhook)
		r = webhook_start(p->webhook, e);
	if (r == 0 && p->o.uninstall_ms > 0)
		r = uninstall_start(&(struct uninstall_options){ p->o.kubeconfig, p->o.lease,
					    p->o.uninstall_ms, p->stop_fd },
			&p->uninstall, e);
	else if (r == 0 && p->secrets)
		r = secrets_start(p->secrets, e);
	if (r == 0 && *p->o.lease && lead_gain(&p->lead) != 0)
		return 0;
	if (r == 0)
		r = lead_start(p, e);
	if (r < 0)
		return r;
	log_write(LOG_INFO, "serving", "api", works_host(p->works), NULL);
	if (*p->o.lease)
		lead_keep_or_exit(&p->lead);
	else
		signals_wait();
	log_write(LOG_INFO, "ending", NULL);
	return 0;
}

/* Waits for all that was begun; tells what came of the uninstalling. */
static int program_end(struct program *p, struct err *e)
{
	const uint64_t one = 1;
	int r;

	if (p->stop_fd >= 0 && write(p->stop_fd, &one, sizeof(one)) < 0)
		log_write(LOG_ERROR, "ending", "error", "eventfd", NULL);
	admin_free(p->admin);
	works_end(p->works);
	dns_push_end(p->dns);
	lead_done(&p->lead);
	r = uninstall_end(p->uninstall, e);
	secrets_end(p->secrets);
	webhook_free(p->webhook); /* it lingers: another may lead meanwhile */
	nodes_close(p->nodes);
	gates_free(p->gates);
	if (p->stop_fd >= 0)
		close(p->stop_fd);
	return r;
}

int main(int argc, char **argv)
{
	autoconfig struct config config = { 0 };
	struct program p = { .stop_fd = -1, .lead.timer_fd = -1 };
	struct err e;
	int r, ended;

	r = options_load(argc, argv, &p.o, &config, &e);
	if (r < 0)
		fprintf(stderr, "gale-operator: %s\n", e.msg);
	if (r != 0)
		return r < 0;
	log_init("gale-operator", p.o.least_log);
	mallopt(M_ARENA_MAX, 2); /* many threads, little memory */
	r = program_prepare(&p, &e);
	if (r == 0)
		r = program_run(&p, &e);
	if (r < 0)
		log_write(LOG_ERROR, "ended", "error", e.msg, NULL);
	ended = program_end(&p, &e);
	if (ended < 0)
		log_write(LOG_ERROR, "uninstall", "error", e.msg, NULL);
	return r < 0 || ended < 0;
}
