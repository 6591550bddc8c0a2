/* What packets that a network fault selects experience, against what was asked for. */
#ifndef NET_MEASURE_H
#define NET_MEASURE_H

#include <stdint.h>

#include "base/err.h"
#include "fault/effect.h"
#include "net/fault.h"
#include "sys/rtnl.h"

/* mark: of the probes, which then meet this fault alone. -ERR_INEFFECTIVE: none can be seen. */
int measure(const struct net_fault *f, const struct link *l, uint32_t mark, struct effect *ret,
	struct err *e);

#endif
