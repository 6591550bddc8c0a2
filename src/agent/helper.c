/* The root helper. */
#include "agent/helper.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/job.h"
#include "agent/keep.h"
#include "agent/message.h"
#include "agent/node_order.h"
#include "agent/order.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define MOST_JOBS	 64
#define MOST_PIECE	 32768
#define RESTART_AFTER_MS 1000
#define STOP_WITHIN_MS	 3000

/* Jobs of the helper's own, before any order: first the one, then the other. */
#define ID_VERSION UINT32_MAX
#define ID_RECOVER (UINT32_MAX - 1)
#define ID_NOBODY  0 /* the network side that asked is gone */

struct helper {
	const struct options *o;
	network_f *network_main;
	char gale[PATH_MAX], version[64];
	char *env[14]; /* the last stays NULL */
	int signals;
	int fd; /* to the network side, -1: it does not run */
	pid_t network;
	int64_t restart_ms, kill_ms; /* boot clock, 0: not wanted */
	bool recovered, stopping, ended;
	int64_t begun_ms; /* wall clock */
	struct node_ended node_ended;
	struct job jobs[MOST_JOBS];
	struct message in;
	struct err *e;
	int result;
};

static void helper_end(struct helper *h, int result)
{
	h->ended = true;
	h->result = result;
}

/* The program beside this one. */
static int gale_find(char ret[static PATH_MAX], struct err *e)
{
	ssize_t n = readlink("/proc/self/exe", ret, PATH_MAX - sizeof("gale"));
	char *slash;

	if (n < 0)
		return err_set(e, ERR_SYSTEM, errno, "find the agent's own program");
	ret[n] = '\0';
	slash = strrchr(ret, '/');
	memcpy(slash + 1, "gale", sizeof("gale"));
	if (access(ret, X_OK) < 0)
		return err_set(e, ERR_NOTFOUND, errno, "%s", ret);
	return 0;
}

static int env_make(struct helper *h, struct err *e)
{
	static const char *const kept[] = { "CHAOSBLADE_DATAFILE_PATH", "TZ",
		"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT" };
	const char *home = getenv("HOME"), *node_port = strrchr(h->o->node_listen, ':');
	char ports[64] = "";
	size_t n = 0;
	int r = 0;

	r |= asprintf(&h->env[n++], "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	r |= asprintf(&h->env[n++], "HOME=%s", str_empty(home) ? "/root" : home);
	r |= asprintf(&h->env[n++], "LANG=C");
	r |= asprintf(&h->env[n++], "GALE_STATE=%s", h->o->state);
	r |= asprintf(&h->env[n++], "GALE_RUN=%s", h->o->run);
	/* Faults of the network leave these ways alone unless they name them. */
	if (*h->o->host)
		snprintf(ports, sizeof(ports), "%lld,%d%s", h->o->port, h->o->host_port,
			node_port ? "," : "");
	r |= asprintf(
		&h->env[n++], "GALE_PROTECT_PORTS=%s%s", ports, node_port ? node_port + 1 : "");
	if (!str_empty(h->o->flood_allow))
		r |= asprintf(&h->env[n++], "GALE_FLOOD_ALLOW=%s", h->o->flood_allow);
	if (*h->o->host)
		r |= asprintf(&h->env[n++], "GALE_PROTECT_NAMES=%s", h->o->host);
	if (!str_empty(h->o->kubeconfig) && !str_eq(h->o->kubeconfig, "in-cluster"))
		r |= asprintf(&h->env[n++], "KUBECONFIG=%s", h->o->kubeconfig);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		if (getenv(kept[i]))
			r |= asprintf(&h->env[n++], "%s=%s", kept[i], getenv(kept[i]));
	}
	return r < 0 ? err_set(e, ERR_NOMEM, ENOMEM, "make gale's environment") : 0;
}

/* The network side. */

static int network_start(struct helper *h, struct err *e)
{
	const struct timeval patience = { 5, 0 };
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(e, ERR_SYSTEM, errno, "make the socket between the two sides");
	pid = fork();
	if (pid == 0) {
		/* Nothing of the helper's is left open in it. */
		if (dup2(ends[1], 3) < 0)
			_exit(NETWORK_CANNOT);
		closefrom(4);
		_exit(h->network_main(h->o, 3, h->version));
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return err_set(e, ERR_SYSTEM, errno, "start the network side");
	}
	/* One that does not listen any more must not hold up the helper. */
	setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	h->fd = ends[0];
	h->network = pid;
	return 0;
}

static void network_lost(struct helper *h)
{
	cleanup_close(&h->fd);
	h->fd = -1;
	if (h->network)
		kill(h->network, SIGKILL);
	for (size_t i = 0; i < MOST_JOBS; i++) {
		if (h->jobs[i].id < ID_RECOVER)
			h->jobs[i].id = ID_NOBODY;
	}
}

static void network_ended(struct helper *h, int status)
{
	h->network = 0;
	network_lost(h);
	if (h->stopping) {
		helper_end(h, 0);
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == NETWORK_CANNOT) {
		helper_end(h, err_set(h->e, ERR_SYSTEM, 0, "the network side could not start"));
	} else {
		log_write(LOG_ERROR, "network.ended", "signal",
			WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "none", "consequence",
			"starting it again", NULL);
		h->restart_ms = clock_boot_ms() + RESTART_AFTER_MS;
	}
}

/* Jobs. */

static struct job *job_by_pid(struct helper *h, pid_t pid)
{
	for (size_t i = 0; i < MOST_JOBS; i++) {
		if (h->jobs[i].pid == pid)
			return &h->jobs[i];
	}
	return NULL;
}

static int gale_start(struct helper *h, uint32_t id, const struct words *words, struct err *e)
{
	struct job *j = job_by_pid(h, 0);
	int r;

	if (!j)
		return err_set(e, ERR_BUSY, 0, "%d orders are being carried out", MOST_JOBS);
	r = job_start(j, &(struct job_program){ h->gale, h->env, h->o->leave_container }, words, e);
	if (r == 0)
		j->id = id;
	return r;
}

/* A job of the helper's own: one word. */
static int own_start(struct helper *h, uint32_t id, const char *verb, struct err *e)
{
	char *v[] = { (char *)verb, NULL };
	struct words words = { v, 1 };

	return gale_start(h, id, &words, e);
}

static void answer(struct helper *h, uint32_t id, unsigned status, const char *text)
{
	size_t len = strlen(text);
	int r = 0;

	if (h->fd < 0 || id == ID_NOBODY)
		return;
	while (len > MOST_PIECE && r == 0) {
		r = message_send(h->fd, MESSAGE_PART, id, 0, text, MOST_PIECE, 0, NULL);
		text += MOST_PIECE;
		len -= MOST_PIECE;
	}
	if (r == 0)
		r = message_send(h->fd, MESSAGE_END, id, status, text, len, 0, NULL);
	if (r < 0)
		network_lost(h);
}

/* gale answered "Version: X": it works here, and the console is told X. */
static void version_known(struct helper *h, enum order_status status, const char *text)
{
	const char *at = strcasestr(text, "version:");
	struct err e;

	if (status != ORDER_DONE || !at) {
		helper_end(h, err_set(h->e, ERR_SYSTEM, 0, "%s version: %.200s", h->gale, text));
		return;
	}
	at += strlen("version:");
	at += strspn(at, " \t");
	snprintf(h->version, sizeof(h->version), "%.*s", (int)strcspn(at, " \t\r\n"), at);
	if (own_start(h, ID_RECOVER, "recover", &e) < 0 || network_start(h, &e) < 0)
		helper_end(h, err_set(h->e, ERR_SYSTEM, 0, "%s", e.msg));
}

static void recover_done(struct helper *h, enum order_status status, const char *text)
{
	if (status == ORDER_DONE)
		log_write(LOG_INFO, "recovered", "result", text, NULL);
	else
		log_write(LOG_ERROR, "recover.failed", "error", text, NULL);
	h->recovered = true;
}

static void job_ended(struct helper *h, struct job *j, int wait_status)
{
	const char *text;
	enum order_status status = job_end(j, wait_status, &text);

	if (j->id == ID_VERSION)
		version_known(h, status, text);
	else if (j->id == ID_RECOVER)
		recover_done(h, status, text);
	else
		answer(h, j->id, status, text);
	job_free(j);
}

/* What the network side asks for. */

/* Without a console, who asks for more than to look has to sign. */
static int order_take(struct helper *h, const struct words *given, struct words *ret, struct err *e)
{
	if (str_empty(h->o->host) && !(given->n > 0 && str_eq(given->v[0], "status")))
		return err_set(e, ERR_DENIED, 0, "the order is not signed");
	return order_check(
		&h->o->allow_list, h->o->cluster ? ORDER_CLUSTER : ORDER_HOST, given, ret, e);
}

static int signed_take(struct helper *h, struct words *ret, struct err *e)
{
	const struct node_rules rules = { .node = h->o->node_name,
		.keys = h->o->node_sign_key,
		.allow = &h->o->allow_list,
		.now_ms = clock_wall_ms(),
		.begun_ms = h->begun_ms,
		.ended = &h->node_ended };

	if (str_empty(h->o->node_listen))
		return err_set(
			e, ERR_PROTOCOL, 0, "a message of an operator that there is none of");
	return node_order_read(h->in.data, h->in.len, &rules, ret, e);
}

static int order_start(struct helper *h, const struct words *given, struct err *e)
{
	autowords struct words words = { 0 };
	int r;

	if (h->in.id == ID_NOBODY || h->in.id >= ID_RECOVER)
		return err_set(e, ERR_PROTOCOL, 0, "a message with an id of the helper's own");
	r = h->in.kind == MESSAGE_SIGNED ? signed_take(h, &words, e)
					 : order_take(h, given, &words, e);
	return r < 0 ? r : gale_start(h, h->in.id, &words, e);
}

static int message_obey(struct helper *h, const struct words *words, struct err *e)
{
	switch (h->in.kind) {
	case MESSAGE_ORDER:
	case MESSAGE_SIGNED:
		return order_start(h, words, e);
	case MESSAGE_CERT:
		return keep_cert(words, e);
	case MESSAGE_APP:
		return keep_app(h->o->state, words, e);
	default:
		return err_set(e, ERR_PROTOCOL, 0, "a message of an unknown kind");
	}
}

static void message_take(struct helper *h)
{
	autowords struct words words = { 0 };
	struct err e;
	int r = message_receive(h->fd, &h->in, MSG_DONTWAIT, &e);

	if (r == -ERR_BUSY)
		return;
	if (r == 0 && h->in.kind != MESSAGE_SIGNED)
		r = message_words(&h->in, &words, &e);
	if (r < 0) {
		if (r != -ERR_NOTFOUND) /* its end is told of by a signal */
			log_write(LOG_ERROR, "network.bad", "error", e.msg, NULL);
		network_lost(h);
		return;
	}
	r = message_obey(h, &words, &e);
	if (r == 0)
		return;
	log_write(LOG_WARN, "order.refused", "error", e.msg, NULL);
	if (h->in.kind == MESSAGE_ORDER || h->in.kind == MESSAGE_SIGNED)
		answer(h, h->in.id, ORDER_REFUSED + e.kind, e.msg);
}

/* Signals, time, and the loop. */

static void children_reap(struct helper *h)
{
	struct job *j;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == h->network)
			network_ended(h, status);
		else if ((j = job_by_pid(h, pid)))
			job_ended(h, j, status);
	}
}

static void signal_take(struct helper *h)
{
	struct signalfd_siginfo info;

	if (read(h->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD) {
		children_reap(h);
	} else if (!h->network) {
		helper_end(h, 0);
	} else {
		h->stopping = true;
		h->kill_ms = clock_boot_ms() + STOP_WITHIN_MS;
		kill(h->network, SIGTERM);
	}
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Does what is due; returns how long to wait for the next, as poll(2) takes it. */
static int time_pass(struct helper *h)
{
	int64_t now = clock_boot_ms(), next = sooner(h->restart_ms, h->kill_ms);
	struct err e;

	if (h->restart_ms && h->restart_ms <= now && !h->stopping) {
		h->restart_ms = next = 0;
		if (network_start(h, &e) < 0)
			helper_end(h, err_set(h->e, ERR_SYSTEM, 0, "%s", e.msg));
	}
	if (h->kill_ms && h->kill_ms <= now && h->network)
		kill(h->network, SIGKILL);
	for (size_t i = 0; i < MOST_JOBS; i++) {
		struct job *j = &h->jobs[i];

		if (j->pid && j->until_ms <= now)
			job_kill(j, "it took longer than 60 s");
		else if (j->pid)
			next = sooner(next, j->until_ms);
	}
	return next == 0 ? -1 : next <= now ? 10 : (int)(next - now);
}

static void helper_turn(struct helper *h)
{
	struct pollfd fds[2 + 2 * MOST_JOBS];
	int wait = time_pass(h);

	if (h->ended)
		return;
	fds[0] = (struct pollfd){ h->signals, POLLIN, 0 };
	/* Recovery goes before any order. */
	fds[1] = (struct pollfd){ h->recovered ? h->fd : -1, POLLIN, 0 };
	for (size_t i = 0; i < 2 * MOST_JOBS; i++) {
		const struct job *j = &h->jobs[i / 2];

		fds[2 + i] = (struct pollfd){ j->pid ? j->fds[i % 2] : -1, POLLIN, 0 };
	}
	if (poll(fds, ARRAY_LEN(fds), wait) < 0)
		return;
	for (size_t i = 0; i < 2 * MOST_JOBS; i++) {
		if (fds[2 + i].revents)
			job_read(&h->jobs[i / 2], i % 2);
	}
	if (fds[1].revents)
		message_take(h);
	if (fds[0].revents)
		signal_take(h);
}

static int signals_open(struct err *e)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_set(e, ERR_SYSTEM, errno, "listen for signals") : fd;
}

int helper_run(const struct options *o, network_f *network, struct err *e)
{
	static struct helper h;
	int r;

	h.o = o;
	h.network_main = network;
	h.fd = h.signals = -1;
	h.begun_ms = clock_wall_ms();
	h.e = e;
	r = gale_find(h.gale, e);
	if (r == 0)
		r = env_make(&h, e);
	if (r == 0)
		r = h.signals = signals_open(e);
	if (r >= 0)
		r = own_start(&h, ID_VERSION, "version", e);
	while (r == 0 && !h.ended)
		helper_turn(&h);
	for (size_t i = 0; i < MOST_JOBS; i++) {
		if (h.jobs[i].pid)
			job_kill(&h.jobs[i], "the agent ends");
	}
	if (h.network)
		kill(h.network, SIGTERM);
	for (size_t i = 0; i < ARRAY_LEN(h.env); i++)
		free(h.env[i]);
	cleanup_close(&h.signals);
	return r < 0 ? r : h.result;
}
