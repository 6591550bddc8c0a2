/*
 * What the DNS servers shall hold: a function of the DNSChaos objects and of the addresses that
 * their pods have. It knows no network; one thread at a time.
 */
#ifndef OPERATOR_DNS_LIST_H
#define OPERATOR_DNS_LIST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct dns_list {
	/* By "namespace/name" of an object: its experiment, its pods, when it was made. */
	json_t *objects, *fresh; /* fresh: of the list that is being read; or NULL */
	json_t *pods;		 /* by "namespace/name/uid": what was found of it */
	bool listed;		 /* objects are all that there are */
	uint64_t changes;	 /* of what the servers shall hold */
};

void dns_list_init(struct dns_list *l);
void dns_list_done(struct dns_list *l);

/* What a watch says. An object counts while something of it is, or may be, in force. */
void dns_list_begin(struct dns_list *l);
void dns_list_put(struct dns_list *l, const json_t *object, int64_t now_ms);
void dns_list_gone(struct dns_list *l, const json_t *object);
void dns_list_end(struct dns_list *l);

/* A pod that is to be looked up, or looked up again. false: none, until *ret_next_ms. */
struct dns_pod {
	char namespace[256], name[256], uid[64];
};
bool dns_list_look(
	const struct dns_list *l, int64_t now_ms, struct dns_pod *ret, int64_t *ret_next_ms);
/* The object that has the pod's name now; NULL: there is none. */
void dns_list_found(
	struct dns_list *l, const struct dns_pod *pod, const json_t *found, int64_t now_ms);

/* Everything is known: what the servers hold may be replaced by it. */
bool dns_list_whole(const struct dns_list *l);

enum dns_listed {
	DNS_UNLISTED,	 /* the object, or its pod, is not known here yet */
	DNS_HOMELESS,	 /* the pod has no address, or is gone */
	DNS_ON_ITS_NODE, /* it has its node's addresses: no server can tell it apart */
	DNS_LISTED,
};
/* object: "namespace/name"; pod: "namespace/name/uid". */
enum dns_listed dns_list_has(const struct dns_list *l, const char *object, const char *pod);

/*
 * A gale.dns.v1.SyncRequest as pb_from_json() takes it, but for the revision; the oldest experiment
 * first. A new reference; NULL without memory.
 */
json_t *dns_list_request(const struct dns_list *l);

#endif
