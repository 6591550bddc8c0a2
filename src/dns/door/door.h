/*
 * The doors of the DNS server: gRPC for Chaos Mesh and for the operator, and a socket for the host.
 * All run on one thread of their own; what they change, they change in the book.
 */
#ifndef DNS_DOOR_DOOR_H
#define DNS_DOOR_DOOR_H

#include <stddef.h>

#include "base/buf.h"
#include "base/config.h"
#include "base/err.h"

struct book;
struct door;

/* Texts are "" when not given, as struct config leaves them; they outlive the door. */
struct door_options {
	const char *grpc;	/* ADDR:PORT, mutual TLS, every service; "": closed */
	const char *plaintext;	/* ADDR:PORT, no TLS, Chaos Mesh's services only; "": closed */
	const char *from;	/* networks that may use the latter; "": any */
	const char *cert, *key; /* PEM files of the server */
	const char *ca;		/* PEM file of whose clients are let in */
	const char *clients;	/* names, one of which a client's certificate has; "": any */
	const char *run;	/* directory of the control socket; "": none */
	const char *users;	/* ids of who may use that beside root and the server's own user */
	long long legacy_ms;	/* deadline of what Chaos Mesh sets, which has none; 0: for ever */

	/* Not of the command line: what the verb metrics prints; NULL: door_metrics alone. Called
	 * on the door's thread. */
	void (*metrics)(void *ctx, struct buf *ret);
	void *metrics_ctx;
};

/* The rows of a program's table of settings: DOOR_ROWS(struct options, door), */
#define DOOR_ROWS(s, member)                                                                       \
	{ "grpc", CONFIG_TEXT, offsetof(s, member.grpc), NULL,                                     \
		"ADDR:PORT of gRPC with mutual TLS, every service (default: closed)" },            \
		{ "grpc-plaintext", CONFIG_TEXT, offsetof(s, member.plaintext), NULL,              \
			"ADDR:PORT of gRPC without TLS, for Chaos Mesh (default: closed)" },       \
		{ "grpc-plaintext-from", CONFIG_TEXT, offsetof(s, member.from), NULL,              \
			"networks that may use it, 10.0.0.0/8,::1 (default: any)" },               \
		{ "grpc-cert", CONFIG_TEXT, offsetof(s, member.cert), NULL,                        \
			"PEM file of the server's certificate; read again at SIGHUP" },            \
		{ "grpc-key", CONFIG_TEXT, offsetof(s, member.key), NULL, "PEM file of its key" }, \
		{ "grpc-ca", CONFIG_TEXT, offsetof(s, member.ca), NULL,                            \
			"PEM file of the authority of clients' certificates" },                    \
		{ "grpc-clients", CONFIG_TEXT, offsetof(s, member.clients), NULL,                  \
			"names, one of which a client's certificate must have (default: any)" },   \
		{ "run", CONFIG_TEXT, offsetof(s, member.run), "/run/gale",                        \
			"directory of the control socket gale-dns.sock" },                         \
		{ "control-users", CONFIG_TEXT, offsetof(s, member.users), NULL,                   \
			"ids of users that may use it, beside root and the server's own" },        \
	{                                                                                          \
		"legacy-deadline", CONFIG_DURATION, offsetof(s, member.legacy_ms), "24h",          \
			"when what Chaos Mesh set ends by itself; 0: never"                        \
	}

/* Listens, reads the certificates and makes the socket: while there is still the right to. */
int door_open(const struct door_options *o, struct book *book, struct door **ret, struct err *e);
/* Starts the thread; after privileges were dropped. */
int door_start(struct door *d, struct err *e);
/*
 * Reads the certificates again, any thread. On failure the old ones stay. Connections made with
 * the old ones are asked to come again (GOAWAY) and end when their calls have.
 */
int door_reload(struct door *d, struct err *e);
/* Lets the calls that run end (5 s at most), ends the thread, frees. NULL: nothing. */
void door_stop(struct door *d);

/* Adds the door's lines in Prometheus' text format; any thread. */
void door_metrics(const struct door *d, struct buf *ret);

/*
 * The client's side of the control socket: gale-dns VERB ..., argv[0] being the verb. Prints to
 * stdout and stderr; returns the exit status.
 */
int control_main(int argc, char *const *argv);

#endif
