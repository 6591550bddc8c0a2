/*
 * Which rules an address can be hit by. The clients that one rule names are a group; rules that
 * name the same share it. An address leads to its groups by itself, by the blocks that it lies in,
 * and by the pods that have it. Private to the book: changes under its lock, looks without.
 */
#ifndef DNS_CLIENTS_H
#define DNS_CLIENTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/compiled.h"
#include "dns/table.h"

struct group_list { /* what readers walk */
	struct garbage garbage;
	size_t n;
	struct group *v[];
};

/* Where groups hang: an address block or a pod. */
struct place {
	struct group **groups;
	size_t n, cap;
};

struct net_key {
	uint64_t high, low; /* bits behind the prefix zero */
	unsigned prefix;
};

struct net_node { /* an address (prefix 128), a block, everybody (prefix 0) */
	struct table_item item;
	struct garbage garbage;
	struct net_key key;
	struct place place;
	struct pod **pods; /* that have this address */
	size_t n_pods;
	_Atomic(struct group_list *) list;
};

struct pod {
	struct table_item item;
	struct place place;
	struct dns_address *seen, *told; /* by the watch; by BOOK_POD */
	size_t n_seen, n_told;
	bool is_seen, is_told;
	struct net_node **nodes; /* of the addresses that hold now */
	size_t n_nodes;
	uint64_t listed; /* the last full list that named it */
	struct pod *next, **link;
	char name[];
};

/* How many patterns of each length a group has, and which lengths those are. */
struct lengths {
	uint32_t count[256];
	atomic_ullong bits[4];
};

enum { GROUP_PREFIX, GROUP_SUFFIX, GROUP_BELOW, GROUP_LENGTHS };
enum { GRAM_MAX = 8 };

struct group {
	struct table_item item;
	struct garbage garbage;
	uint64_t salt; /* of the hashes of its entries */
	size_t entries;
	_Atomic(struct entry *) all;			  /* the pattern `*` */
	_Atomic(struct lengths *) lengths[GROUP_LENGTHS]; /* NULL: never had any */
	atomic_uint grams;				  /* bit n: globs found by n octets */
	uint32_t gram_count[GRAM_MAX + 1];
	size_t n_members;
	struct client_ref {
		bool is_pod;
		union {
			struct net_node *node;
			struct pod *pod;
		};
	} members[];
};

struct clients {
	struct epoch *epoch;
	struct table nets, pods, groups;
	uint32_t prefix_count[129];
	atomic_ullong prefixes[3]; /* bit p: there are blocks of this prefix */
	uint64_t salts;
	struct pod *first; /* of all pods */
	size_t n_pods, n_nets;
};

int clients_init(struct clients *c, struct epoch *epoch, struct err *e);
void clients_done(struct clients *c); /* no reader, and all groups are gone */

/* The group of these clients, made when there is none; entries is not counted up. */
int clients_group(
	struct clients *c, const struct rule_spec *spec, struct group **ret, struct err *e);
/* When it has no entries any more: takes it off. */
void clients_drop(struct clients *c, struct group *g);

/* The addresses that a pod has from now on; told: by BOOK_POD, else by the watch. */
int clients_pod(struct clients *c, const char *name, const struct dns_address *addresses, size_t n,
	bool told, struct err *e);
struct pod *clients_find_pod(const struct clients *c, const char *name);
/* Its addresses as they hold now. */
const struct dns_address *pod_addresses(const struct pod *p, size_t *ret_n);
/* It has no address any more, whoever said so; and it goes when no rule names it. */
int clients_forget(struct clients *c, struct pod *p, struct err *e);

/*
 * For readers: the lists of groups for an address, the narrowest block first. Start with *at 129;
 * NULL: no more.
 */
const struct group_list *clients_next(
	const struct clients *c, const struct dns_address *address, unsigned *at);

#endif
