/*
 * The netem back-end. All experiments on an interface share one tree of ours at its root, and only
 * where the kernel's default stood: prio with sixteen bands, one for each subset of four slots.
 * A slot is an experiment; a program (cls_bpf) computes for each packet the slots that select it,
 * and the netem of that band does what they do together: delays add, shares combine. What several
 * cannot do together (overtaking, copies, bursts of loss, tables of waits, and a rate, which is a
 * tbf) an experiment may have that is alone in the tree, and then shares it with nobody.
 *
 * No process is needed. What each slot wants is recorded in STATE/net/, so whoever takes an
 * experiment back computes the tree of those that are left; with the last one the tree goes, and
 * the kernel's default stands again. The program itself ends a slot at its deadline.
 */
#ifndef NET_NETEM_H
#define NET_NETEM_H

#include "net/backend.h"

extern const struct net_backend net_backend_netem;

#endif
