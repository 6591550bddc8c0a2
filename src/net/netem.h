/*
 * The netem back-end. All experiments on an interface share one tree of ours at its root, and only
 * where the kernel's default stood: prio with sixteen bands, one for each subset of four slots.
 * A slot is an experiment; a program (cls_bpf) computes for each packet the slots that select it,
 * and the netem of that band does what they do together: delays add, shares combine. What several
 * cannot do together in one netem (overtaking, and copies, which a kernel refuses beside other
 * netems) is left to the other back-end.
 *
 * No process is needed. What each slot wants is recorded in STATE/net/, so whoever takes an
 * experiment back computes the tree of those that are left; with the last one the tree goes, and
 * the kernel's default stands again. The program itself ends a slot at its deadline.
 */
#ifndef NET_NETEM_H
#define NET_NETEM_H

#include <stdint.h>

#include "base/err.h"
#include "fault/run.h"
#include "fault/undo.h"
#include "net/fault.h"
#include "sys/rtnl.h"

/* Why it cannot be used for this fault on this link, or NULL when it can. */
const char *netem_why_not(int nl, const struct link *l, const struct net_fault *f);

/* *ret_slot: for netem_mark and netem_check. -ERR_UNSUPPORTED: it cannot be used after all. */
int netem_apply(struct run *run, const struct net_fault *f, const struct link *l, int *ret_slot,
	struct err *e);
uint32_t netem_mark(int slot); /* of packets that are meant for this slot alone */
int netem_check(const struct net_fault *f, const struct link *l, int slot, struct err *e);

int netem_revert(const struct undo *u, struct err *e);

#endif
