/* A bounded queue and its threads. */
#include "box/net/work.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct job {
	work_f *run;
	void *arg;
};

struct work {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct job *ring;
	unsigned size, first, n;
	bool stop;
	pthread_t *threads;
	unsigned n_threads;
};

static void *work_thread(void *arg)
{
	struct work *work = arg;

	pthread_mutex_lock(&work->lock);
	for (;;) {
		struct job job;

		while (!work->n && !work->stop)
			pthread_cond_wait(&work->more, &work->lock);
		if (!work->n)
			break;
		job = work->ring[work->first];
		work->first = (work->first + 1) % work->size;
		work->n--;
		pthread_mutex_unlock(&work->lock);
		job.run(job.arg);
		pthread_mutex_lock(&work->lock);
	}
	pthread_mutex_unlock(&work->lock);
	return NULL;
}

int work_new(unsigned threads, unsigned waiting, struct work **ret, struct err *e)
{
	struct work *work = calloc(1, sizeof(*work));
	sigset_t all, before;

	if (!work)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	pthread_mutex_init(&work->lock, NULL);
	pthread_cond_init(&work->more, NULL);
	work->size = waiting;
	work->ring = calloc(waiting, sizeof(*work->ring));
	work->threads = calloc(threads, sizeof(*work->threads));
	/* Signals belong to the main loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	while (work->ring && work->threads && work->n_threads < threads &&
		pthread_create(&work->threads[work->n_threads], NULL, work_thread, work) == 0)
		work->n_threads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (work->n_threads < threads) {
		work_free(work);
		return err_set(e, ERR_SYSTEM, 0, "cannot start a worker thread");
	}
	*ret = work;
	return 0;
}

void work_free(struct work *work)
{
	if (!work)
		return;
	pthread_mutex_lock(&work->lock);
	work->stop = true;
	pthread_cond_broadcast(&work->more);
	pthread_mutex_unlock(&work->lock);
	for (unsigned i = 0; i < work->n_threads; i++)
		pthread_join(work->threads[i], NULL);
	pthread_cond_destroy(&work->more);
	pthread_mutex_destroy(&work->lock);
	free(work->threads);
	free(work->ring);
	free(work);
}

int work_post(struct work *work, work_f *run, void *arg, struct err *e)
{
	int r = 0;

	pthread_mutex_lock(&work->lock);
	if (work->n == work->size) {
		r = err_set(e, ERR_BUSY, 0, "too many requests wait, try again");
	} else {
		work->ring[(work->first + work->n) % work->size] = (struct job){ run, arg };
		work->n++;
		pthread_cond_signal(&work->more);
	}
	pthread_mutex_unlock(&work->lock);
	return r;
}
