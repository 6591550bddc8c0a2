/*
 * nf_tables by netlink: a batch of messages that takes effect as a whole or not at all. A table
 * made with nft_table belongs to the socket that committed it and ends with it.
 */
#ifndef SYS_NFT_H
#define SYS_NFT_H

/* First: the kernel's headers then leave out what it defines. */
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

int nft_open(struct err *e); /* the socket */

void nft_begin(struct buf *b);
int nft_commit(int fd, struct buf *b, struct err *e); /* ends the batch and sends it */
/* Sends it without its end: the kernel says what it thinks of it, and takes it all back. */
int nft_try(int fd, const struct buf *b, struct err *e);

/* Tables are of the family inet: IPv4 and IPv6. */
void nft_table(struct buf *b, const char *table);
void nft_delete_table(struct buf *b, const char *table);
void nft_chain(struct buf *b, const char *table, const char *chain, int hook, int priority);
/* A chain that translates addresses: it sees the first packet of each connection. */
void nft_nat_chain(struct buf *b, const char *table, const char *chain, int hook, int priority);
/* Calls each for the tables of this network namespace until it returns non-zero. */
typedef int nft_table_f(const char *table, void *ctx);
int nft_tables(int fd, nft_table_f *each, void *ctx, struct err *e);

/*
 * A set of keys or, with NFT_SET_INTERVAL, of ranges; with NFT_SET_TIMEOUT its elements vanish by
 * themselves. id: different for each set of a batch.
 */
enum { /* numbers of the nft tool */
	NFT_TYPE_NFPROTO = 2,
	NFT_TYPE_IPV4 = 7,
	NFT_TYPE_IPV6 = 8,
	NFT_TYPE_PROTOCOL = 12,
	NFT_TYPE_PORT = 13,
};

enum { NFT_KEY = 32 }; /* what there is room for; several values are in words of 4 bytes each */

struct nft_set {
	const char *table, *name;
	uint32_t id, flags, key_len;
	uint32_t type; /* NFT_TYPE_..., 6 bits for each: for people who list the set */
};

struct nft_element {
	/* In network order from the first byte. end: the first key behind the range, all zero where
	 * there is no key behind it. */
	uint8_t key[NFT_KEY], end[NFT_KEY];
	uint64_t timeout_ms; /* 0: stays */
};
void nft_set(struct buf *b, const struct nft_set *s, const struct nft_element *v, size_t n);

/* Sorts ranges and joins those that touch, as the kernel wants them; returns how many are left. */
size_t nft_join(struct nft_element *v, size_t n);

/* A rule: begun, filled with expressions in the order in which they are evaluated, ended. */
struct nft_rule {
	size_t message, list;
};
struct nft_rule nft_rule(struct buf *b, const char *table, const char *chain);
void nft_rule_end(struct buf *b, struct nft_rule r);

/* Load register 1 ... */
void nft_meta(struct buf *b, enum nft_meta_keys key);
void nft_payload(struct buf *b, enum nft_payload_bases base, uint32_t offset, uint32_t len);
/* The same from this word of it on: behind others, for a set of several values. */
void nft_payload_behind(
	struct buf *b, uint32_t word, enum nft_payload_bases base, uint32_t offset, uint32_t len);
/* The id of the group (version 2) at this level above the socket that sends; 1: below the root. */
void nft_socket_cgroup(struct buf *b, uint32_t level);
void nft_to_network_order(struct buf *b, uint32_t len); /* what is in register 1 */
/* ... and compare it: the rule ends for this packet when it does not match. */
void nft_equal(struct buf *b, const void *value, size_t len);
void nft_between(struct buf *b, const void *low, const void *high, size_t len);
void nft_masked_equal(struct buf *b, uint8_t mask, uint8_t value); /* of one byte */
void nft_in_set(struct buf *b, const char *set);
/*
 * Matches a share (0 to 1) of the flows, told apart by addresses and ports: packets of one have one
 * lot, and the seed decides it. Behind a match of the family and of a protocol with ports.
 */
void nft_share_of_packets(struct buf *b, double share); /* each by chance, without a seed */
void nft_share_of_flows(struct buf *b, uint8_t nfproto, uint32_t seed, double share);
/* A match of the x_tables modules. */
void nft_xt_match(struct buf *b, const char *name, uint32_t revision, const void *info, size_t len);
void nft_counter(struct buf *b);
void nft_verdict(struct buf *b, int verdict); /* NF_DROP, NF_ACCEPT */
void nft_reject_with_reset(struct buf *b);    /* of TCP */
/*
 * In a chain before connection tracking: what the sender of this packet asks is a connection of its
 * own in this zone, whatever stands there for the same addresses and ports; its answers are found
 * as ever. The first of several chains decides. Not in every kernel.
 */
void nft_zone_of_sender(struct buf *b, uint16_t zone);
/*
 * In a chain that translates, of packets that leave: back to the address that they come from, to
 * this port. Unlike a redirect to the loopback it also works for sockets bound to an interface.
 */
void nft_dnat_to_source(struct buf *b, uint8_t nfproto, uint16_t port);

/* The packets counted by all counters of the chain. */
int nft_count(int fd, const char *table, const char *chain, uint64_t *ret, struct err *e);

#endif
