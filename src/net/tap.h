/* The tap back-end: a BPF program (net/hook.h) and a worker that holds packets (net/shaper.h). */
#ifndef NET_TAP_H
#define NET_TAP_H

#include "net/backend.h"

extern const struct net_backend net_backend_tap;

#endif
