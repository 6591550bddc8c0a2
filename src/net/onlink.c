/* Records of what is on a link, and the way back to it. */
#include "net/onlink.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "fault/hold.h"

int onlink_here(
	const struct run *run, int ifindex, bool incoming, struct onlink *ret, struct err *e)
{
	struct onlink o = { run_state(run), run_uid(run), .ifindex = ifindex,
		.incoming = incoming };
	int r = netns_current(&o.ns, e);

	if (r == 0)
		*ret = o;
	return r;
}

int onlink_save(struct run *run, const char *backend, const struct onlink *o, struct err *e)
{
	char inode[24], cookie[24], ifindex[16];

	snprintf(inode, sizeof(inode), "%" PRIu64, o->ns.inode);
	snprintf(cookie, sizeof(cookie), "%" PRIu64, o->ns.cookie);
	snprintf(ifindex, sizeof(ifindex), "%d", o->ifindex);
	return run_undo(run, e, "backend", backend, "uid", o->uid, "state", o->state, "netns",
		inode, "cookie", cookie, "ifindex", ifindex, "direction",
		o->incoming ? "ingress" : "egress", NULL);
}

int onlink_revert(const struct undo *u, onlink_f *back, struct err *e)
{
	struct onlink o = {
		.state = undo_get(u, "state"),
		.uid = undo_get(u, "uid"),
		.ns = { (uint64_t)undo_get_int(u, "netns"), (uint64_t)undo_get_int(u, "cookie") },
		.ifindex = (int)undo_get_int(u, "ifindex"),
		.incoming = str_eq(undo_get(u, "direction"), "ingress"),
	};
	autoclose int lock = -1;
	int home = -1, left, r = hold_lock(o.state, &lock, e);

	if (r < 0)
		return r;
	r = netns_enter(&o.ns, &home, e);
	if (r == -ERR_NOTFOUND)
		return 0;
	if (r < 0)
		return r;
	r = back(&o, lock, e);
	if (r == -ERR_NOTFOUND)
		r = 0;
	left = netns_leave(home, r < 0 ? NULL : e);
	return r < 0 ? r : left;
}
