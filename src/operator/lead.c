/* Which of several operators works. */
#include "operator/lead.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/str.h"

int lead_init(struct lead *l, const char *kubeconfig, const char *spec, int64_t duration_ms,
	struct err *e)
{
	size_t len = strcspn(spec, "/");
	char host[65] = "", chance[9];

	*l = (struct lead){ 0 };
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

void lead_done(struct lead *l)
{
	const struct kube_api api = { &l->config, -1 };

	if (l->held)
		kube_lease_release(&api, &l->lease, NULL);
	kube_config_free(&l->config);
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

static bool try(struct lead *l)
{
	const struct kube_api api = { &l->config, -1 };
	struct err e = { 0 };
	bool held = false;

	if (kube_lease_try(&api, &l->lease, &held, &e) < 0)
		log_write(LOG_WARN, "lease", "error", e.msg, "retrying", "true", NULL);
	l->held = held;
	return held;
}

int lead_gain(struct lead *l)
{
	bool told = false;

	while (!try(l)) {
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
	int64_t held_ms = clock_boot_ms();

	while (!pause_signalled(l)) {
		int64_t begun_ms = clock_boot_ms();

		if (try(l))
			held_ms = begun_ms;
		else if (clock_boot_ms() - held_ms > l->lease.duration_ms * 2 / 3)
			return err_set(e, ERR_TIMEOUT, 0,
				"lease %s is lost: another operator may have it", l->lease.name);
	}
	return 0;
}
