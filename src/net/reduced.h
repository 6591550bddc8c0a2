/*
 * The reduced back-end, for kernels that have little: what it can do is done by means that any has.
 *
 *	loss	rules of nf_tables (net/filter.h) that drop a share of the packets. As with a
 *		firewall, a sender on this host sees EPERM.
 *	rate	a class of htb at the root of the interface, where nobody's queue stands; a program
 *		(cls_bpf) sends to it what is selected, and ends that at the deadline.
 */
#ifndef NET_REDUCED_H
#define NET_REDUCED_H

#include "net/backend.h"

extern const struct net_backend net_backend_reduced;

#endif
