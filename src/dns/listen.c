/* Sockets to listen on. */
#include "dns/listen.h"

#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#define QUEUE	1024	  /* connections not yet accepted */
#define BUFFER	(4 << 20) /* octets that the kernel keeps for us */
#define DEFER_S 5	  /* for which a connection without a query is not even accepted */

static void buffers_set(int fd)
{
	const int size = BUFFER, options[] = { SO_RCVBUF, SO_SNDBUF };
	const int forced[] = { SO_RCVBUFFORCE, SO_SNDBUFFORCE };

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (setsockopt(fd, SOL_SOCKET, forced[i], &size, sizeof(size)) < 0)
			setsockopt(fd, SOL_SOCKET, options[i], &size, sizeof(size));
	}
}

static int options_set(int fd, const struct addr *at, bool tcp)
{
	const int yes = 1, defer = DEFER_S, no_discovery = IP_PMTUDISC_OMIT;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)) < 0)
		return -1;
	if (tcp && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0)
		return -1;
	if (at->sa.sa_family == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) < 0)
		return -1;
	if (tcp) {
		setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &defer, sizeof(defer));
		return 0;
	}
	buffers_set(fd);
	/* Nobody may talk us into smaller packets with forged ICMP. */
	if (at->sa.sa_family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &no_discovery, sizeof(no_discovery));
	return 0;
}

int listen_open(struct addr *at, bool tcp, struct err *e)
{
	int type = (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
	autoclose int fd = socket(at->sa.sa_family, type, 0);
	socklen_t len = addr_len(at);
	char text[ADDR_TEXT];

	if (fd < 0 || options_set(fd, at, tcp) < 0 || bind(fd, &at->sa, len) < 0 ||
		(tcp && listen(fd, QUEUE) < 0) || getsockname(fd, &at->sa, &len) < 0) {
		int sys = errno;

		addr_text(at, text);
		return err_set(e, sys == EAFNOSUPPORT ? ERR_UNSUPPORTED : ERR_SYSTEM, sys,
			"listen on %s (%s)", text, tcp ? "TCP" : "UDP");
	}
	return take_fd(&fd);
}
