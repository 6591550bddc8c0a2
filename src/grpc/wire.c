/* The octets of a client's connection. */
#include "grpc/wire.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/util.h>
#include <openssl/err.h>

#include "base/cleanup.h"
#include "base/clock.h"

enum { UNHEARD_MS = 10000 };

static int wait_for(int fd, short events, int64_t until_ms, struct err *e)
{
	struct pollfd p = { fd, events, 0 };
	int64_t left = until_ms - clock_boot_ms();
	int n;

	do
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(e, ERR_SYSTEM, errno, "poll");
	return n > 0 ? 0 : err_set(e, ERR_TIMEOUT, 0, "no answer in time");
}

int wire_local(const char *path, struct wire *ret, struct err *e)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*ret = (struct wire){ .fd = -1 };
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "socket");
	if ((size_t)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path) >= sizeof(at.sun_path))
		return err_set(e, ERR_INVALID, ENAMETOOLONG, "%s", path);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		bool gone = errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR;

		return err_set(e,
			gone		  ? ERR_NOTFOUND
			: errno == EACCES ? ERR_DENIED
					  : ERR_SYSTEM,
			errno, "connect to %s", path);
	}
	ret->fd = take_fd(&fd);
	return 0;
}

/* --- TCP and TLS ------------------------------------------------------------------------------ */

static int tcp_open(const char *address, int64_t until_ms, int *ret, struct err *e)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(int);
	const int on = 1, unheard_ms = UNHEARD_MS;
	int size = sizeof(at), why = 0, r = 0;
	autoclose int fd = -1;

	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&at, &size) < 0)
		return err_set(e, ERR_INVALID, 0, "`%.100s` is not ADDR:PORT", address);
	fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* a connection that was kept to a machine that is gone: nobody says so */
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unheard_ms, sizeof(unheard_ms));
	if (connect(fd, (struct sockaddr *)&at, (socklen_t)size) < 0) {
		if (errno != EINPROGRESS)
			why = errno;
		else
			r = wait_for(fd, POLLOUT, until_ms, e);
	}
	if (r == 0 && why == 0)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len);
	if (r == 0 && why != 0)
		r = err_set(e, ERR_PROTOCOL, why, "connect to %s", address);
	if (r == 0)
		*ret = take_fd(&fd);
	return r;
}

/* After a call of OpenSSL that has not worked: 0 to call it again, or the error. */
static int tls_again(struct wire *w, int result, int64_t until_ms, struct err *e)
{
	long verified = SSL_get_verify_result(w->ssl);
	unsigned long code;
	const char *reason;

	switch (SSL_get_error(w->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return wait_for(w->fd, POLLIN, until_ms, e);
	case SSL_ERROR_WANT_WRITE:
		return wait_for(w->fd, POLLOUT, until_ms, e);
	default:
		code = ERR_peek_error();
		reason = verified != X509_V_OK ? X509_verify_cert_error_string(verified)
					       : ERR_reason_error_string(code);
		ERR_clear_error();
		return err_set(e, ERR_PROTOCOL, 0, "TLS: %s",
			reason ? reason : "the connection was closed");
	}
}

int wire_dial(
	const char *address, struct tls *tls, int64_t until_ms, struct wire *ret, struct err *e)
{
	struct wire w = { .fd = -1 };
	int r = tcp_open(address, until_ms, &w.fd, e), done = 0;

	if (r == 0 && (!(w.ssl = tls_session(tls)) || SSL_set_fd(w.ssl, w.fd) != 1))
		r = err_set(e, ERR_NOMEM, ENOMEM, "TLS");
	while (r == 0 && (done = SSL_connect(w.ssl)) != 1)
		r = tls_again(&w, done, until_ms, e);
	if (r < 0)
		wire_close(&w);
	*ret = w;
	return r;
}

void wire_close(struct wire *w)
{
	SSL_free(w->ssl);
	if (w->fd >= 0)
		close(w->fd);
	*w = (struct wire){ .fd = -1 };
}

/* --- octets ----------------------------------------------------------------------------------- */

int wire_send(struct wire *w, const void *data, size_t len, int64_t until_ms, struct err *e)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = w->ssl ? SSL_write(w->ssl, at, (int)len)
				   : send(w->fd, at, len, MSG_NOSIGNAL);
		int r = 0;

		if (n > 0) {
			at += n;
			len -= (size_t)n;
		} else if (w->ssl) {
			r = tls_again(w, (int)n, until_ms, e);
		} else if (errno == EAGAIN) {
			r = wait_for(w->fd, POLLOUT, until_ms, e);
		} else {
			r = err_set(e, ERR_PROTOCOL, errno, "send");
		}
		if (r < 0)
			return r;
	}
	return 0;
}

ssize_t wire_receive(struct wire *w, void *ret, size_t size, int64_t until_ms, struct err *e)
{
	for (;;) {
		ssize_t n = w->ssl ? SSL_read(w->ssl, ret, (int)size) : recv(w->fd, ret, size, 0);
		int r;

		if (n > 0)
			return n;
		if (n == 0 && !w->ssl)
			return err_set(e, ERR_PROTOCOL, 0, "the connection was closed");
		if (w->ssl)
			r = tls_again(w, (int)n, until_ms, e);
		else if (errno == EAGAIN || errno == EINTR)
			r = wait_for(w->fd, POLLIN, until_ms, e);
		else
			r = err_set(e, ERR_PROTOCOL, errno, "receive");
		if (r < 0)
			return r;
	}
}
