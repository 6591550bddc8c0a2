/* TAP and TUN devices. */
#include "sys/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/cleanup.h"

int tap_open(
	const char *name, bool with_mac, bool bundles, int *ret_fd, int *ret_index, struct err *e)
{
	unsigned long offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	autoclose int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	struct ifreq request = { 0 };
	int header = TAP_HEADER;
	unsigned index;

	if (fd < 0)
		return err_set(e, ERR_UNSUPPORTED, errno, "/dev/net/tun");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	request.ifr_flags = (short)((with_mac ? IFF_TAP : IFF_TUN) | IFF_NO_PI | IFF_VNET_HDR);
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		return err_set(e, ERR_SYSTEM, errno, "make the device %s", name);
	if (ioctl(fd, TUNSETVNETHDRSZ, &header) < 0 ||
		ioctl(fd, TUNSETOFFLOAD, bundles ? offloads : 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "offloads of %s", request.ifr_name);
	index = if_nametoindex(request.ifr_name);
	if (index == 0)
		return err_set(e, ERR_SYSTEM, errno, "index of %s", request.ifr_name);
	*ret_fd = take_fd(&fd);
	*ret_index = (int)index;
	return 0;
}
