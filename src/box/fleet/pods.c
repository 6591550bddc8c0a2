/* Reports of pods, written by a thread of their own; pods that are reported no more. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "box/fleet/inside.h"
#include "box/fleet/pod_report.h"
#include "box/net/work.h"
#include "box/store/account.h"
#include "box/store/db.h"
#include "box/store/pod.h"

#define REPORTS_WAITING 64
#define SWEEP_MS	5000
#define FORGET_MS	(7 * 24 * 3600 * 1000LL)

struct job {
	struct fleet *fleet;
	struct fleet_caller who;
	const char *text;
	int64_t now_ms;
	pods_done_f *done;
	void *arg;
};

static int take_report(const struct job *job, struct pod_report *report, struct err *e)
{
	struct db *db = job->fleet->pods_db;
	struct user_secret secret;
	struct device agent;
	struct user user;
	size_t unknown;
	int r;

	if ((r = store_user_by_id(db, job->who.user, &user, &secret, e)) < 0 ||
		(r = store_device_find(db, job->who.user, job->who.cid, &agent, e)) < 0)
		return r;
	r = pod_report_read(job->text, strlen(job->text), user.user_id, agent.namespace, report, e);
	if (r < 0)
		return r;
	if (report->n > 0 && agent.cluster_id[0] == '\0')
		return err_set(e, ERR_INVALID, 0,
			"pods are reported by agents of clusters: --agent.mode k8s");
	r = store_pods_report(db, &agent, report->pods, report->n, job->now_ms, &unknown, e);
	if (r == 0 && unknown > 0)
		return err_set(e, ERR_CONFLICT, 0,
			"%zu pods are not known here: tell all of them in full", unknown);
	return r;
}

static void run_job(void *arg)
{
	struct job *job = arg;
	autopods struct pod_report report = { 0 };
	struct err e = { 0 };

	if (take_report(job, &report, &e) < 0)
		job->done(NULL, &e, job->arg);
	else
		job->done(pod_report_answer(&report), NULL, job->arg);
	free(job);
}

int fleet_report_pods(struct fleet *fleet, const struct fleet_caller *who, const char *text,
	int64_t now_ms, pods_done_f *done, void *arg, struct err *e)
{
	struct job *job = malloc(sizeof(*job));
	int r;

	if (!job)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	*job = (struct job){ fleet, *who, text, now_ms, done, arg };
	r = work_post(fleet->pods_work, run_job, job, e);
	if (r < 0)
		free(job);
	return r;
}

void fleet_pods_sweep(struct fleet *fleet, int64_t now_ms)
{
	int64_t limit = now_ms - fleet->options.pods_lost_ms;
	struct err e = { 0 };

	/* After a start, reports get as long as they always have. */
	if (limit < fleet->started_ms || now_ms < fleet->pods_swept_ms + SWEEP_MS)
		return;
	fleet->pods_swept_ms = now_ms;
	if (store_pods_lost(fleet->options.db, limit, &e) < 0 ||
		store_pods_forget(fleet->options.db, now_ms - FORGET_MS, &e) < 0)
		log_write(LOG_ERROR, "pods.not_swept", "error", e.msg, NULL);
}

int fleet_pods_start(struct fleet *fleet, struct err *e)
{
	int r = db_open(fleet->options.db_path, &fleet->pods_db, e);

	return r < 0 ? r : work_new(1, REPORTS_WAITING, &fleet->pods_work, e);
}

void fleet_pods_end(struct fleet *fleet)
{
	work_free(fleet->pods_work);
	db_close(fleet->pods_db);
}
