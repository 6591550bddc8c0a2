/* The guardian: when the supervisor dies or misses the deadline, it takes the experiment back. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "fault/experiment.h"

/* The supervisor is first at the deadline; a stopped or stuck one is late by this much. */
#define GRACE_MS 300

/* A revert that fails is tried again for as long as it takes. */
#define RETRY_MS      250
#define RETRY_MOST_MS 10000

static const char *guardian_wait(int supervisor, int timer)
{
	struct pollfd p[] = { { supervisor, POLLIN, 0 }, { timer, POLLIN, 0 } };

	while (poll(p, ARRAY_LEN(p), -1) < 0)
		;
	return p[0].revents ? "supervisor" : "deadline";
}

static _Noreturn void guardian_main(struct run *run, int supervisor)
{
	int64_t late = run->head.deadline_boot_ms ? run->head.deadline_boot_ms + GRACE_MS : 0;
	struct err why = { 0 };
	const char *reason;
	int timer = -1;

	run_done(run);
	setsid();
	prctl(PR_SET_NAME, "gale-guardian");
	if (deadline_timer(late, &timer, NULL) < 0)
		_exit(1); /* the supervisor sees it and takes the experiment back */
	reason = guardian_wait(supervisor, timer);
	err_set(&why, ERR_SYSTEM, 0, "the supervisor %s",
		reason[0] == 's' ? "was killed" : "did not keep the deadline");
	for (int64_t pause = RETRY_MS;
		experiment_take_back(run->state, run->head.uid, reason, &why, NULL) < 0;) {
		clock_sleep_ms(pause);
		pause = pause * 2 > RETRY_MOST_MS ? RETRY_MOST_MS : pause * 2;
	}
	_exit(0);
}

int guardian_start(struct run *run, struct err *e)
{
	autoclose int supervisor = -1;
	pid_t pid;
	int r = process_open_own(getpid(), &run->head.supervisor, &supervisor, e);

	if (r < 0)
		return r;
	pid = fork();
	if (pid < 0)
		return err_set(e, ERR_SYSTEM, errno, "fork the guardian");
	if (pid == 0)
		guardian_main(run, supervisor);
	return process_open_own(pid, &run->head.guardian, &run->guardian, e);
}
