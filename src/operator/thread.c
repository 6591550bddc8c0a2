/* Threads. */
#include "operator/thread.h"

enum { STACK_SIZE = 512 << 10 };

int thread_start(struct thread *t, void *(*run)(void *), void *ctx, struct err *e)
{
	pthread_attr_t attr;
	int why;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	why = pthread_create(&t->id, &attr, run, ctx);
	pthread_attr_destroy(&attr);
	t->started = why == 0;
	return why == 0 ? 0 : err_set(e, ERR_SYSTEM, why, "thread");
}

void thread_join(struct thread *t)
{
	if (t->started)
		pthread_join(t->id, NULL);
	t->started = false;
}
