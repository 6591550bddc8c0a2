/*
 * The webhook's certificates: an authority of the operator's own, and what it signs. Authorities
 * follow each other: a new one is trusted beside the old before it signs anything, and the old one
 * stays in the bundle until everything that it signed has ended.
 */
#ifndef OPERATOR_CERTS_H
#define OPERATOR_CERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* All PEM, NULL where there is none. To be freed by certs_free(). */
struct certs {
	char *bundle; /* the authorities that are trusted, the newest first */
	char *ca_key; /* of the newest */
	char *cert, *key;
};

void certs_free(struct certs *c);
int certs_copy(const struct certs *from, struct certs *ret, struct err *e);
bool certs_same(const struct certs *a, const struct certs *b);

/* Milliseconds; wall time. */
struct certs_age {
	int64_t made, life; /* life: of the certificate, from made on */
};

struct certs_seen {
	bool usable;		   /* all parts are there, and belong together */
	struct certs_age ca, cert; /* ca: of the newest authority */
	bool by_newest;		   /* it has signed the certificate */
	bool named;		   /* the certificate is for the names that are wanted */
	size_t authorities;	   /* in the bundle */
};

/* names: "a.svc,127.0.0.1", what the certificate has to be for. */
void certs_look(const struct certs *c, const char *names, struct certs_seen *ret);

enum { CERTS_CA_LIVES = 4 }; /* of certificates, that an authority lasts */

/* What is wanted, beside what was seen. */
struct certs_wish {
	int64_t life_ms; /* of a certificate */
	bool told;	 /* the API server has the bundle as it is */
	bool anew;	 /* someone asks for all to be made anew */
};

enum certs_deed {
	CERTS_KEEP,
	CERTS_ALL,	 /* authority and certificate: there is nothing to go on from */
	CERTS_AUTHORITY, /* a new one, beside those that are there; the certificate stays */
	CERTS_CERTIFICATE,
	CERTS_FORGET, /* all authorities but the newest */
};

/* Pure: what is to be done now, one deed at a time. */
enum certs_deed certs_plan(
	const struct certs_seen *seen, const struct certs_wish *wish, int64_t now_ms);
/* How long a new authority is trusted before it signs. Who reads the bundle reads it more often. */
int64_t certs_settle_ms(int64_t life_ms);

/* *c, as of certs_look(), becomes what it is after the deed; untouched on failure. */
int certs_do(enum certs_deed deed, struct certs *c, const char *names, int64_t life_ms,
	int64_t now_ms, struct err *e);

#define autocerts __attribute__((cleanup(certs_free)))

#endif
