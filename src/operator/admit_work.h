/*
 * Questions of the API server, and the few threads that answer them: an answer may need the API
 * server in turn.
 */
#ifndef OPERATOR_ADMIT_WORK_H
#define OPERATOR_ADMIT_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/err.h"

struct admit_work;

/* A question on its way. */
struct question {
	STAILQ_ENTRY(question) link;
	void *from; /* the asker's */
	char *path, *text;
	size_t len;
	int64_t came_ms; /* boot clock */
	char *answer;	 /* NULL: err says why there is none */
	struct err err;
};

/* Of len bytes, that the caller fills in; text has one more, 0. NULL: no memory. */
struct question *question_new(void *from, const char *path, size_t len);
void question_free(struct question *q);

/* done_fd: an eventfd that each answer makes readable. kubeconfig: who asks for rights, if any. */
int admit_work_new(
	const char *kubeconfig, bool rights, int done_fd, struct admit_work **ret, struct err *e);
int admit_work_start(struct admit_work *w, struct err *e);	      /* its threads */
void admit_work_ask(struct admit_work *w, struct question *q);	      /* taken */
struct question *admit_work_answered(struct admit_work *w);	      /* given; NULL: no other */
void admit_work_metrics(const struct admit_work *w, struct buf *ret); /* Prometheus' */
/* Waits for what is being answered, forgets what waits. NULL is fine. */
void admit_work_free(struct admit_work *w);

#endif
