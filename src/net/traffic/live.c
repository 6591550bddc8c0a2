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
