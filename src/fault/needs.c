/* What faults need of the process and of the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "fault/engine.h"

static bool have_capability(unsigned number)
{
	autobuf struct buf text = BUF_INIT(65536);
	uint64_t effective = 0;
	const char *row;

	if (file_read(AT_FDCWD, "/proc/self/status", &text, NULL) < 0)
		return false;
	row = strstr(buf_text(&text), "\nCapEff:");
	return row && sscanf(row, "\nCapEff: %" SCNx64, &effective) == 1 &&
	       (effective >> number & 1);
}

static bool have_root(void)
{
	return geteuid() == 0;
}

static bool have_net_admin(void)
{
	return have_capability(CAP_NET_ADMIN);
}

static bool have_tun(void)
{
	return access("/dev/net/tun", R_OK | W_OK) == 0;
}

/* CAP_BPF is of Linux 5.8; before it, and still, CAP_SYS_ADMIN is enough. */
static bool have_bpf(void)
{
	return have_capability(CAP_SYS_ADMIN) || have_capability(CAP_BPF);
}

static const struct need needs[] = {
	{ NEED_ROOT, "root", have_root, "Forbidden: must be root" },
	{ NEED_NET_ADMIN, "net_admin", have_net_admin, "Forbidden: CAP_NET_ADMIN is missing" },
	{ NEED_TUN, "tun", have_tun, "Forbidden: /dev/net/tun cannot be used" },
	{ NEED_BPF, "bpf", have_bpf, "Forbidden: CAP_BPF and CAP_SYS_ADMIN are missing" },
	{ NEED_NFT, "nft", have_net_admin, "Forbidden: CAP_NET_ADMIN is missing" },
	{ 0 },
};

const struct need *need_list(void)
{
	return needs;
}

int engine_needs(const struct fault *f, struct err *e)
{
	for (const struct need *n = needs; n->name; n++)
		if ((f->needs & n->bit) && !n->have())
			return err_set(e, ERR_DENIED, 0, "%s", n->text);
	return 0;
}
