/*
 * The tap back-ends: a BPF program (net/hook.h) and, but for loss alone, a worker that holds
 * packets (net/shaper.h). The program hangs at TCX, and there ends with the worker; or in a clsact
 * queue (net/clsact.h), whose record takes it away.
 */
#ifndef NET_TAP_H
#define NET_TAP_H

#include "net/backend.h"

extern const struct net_backend net_backend_tap, net_backend_tap_clsact;

#endif
