/*
 * The control groups by which the kernel tells the sockets of a place (target/place.h) from others:
 * planned, made where the processes that are meant share theirs, and taken back.
 */
#ifndef NET_TRAFFIC_GROUPS_H
#define NET_TRAFFIC_GROUPS_H

#include "fault/plan.h"
#include "fault/run.h"
#include "fault/undo.h"
#include "sys/cgroup2.h"
#include "target/place.h"

void groups_plan(const struct place *p, struct plan *ret);
/* The record first. ret has room for p->n_groups; the paths of p become those of the made ones. */
int groups_make(struct run *run, struct place *p, struct cgroup2_name *ret, struct err *e);
bool groups_is_record(const struct undo *u);
int groups_revert(const struct undo *u, struct err *e);

#endif
