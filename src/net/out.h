/* Writes packets that were held on: out of the interface that they were leaving, or into it. */
#ifndef NET_OUT_H
#define NET_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sys/rtnl.h"

struct out {
	const struct link *link;
	int fd, fd6;
	bool arriving; /* fd is a TAP device's, and somebody else's */
};

/* rank: of the experiment, for the mark of the packets. Borrows link. Close with out_close. */
int out_open(const struct link *link, unsigned rank, struct out *ret, struct err *e);
/* Of packets that were arriving: what goes to the TAP (hook_arrive) goes on into the interface. */
struct out out_arriving(const struct link *link, int tap);
void out_close(struct out *o);

/*
 * A packet as a TAP gives it, with the header of TAP_HEADER bytes. False when the interface has no
 * room now: wait for POLLOUT on fd. A packet that the interface refuses is gone, as it would be
 * without us. The packet may be changed.
 */
bool out_write(const struct out *o, uint8_t *packet, size_t len);

#endif
