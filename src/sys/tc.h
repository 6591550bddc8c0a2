/* Queues of links by rtnetlink. nl is a socket of nl_open(NETLINK_ROUTE). */
#ifndef SYS_TC_H
#define SYS_TC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Handles are MAJOR << 16 | MINOR. */
#define TC_HANDLE(major, minor) ((uint32_t)(major) << 16 | (minor))

/* The handle of the queue at the root of the link; 0: the kernel's default stands there. */
int tc_root(int nl, int ifindex, uint32_t *ret, struct err *e);

#define TC_ROOT UINT32_MAX /* the root of a link, as a parent */

enum { TC_KIND = 16, TC_NAME = 256 };

struct tc_netem {
	double delay_ms, jitter_ms;
	double loss, corrupt; /* 0 to 1 */
	double duplicate, reorder;
	unsigned gap; /* with reorder */
	struct tc_gemodel {
		double p, r, h1, k1;
	} gemodel;	       /* p 0: none */
	const int16_t *spread; /* how the jitter is spread, NULL: evenly */
	size_t entries;	       /* of it */
	uint32_t limit;	       /* packets */
	uint64_t seed;	       /* heeded by Linux 6.6 and later */
};

/* Calls each for the queues of a link until it returns non-zero; defaults of classes are hidden. */
struct tc_queue {
	uint32_t handle, parent; /* handle 0: a default */
	char kind[TC_KIND];
	struct tc_netem netem; /* of netem: delay, jitter, loss, corrupt, limit */
	uint32_t htb_default;  /* of htb: minor number of the class of what has none; 0: none */
};
typedef int tc_queue_f(const struct tc_queue *q, void *ctx);
int tc_queues(int nl, int ifindex, tc_queue_f *each, void *ctx, struct err *e);

/* The same for the classes of its queues. */
struct tc_class {
	uint32_t handle, parent; /* parent: a class, or TC_ROOT or the queue */
	uint32_t leaf;		 /* the handle of the queue at it, 0: none, or a default */
};
typedef int tc_class_f(const struct tc_class *c, void *ctx);
int tc_classes(int nl, int ifindex, tc_class_f *each, void *ctx, struct err *e);

/*
 * True when this kernel has the kind "netem", "prio", "tbf" or "htb". Asked in a way that makes
 * nothing; a default must stand at the parent.
 */
bool tc_has(int nl, int ifindex, uint32_t parent, const char *kind);

/* A prio queue of bands with all traffic in the first. -ERR_CONFLICT: another stands there. */
int tc_add_prio(int nl, int ifindex, uint32_t parent, uint32_t handle, int bands, struct err *e);
/* A class, MAJOR:1 and so on, for each queue that the device sends by. */
int tc_add_mq_root(int nl, int ifindex, uint32_t handle, struct err *e);
int tc_delete_root(int nl, int ifindex, uint32_t handle, struct err *e);

int tc_set_fifo(
	int nl, int ifindex, uint32_t parent, uint32_t handle, uint32_t limit, struct err *e);

/* Bits a second; bytes at once, and bytes that may wait; a peak of 0: none. */
struct tc_rate {
	uint64_t bps, peak_bps;
	uint32_t burst, limit, peak_burst;
};

/* A token bucket, and below it whatever is put at MAJOR:1 of its handle. */
int tc_set_tbf(int nl, int ifindex, uint32_t parent, uint32_t handle, const struct tc_rate *r,
	struct err *e);

/*
 * An htb queue with one class, MAJOR:1, that has this rate (without a peak), and traffic past it
 * for whatever no program sends there. -ERR_CONFLICT: another queue stands there.
 */
int tc_add_htb_root(int nl, int ifindex, uint32_t handle, const struct tc_rate *r, struct err *e);

int tc_set_netem(int nl, int ifindex, uint32_t parent, uint32_t handle, const struct tc_netem *n,
	struct err *e);
/* Gone already: 0. */
int tc_delete(int nl, int ifindex, uint32_t parent, uint32_t handle, struct err *e);

/* The one program that classifies what enters the queue; replaced in one step. */
int tc_set_program(int nl, int ifindex, uint32_t parent, int prog, const char *name, struct err *e);

/* The kind of the queue at the parent, "" when there is none or the hidden default of a class. */
int tc_kind(int nl, int ifindex, uint32_t parent, char ret[static TC_KIND], struct err *e);

/*
 * The queue at the side of a link that holds no packets, only programs for those that leave and
 * those that arrive: clsact. kind: "" when there is none, "ingress" for its elder.
 */
int tc_clsact_kind(int nl, int ifindex, char ret[static TC_KIND], struct err *e);
int tc_add_clsact(int nl, int ifindex, struct err *e);	  /* -ERR_CONFLICT: it is there */
int tc_delete_clsact(int nl, int ifindex, struct err *e); /* and what is in it; gone already: 0 */
uint32_t tc_clsact(bool incoming);			  /* the parent of the programs of a way */

/* A program that decides itself, at a parent; those of lower priority numbers run before it. */
int tc_add_program(int nl, int ifindex, uint32_t parent, uint16_t priority, int prog,
	const char *name, struct err *e);
int tc_delete_program(
	int nl, int ifindex, uint32_t parent, uint16_t priority, struct err *e); /* -ERR_NOTFOUND */

/* Calls each for the filters at the parent until it returns non-zero. */
struct tc_filter {
	uint16_t priority;
	char name[TC_NAME]; /* of a program, "" for other kinds */
};
typedef int tc_filter_f(const struct tc_filter *f, void *ctx);
int tc_filters(int nl, int ifindex, uint32_t parent, tc_filter_f *each, void *ctx, struct err *e);

/* What netem stands at the parent. -ERR_NOTFOUND: none. */
int tc_get_netem(int nl, int ifindex, uint32_t parent, struct tc_netem *ret, struct err *e);

#endif
