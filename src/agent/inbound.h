/*
 * The connections that came in on our port: at most so many, and none for longer than it has a
 * reason to be. (evhttp knows neither limit; each of its time-outs begins anew with each byte.)
 */
#ifndef AGENT_INBOUND_H
#define AGENT_INBOUND_H

#include <stddef.h>
#include <stdint.h>

#define INBOUND_MOST	   128
#define INBOUND_REQUEST_MS 10000 /* for a request to be there */
#define INBOUND_ORDER_MS   90000 /* for its answer to be gone */

#define INBOUND_FDS 256

struct inbound {
	struct {
		uint64_t cookie; /* tells two sockets with one number apart */
		int64_t until_ms;
	} seen[INBOUND_FDS];
	int port;
};

/* Cuts those whose time is over; returns how many there are. Boot clock. */
size_t inbound_check(struct inbound *in, int64_t now_ms);
/* The request on this socket is there: its answer may take a while. */
void inbound_extend(struct inbound *in, int fd, int64_t now_ms);

#endif
