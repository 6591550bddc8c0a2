/*
 * Programs of ours on a link where TCX is missing (before Linux 6.6): filters of a clsact queue, in
 * the order of their ranks. They outlive their process, so each has a record; the queue is made
 * with the first of them and goes with the last, unless it was somebody's.
 */
#ifndef NET_CLSACT_H
#define NET_CLSACT_H

#include "net/hook.h"
#include "net/onlink.h"

/* 0, or -ERR_UNSUPPORTED with the reason. */
int clsact_why_not(bool incoming, int ifindex, struct err *e);

/* First of all: the queue is there. -ERR_UNSUPPORTED: this kernel has no such queue. */
int clsact_stand(const struct onlink *o, struct err *e);
int clsact_attach(const struct hook *h, const struct onlink *o, unsigned *ret_rank, struct err *e);
int clsact_check(bool incoming, int ifindex, unsigned rank, struct err *e);
int clsact_detach(const struct onlink *o, int lock, struct err *e);

#endif
