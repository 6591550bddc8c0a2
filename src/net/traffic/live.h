/*
 * The part of a selection that changes while the fault runs: a set that the BPF programs of all
 * back-ends ask for each packet, and that whoever holds it adds to and removes from.
 */
#ifndef NET_TRAFFIC_LIVE_H
#define NET_TRAFFIC_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/nets.h"

enum live_kind {
	/* By an address: those of the host names in the lists of struct traffic. */
	LIVE_DESTINATION,
	LIVE_EXCLUDE,
	LIVE_SOURCE,
	LIVE_EXCLUDE_SOURCE,
	/* By the peer's address and one port, the other is 0: a connection that is left alone. */
	LIVE_EXEMPT,
	/*
	 * A socket that is meant: by protocol, both ports and the peer's address, or, of one that
	 * is not connected, by protocol and local port alone.
	 */
	LIVE_SOCKET,
};

/* As the programs build it; no padding. */
struct live_key {
	uint8_t kind, protocol;
	uint16_t local_port, remote_port, zero; /* host order */
	uint8_t addr[16];			/* of IPv4: mapped into IPv6 */
};

struct live_keys {
	struct live_key *v;
	size_t n;
};

/* bytes: the 4 or 16 of the family. */
struct live_key live_address(enum live_kind kind, int family, const uint8_t *bytes);
struct net live_net(const struct live_key *key); /* its address */

int live_keys_add(struct live_keys *k, const struct live_key *key, struct err *e);
void live_keys_free(struct live_keys *k);
void live_keys_sort(struct live_keys *k);
bool live_keys_has(const struct live_keys *k, const struct live_key *key); /* k: sorted */

enum {
	LIVE_LEARNT = 2
}; /* what a key stands for that a program has put there (net/traffic/learn.h) */

int live_open(int *ret_set, struct err *e);
int live_add(int set, const struct live_key *key, struct err *e);
int live_remove(int set, const struct live_key *key, struct err *e);
int live_read(int set, struct live_keys *ret, struct err *e); /* all of it, sorted */

#endif
