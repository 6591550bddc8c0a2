/* Which of several operators works: on the main thread, with its signals. */
#ifndef OPERATOR_LEAD_H
#define OPERATOR_LEAD_H

#include "kube/lease.h"

struct lead {
	struct kube_config config;
	struct kube_lease lease;
	char namespace[254], holder[100];
	bool held;	 /* when it was asked last and answered */
	int64_t held_ms; /* boot clock: begin of the last request that got it, or kept it */
	int timer_fd;	 /* -1: there is none to give up */
};

/* spec: "NAMESPACE/NAME". In place, it is not to be moved; lead_done(), whatever comes of it. */
int lead_init(struct lead *l, const char *kubeconfig, const char *spec, int64_t duration_ms,
	struct err *e);
/* Gives up what it holds: when nothing is done any more. {.timer_fd = -1} is fine. */
void lead_done(struct lead *l);

/* Until it holds the lease: 0; or a signal came: 1. */
int lead_gain(struct lead *l);
/* Says it again until a signal comes: 0; -ERR_TIMEOUT: it is lost, before another has it. */
int lead_keep(struct lead *l, struct err *e);

#endif
