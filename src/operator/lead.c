/* Which of several operators works. */
#include "operator/lead.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/str.h"

int lead_init(struct lead *l, const char *kubeconfig, const char *spec, int64_t duration_ms,
	struct err *e)
{
	size_t len = strcspn(spec, "/");
	char host[65] = "", chance[9];

	*l = (struct lead){ .timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC) };
	if (l->timer_fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "timer");
	gethostname(host, sizeof(host) - 1);
	rand_hex(chance, sizeof(chance) - 1);
	snprintf(l->holder, sizeof(l->holder), "%s_%s", host, chance);
	snprintf(l->namespace, sizeof(l->namespace), "%.*s", (int)len, spec);
	l->lease = (struct kube_lease){ .namespace = l->namespace,
		.name = spec + len + 1,
		.holder = l->holder,
		.duration_ms = duration_ms };
	return kube_config_load(kubeconfig, &l->config, e);
}

/* What is asked is given up at until_ms (boot clock), also when the server says nothing at all. */
static struct kube_api api_until(struct lead *l, int64_t until_ms)
{
	const struct itimerspec at = { .it_value = { until_ms / 1000, until_ms % 1000 * 1000000 } };

	timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
	return (struct kube_api){ &l->config, l->timer_fd };
}

void lead_done(struct lead *l)
{
	const struct kube_api api = api_until(l, clock_boot_ms() + l->lease.duration_ms);

	if (l->held)
		kube_lease_release(&api, &l->lease, NULL);
	kube_config_free(&l->config);
	cleanup_close(&l->timer_fd);
}

/* A fifth of the duration, or until a signal: true. */
static bool pause_signalled(const struct lead *l)
{
	int64_t ms = l->lease.duration_ms / 5;
	const struct timespec wait = { ms / 1000, ms % 1000 * 1000000 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return sigtimedwait(&set, NULL, &wait) > 0;
}

static bool try(struct lead *l, int64_t until_ms)
{
	const struct kube_api api = api_until(l, until_ms);
	int64_t begun_ms = clock_boot_ms();
	struct err e = { 0 };
	bool held = false;

	if (kube_lease_try(&api, &l->lease, &held, &e) < 0) {
		log_write(LOG_WARN, "lease", "error", e.msg, "retrying", "true", NULL);
		return false;
	}
	l->held = held;
	if (held)
		l->held_ms = begun_ms;
	return held;
}

int lead_gain(struct lead *l)
{
	bool told = false;

	while (!try(l, clock_boot_ms() + l->lease.duration_ms)) {
		if (!told)
			log_write(LOG_INFO, "standing by", "lease", l->lease.name, NULL);
		told = true;
		if (pause_signalled(l))
			return 1;
	}
	return 0;
}

int lead_keep(struct lead *l, struct err *e)
{
	while (!pause_signalled(l)) {
		int64_t until_ms = l->held_ms + l->lease.duration_ms * 2 / 3;

		if (!try(l, until_ms) && clock_boot_ms() >= until_ms)
			return err_set(e, ERR_TIMEOUT, 0,
				"lease %s is lost: another operator may have it", l->lease.name);
	}
	return 0;
}
