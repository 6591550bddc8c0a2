/* Limits on connections from outside. */
#include "agent/inbound.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

/* A connected TCP socket on our port; the listening one has no peer. */
static bool is_inbound(const struct inbound *in, int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = { 0 };
	socklen_t len = sizeof(a), peer_len = sizeof(a);
	in_port_t port;

	if (getsockname(fd, &a.any, &len) < 0)
		return false;
	port = a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port;
	return (a.any.sa_family == AF_INET || a.any.sa_family == AF_INET6) &&
	       ntohs(port) == in->port && getpeername(fd, &a.any, &peer_len) == 0;
}

static uint64_t cookie_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len);
	return cookie;
}

size_t inbound_check(struct inbound *in, int64_t now_ms)
{
	size_t n = 0;

	for (int fd = 0; fd < INBOUND_FDS; fd++) {
		uint64_t cookie;

		if (!is_inbound(in, fd))
			continue;
		n++;
		cookie = cookie_of(fd);
		if (in->seen[fd].cookie != cookie) {
			in->seen[fd].cookie = cookie;
			in->seen[fd].until_ms = now_ms + INBOUND_REQUEST_MS;
		} else if (in->seen[fd].until_ms <= now_ms) {
			shutdown(fd, SHUT_RDWR); /* evhttp sees the end and closes it */
		}
	}
	return n;
}

void inbound_extend(struct inbound *in, int fd, int64_t now_ms)
{
	if (fd < 0 || fd >= INBOUND_FDS)
		return;
	in->seen[fd].cookie = cookie_of(fd);
	in->seen[fd].until_ms = now_ms + INBOUND_ORDER_MS;
}
