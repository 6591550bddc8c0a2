/*
 * The keys by which operator, agents and DNS servers know each other. Each of the three has an
 * authority of its own, so that none can pass for another, and the operator a pair (Ed25519) that
 * it signs orders with. All of it is kept in one Secret that the operator alone reads; the others
 * get what they need in Secrets of their own.
 */
#ifndef OPERATOR_KEYS_H
#define OPERATOR_KEYS_H

#include <jansson.h>
#include <stdbool.h>

#include "operator/certs.h"

enum keys_of { KEYS_OPERATOR, KEYS_AGENT, KEYS_DNS, N_KEYS };

struct keys {
	struct certs of[N_KEYS];
	char *orders; /* the private key, PEM */
};

/* From the member "data" of the Secret, NULL: none; what is not there or not readable is NULL. */
void keys_read(const json_t *data, struct keys *ret);
void keys_free(struct keys *k);
json_t *keys_data(const struct keys *k); /* the other way; NULL: no memory */

/* told: agents and DNS servers trust the operator's authorities as they are. */
int keys_renew(struct keys *k, bool told, int64_t now_ms, bool *ret_changed, struct err *e);

/*
 * What one of them reads, in files or a Secret: tls.crt, tls.key, ca.crt (whom it trusts) and, but
 * for the DNS server, orders.key (the operator) or orders.pub (an agent).
 */
struct keys_file {
	const char *name; /* NULL: there are no more */
	char *text;
};
enum { KEYS_FILES = 5 };
int keys_files(const struct keys *k, enum keys_of whose, struct keys_file ret[static KEYS_FILES],
	struct err *e);
void keys_files_free(struct keys_file *files);

#define autokeys __attribute__((cleanup(keys_free)))

#endif
