/* A queue of questions, threads, and the list of their answers. */
#include "operator/admit_work.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "operator/admit_rights.h"
#include "operator/thread.h"

enum {
	WORKERS = 4,
	PATIENCE_MS = 4500, /* the API server waits 5 s */
	LARGE = 256 << 10,  /* read, it takes forty times as much: one of these at a time */
};

STAILQ_HEAD(questions, question);

enum outcome { ALLOWED, REFUSED, FAILED, OUTCOMES };

struct worker {
	struct admit_work *of;
	struct kube_config config;
	int timer_fd; /* readable: the API server has waited too long */
	struct thread thread;
};

struct admit_work {
	bool rights;
	int done_fd;
	atomic_ullong counts[OUTCOMES];
	struct worker workers[WORKERS];
	pthread_mutex_t large; /* held for the time of a large one */

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t asked_more;
	struct questions asked, answered;
	bool closed; /* nothing more is taken up */
};

struct question *question_new(void *from, const char *path, size_t len)
{
	struct question *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	*q = (struct question){ .from = from,
		.path = strdup(path),
		.text = malloc(len + 1),
		.len = len,
		.came_ms = clock_boot_ms() };
	if (!q->path || !q->text) {
		question_free(q);
		return NULL;
	}
	q->text[len] = '\0';
	return q;
}

void question_free(struct question *q)
{
	free(q->path);
	free(q->text);
	free(q->answer);
	free(q);
}

/* The first of a list, which it leaves. NULL: it is empty. */
static struct question *take(struct questions *all)
{
	struct question *q = STAILQ_FIRST(all);

	if (q)
		STAILQ_REMOVE_HEAD(all, link);
	return q;
}

void admit_work_ask(struct admit_work *w, struct question *q)
{
	pthread_mutex_lock(&w->lock);
	STAILQ_INSERT_TAIL(&w->asked, q, link);
	pthread_cond_signal(&w->asked_more);
	pthread_mutex_unlock(&w->lock);
}

struct question *admit_work_answered(struct admit_work *w)
{
	struct question *q;

	pthread_mutex_lock(&w->lock);
	q = take(&w->answered);
	pthread_mutex_unlock(&w->lock);
	return q;
}

static struct question *take_up(struct admit_work *w)
{
	struct question *q;

	pthread_mutex_lock(&w->lock);
	while (STAILQ_EMPTY(&w->asked) && !w->closed)
		pthread_cond_wait(&w->asked_more, &w->lock);
	q = w->closed ? NULL : take(&w->asked);
	pthread_mutex_unlock(&w->lock);
	return q;
}

static void give_back(struct admit_work *w, struct question *q)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&w->lock);
	STAILQ_INSERT_TAIL(&w->answered, q, link);
	pthread_mutex_unlock(&w->lock);
	/* it only fails when it is readable already */
	(void)!write(w->done_fd, &one, sizeof(one));
}

static int answer(struct worker *w, struct question *q)
{
	const int64_t until_ms = q->came_ms + PATIENCE_MS;
	const struct itimerspec at = { .it_value = { until_ms / 1000, until_ms % 1000 * 1000000 } };
	struct kube_api api = { &w->config, w->timer_fd };
	const struct admit_rights rights = { w->of->rights ? rights_ask : NULL, &api };

	timerfd_settime(w->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
	if (clock_boot_ms() >= until_ms)
		return err_set(&q->err, ERR_TIMEOUT, 0, "too many questions");
	return admit(q->path, q->text, q->len, &rights, &q->answer, &q->err);
}

static void work(struct worker *w, struct question *q)
{
	pthread_mutex_t *large = q->len > LARGE ? &w->of->large : NULL;
	int r;

	if (large)
		pthread_mutex_lock(large);
	r = answer(w, q);
	if (large)
		pthread_mutex_unlock(large);
	atomic_fetch_add(&w->of->counts[r < 0 ? FAILED : r > 0 ? REFUSED : ALLOWED], 1);
}

static void *worker_run(void *ctx)
{
	struct worker *w = ctx;
	struct question *q;

	while ((q = take_up(w->of))) {
		work(w, q);
		give_back(w->of, q);
	}
	return NULL;
}

void admit_work_metrics(const struct admit_work *w, struct buf *ret)
{
	static const char *const names[] = { "allowed", "refused", "failed" };

	buf_str(ret, "# TYPE gale_operator_webhook_questions_total counter\n");
	for (size_t i = 0; i < OUTCOMES; i++)
		buf_fmt(ret, "gale_operator_webhook_questions_total{outcome=\"%s\"} %llu\n",
			names[i], atomic_load(&w->counts[i]));
}

static int worker_make(
	struct worker *w, struct admit_work *of, const char *kubeconfig, struct err *e)
{
	w->of = of;
	w->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->timer_fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "timer");
	return kube_config_load(kubeconfig, &w->config, e);
}

int admit_work_new(
	const char *kubeconfig, bool rights, int done_fd, struct admit_work **ret, struct err *e)
{
	struct admit_work *w = calloc(1, sizeof(*w));
	int r = 0;

	if (!w)
		return err_set(e, ERR_NOMEM, ENOMEM, "webhook");
	w->rights = rights;
	w->done_fd = done_fd;
	pthread_mutex_init(&w->large, NULL);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->asked_more, NULL);
	STAILQ_INIT(&w->asked);
	STAILQ_INIT(&w->answered);
	for (size_t i = 0; i < WORKERS; i++)
		w->workers[i].timer_fd = -1;
	for (size_t i = 0; i < WORKERS && r == 0; i++)
		r = worker_make(&w->workers[i], w, kubeconfig, e);
	if (r < 0)
		admit_work_free(w);
	else
		*ret = w;
	return r;
}

int admit_work_start(struct admit_work *w, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < WORKERS && r == 0; i++)
		r = thread_start(&w->workers[i].thread, worker_run, &w->workers[i], e);
	return r;
}

static void questions_free(struct questions *all)
{
	struct question *q;

	while ((q = take(all)))
		question_free(q);
}

void admit_work_free(struct admit_work *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->closed = true;
	pthread_cond_broadcast(&w->asked_more);
	pthread_mutex_unlock(&w->lock);
	for (size_t i = 0; i < WORKERS; i++) {
		thread_join(&w->workers[i].thread);
		kube_config_free(&w->workers[i].config);
		cleanup_close(&w->workers[i].timer_fd);
	}
	questions_free(&w->asked);
	questions_free(&w->answered);
	pthread_cond_destroy(&w->asked_more);
	pthread_mutex_destroy(&w->lock);
	pthread_mutex_destroy(&w->large);
	free(w);
}
