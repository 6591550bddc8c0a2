/*
 * The signature of an order to a node's agent (node.proto): Ed25519, so that nodes, which hold the
 * public key alone, can check orders and cannot make any. Beside mutual TLS, which ends in a
 * process without power: the one that acts believes the signature only.
 */
#ifndef NODE_SEAL_H
#define NODE_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SEAL_SIZE 64

struct seal_key;

/* The private key in a PEM file (openssl genpkey -algorithm ed25519). */
int seal_key_load(const char *path, struct seal_key **ret, struct err *e);
void seal_key_free(struct seal_key *k); /* NULL is fine */
int seal_sign(const struct seal_key *k, const void *order, size_t len,
	uint8_t ret[static SEAL_SIZE], struct err *e);

int seal_keys_check(const char *path, struct err *e); /* there is at least one public key in it */

/*
 * Right by one of the public keys in a PEM file, which is read at each call: one that is put there
 * or taken away counts from then on. -ERR_DENIED: by none of them.
 */
int seal_check(const char *path, const void *order, size_t len,
	const uint8_t seal[static SEAL_SIZE], struct err *e);

#endif
