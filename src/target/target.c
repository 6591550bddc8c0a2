/* What a fault is aimed at. */
#include "target/target.h"

#include <unistd.h>

int target_find_netns(struct target *t, struct err *e)
{
	struct netns netns;
	int r = netns_of(t->container.main.pid, &netns, e);

	if (r < 0)
		return r;
	if (netns.inode == netns_inode(getpid()) || netns.inode == netns_inode(1))
		return err_set(e, ERR_DENIED, 0,
			"container %.12s shares the network of its node (hostNetwork): it would be "
			"done to the node",
			t->container.id);
	t->netns = netns;
	return 0;
}

int target_enter(const struct target *t, int *ret_back, struct err *e)
{
	if (t->netns.inode != 0)
		return netns_enter(&t->netns, ret_back, e);
	*ret_back = -1;
	return 0;
}

int target_leave(int back, struct err *e)
{
	return back < 0 ? 0 : netns_leave(back, e);
}

pid_t target_pid(const struct target *t)
{
	return t->query ? t->container.main.pid : getpid();
}
