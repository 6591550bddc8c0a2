/* What changes of a selection. */
#include "net/traffic/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sys/bpf.h"

enum { MOST = 65536 };

struct live_key live_address(enum live_kind kind, int family, const uint8_t *bytes)
{
	struct live_key k = { .kind = (uint8_t)kind };

	if (family == AF_INET) {
		k.addr[10] = k.addr[11] = 0xff;
		memcpy(k.addr + 12, bytes, 4);
	} else {
		memcpy(k.addr, bytes, 16);
	}
	return k;
}

struct net live_net(const struct live_key *key)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct net net = { .family = AF_INET6, .prefix = 128 };

	if (memcmp(key->addr, mapped, sizeof(mapped)) == 0) {
		net = (struct net){ .family = AF_INET, .prefix = 32 };
		memcpy(net.addr, key->addr + sizeof(mapped), 4);
	} else {
		memcpy(net.addr, key->addr, sizeof(net.addr));
	}
	return net;
}

int live_keys_add(struct live_keys *k, const struct live_key *key, struct err *e)
{
	struct live_key *v = realloc(k->v, (k->n + 1) * sizeof(*v));

	if (v == NULL)
		return err_set(e, ERR_NOMEM, errno, "list of addresses and sockets");
	k->v = v;
	v[k->n++] = *key;
	return 0;
}

void live_keys_free(struct live_keys *k)
{
	free(k->v);
	*k = (struct live_keys){ 0 };
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct live_key));
}

void live_keys_sort(struct live_keys *k)
{
	if (k->n > 0)
		qsort(k->v, k->n, sizeof(*k->v), by_bytes);
}

bool live_keys_has(const struct live_keys *k, const struct live_key *key)
{
	return k->n > 0 && bsearch(key, k->v, k->n, sizeof(*key), by_bytes) != NULL;
}

int live_open(int *ret_set, struct err *e)
{
	return bpf_set("gale_live", sizeof(struct live_key), MOST, ret_set, e);
}

int live_add(int set, const struct live_key *key, struct err *e)
{
	return bpf_set_add(set, key, e);
}

int live_remove(int set, const struct live_key *key, struct err *e)
{
	return bpf_set_remove(set, key, e);
}

int live_read(int set, struct live_keys *ret, struct err *e)
{
	struct live_keys all = { 0 };
	struct live_key key, next;
	const struct live_key *at = NULL;
	uint32_t value;
	int r = 0;

	for (; r == 0 && bpf_set_next(set, at, &next, &value); at = &key) {
		key = next;
		r = live_keys_add(&all, &key, e);
	}
	if (r < 0) {
		live_keys_free(&all);
		return r;
	}
	live_keys_sort(&all);
	*ret = all;
	return 0;
}
