/*
 * The worker that keeps the set of a settled selection up to date: host names are looked up again,
 * and the sockets of the processes that are meant are listed again (those that were open before
 * the fault are in no control group of it). What cannot be looked up keeps its last addresses.
 */
#ifndef NET_TRAFFIC_FOLLOW_H
#define NET_TRAFFIC_FOLLOW_H

#include "fault/run.h"
#include "net/traffic/settle.h"

/* Returns when the set is filled for the first time. */
int traffic_follow(struct run *run, const struct settled *s, struct err *e);

#endif
