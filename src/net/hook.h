/*
 * The BPF program that a fault hangs on the egress of an interface, or on its ingress when the
 * traffic is incoming: it passes what is not selected, loses a share of the rest without a word to
 * the sender, and sends what is left elsewhere.
 *
 * Any number of them compose. Each has a rank, in the order in which they were attached and run:
 * from 1 at TCX, and behind HOOK_CLSACT_RANK where it is missing (net/clsact.h), which runs later.
 * A packet that an experiment writes on carries its rank in its mark, and is passed by the programs
 * of that rank and below: so it meets each experiment once, and they may end in any order.
 */
#ifndef NET_HOOK_H
#define NET_HOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/fault.h"
#include "sys/bpf.h"

struct hook {
	const struct net_fault *fault; /* the program itself passes everything at its deadline */
	int to; /* index of the device that the packets go to; 0: on their way */
	/*
	 * An array whose number 0 says until when (CLOCK_BOOTTIME, nanoseconds) somebody attends to
	 * that device; later the program passes everything. 0: as long as the program is there.
	 */
	int lease;
};

enum { HOOK_CLSACT_RANK = 0x8000, HOOK_MAX_RANK = 0xefff };

/* The mark of the packets of a rank; rank 0 meets every program. Each direction has its own. */
uint32_t hook_mark(bool incoming, unsigned rank);

/* 0, or -ERR_UNSUPPORTED: why none can be hung there. */
int hook_why_not(bool incoming, int ifindex, struct err *e);

/* 0, or -ERR_INEFFECTIVE: no program of this rank hangs there. */
int hook_check(bool incoming, int ifindex, unsigned rank, struct err *e);

/* Writes: jumps to pass from the deadline (CLOCK_BOOTTIME) on; 0: never. */
void hook_pass_after(struct bpf_code *c, int64_t deadline_ms, int pass);

/* The program of a rank, loaded and hung nowhere. */
int hook_program(const struct hook *h, unsigned rank, int *ret_prog, struct err *e);

/* Attached as long as *ret_link is open. */
int hook_attach(
	const struct hook *h, int ifindex, int *ret_link, unsigned *ret_rank, struct err *e);

/* What is written to the TAP device arrives at the interface `to`, with this mark. */
int hook_arrive(int tap_index, int to, uint32_t mark, int *ret_link, struct err *e);

#endif
