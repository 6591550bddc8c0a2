/* TAP and TUN devices, with packets that carry the kernel's offload header (struct virtio_net_hdr).
 */
#ifndef SYS_TAP_H
#define SYS_TAP_H

#include <stdbool.h>

#include "base/err.h"

enum { TAP_HEADER = 10 }; /* bytes of struct virtio_net_hdr before each packet */

/*
 * A device that exists as long as the descriptor is open, not yet up. with_mac: Ethernet frames,
 * else bare IP packets. bundles: large TCP segments may come uncut, and checksums unfilled, as the
 * header says; without it packets come as the wire has them. The descriptor does not block. name
 * may hold one "%d".
 */
int tap_open(
	const char *name, bool with_mac, bool bundles, int *ret_fd, int *ret_index, struct err *e);

#endif
