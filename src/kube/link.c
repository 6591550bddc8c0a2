/* A connection to the API server. */
#include "kube/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/clock.h"

enum { STEP_TIMEOUT_MS = 10000 }; /* to connect, of a step of TLS, to take what is written */

struct kube_link {
	const struct kube_config *c;
	unsigned revision; /* of c, when it was made */
	int fd, stop_fd;
	SSL_CTX *tls;
	SSL *ssl;
};

/* --- octets ----------------------------------------------------------------------------------- */

static int link_wait(struct kube_link *l, short events, int timeout_ms, struct err *e)
{
	struct pollfd fds[] = { { l->stop_fd, POLLIN, 0 }, { l->fd, events, 0 } };
	int n;

	do
		n = poll(fds, 2, timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(e, ERR_SYSTEM, errno, "wait for %s", l->c->host);
	if (fds[0].revents)
		return err_set(e, ERR_BUSY, 0, "stopped");
	if (n == 0)
		return err_set(e, ERR_TIMEOUT, 0, "%s does not answer", l->c->host);
	return 0;
}

/* What OpenSSL says, and what it found wrong with the certificate. */
static int tls_error(struct kube_link *l, const char *what, struct err *e)
{
	unsigned long code = ERR_get_error();
	long verified = l->ssl ? SSL_get_verify_result(l->ssl) : X509_V_OK;
	char text[160] = "the connection was closed";

	if (verified != X509_V_OK)
		snprintf(text, sizeof(text), "%s", X509_verify_cert_error_string(verified));
	else if (code)
		ERR_error_string_n(code, text, sizeof(text));
	ERR_clear_error();
	return err_set(e, ERR_PROTOCOL, 0, "%s %s: %s", what, l->c->host, text);
}

/* After a call of OpenSSL that has not worked: 0 to call it again, or the error. */
static int tls_again(struct kube_link *l, int r, int timeout_ms, const char *what, struct err *e)
{
	switch (SSL_get_error(l->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		return link_wait(l, POLLIN, timeout_ms, e);
	case SSL_ERROR_WANT_WRITE:
		return link_wait(l, POLLOUT, timeout_ms, e);
	default:
		return tls_error(l, what, e);
	}
}

ssize_t kube_link_read(struct kube_link *l, void *to, size_t size, int timeout_ms, struct err *e)
{
	for (;;) {
		ssize_t n = l->ssl ? SSL_read(l->ssl, to, (int)size) : read(l->fd, to, size);
		int r;

		if (n > 0)
			return n;
		if (l->ssl && SSL_get_error(l->ssl, (int)n) == SSL_ERROR_ZERO_RETURN)
			return 0;
		if (l->ssl)
			r = tls_again(l, (int)n, timeout_ms, "read from", e);
		else if (n == 0)
			return 0;
		else if (errno == EAGAIN)
			r = link_wait(l, POLLIN, timeout_ms, e);
		else
			r = err_set(e, ERR_PROTOCOL, errno, "read from %s", l->c->host);
		if (r < 0)
			return r;
	}
}

int kube_link_write(struct kube_link *l, const char *data, size_t len, struct err *e)
{
	while (len > 0) {
		ssize_t n = l->ssl ? SSL_write(l->ssl, data, (int)len)
				   : send(l->fd, data, len, MSG_NOSIGNAL);
		int r = 0;

		if (n > 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (l->ssl)
			r = tls_again(l, (int)n, STEP_TIMEOUT_MS, "write to", e);
		else if (errno == EAGAIN)
			r = link_wait(l, POLLOUT, STEP_TIMEOUT_MS, e);
		else
			r = err_set(e, ERR_PROTOCOL, errno, "write to %s", l->c->host);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- the connection --------------------------------------------------------------------------- */

static void socket_options(int fd)
{
	const int on = 1, idle = 20, every = 5, times = 3;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* a watch is silent for minutes: a dead node's end of it is found out in half of one */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof(every));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof(times));
}

static int connect_one(struct kube_link *l, const struct addrinfo *a, struct err *e)
{
	socklen_t len = sizeof(int);
	int why = 0, r = 0;

	l->fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "socket");
	socket_options(l->fd);
	if (connect(l->fd, a->ai_addr, a->ai_addrlen) < 0) {
		if (errno != EINPROGRESS)
			why = errno;
		else
			r = link_wait(l, POLLOUT, STEP_TIMEOUT_MS, e);
	}
	if (r == 0 && why == 0)
		getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &why, &len);
	if (r == 0 && why == 0)
		return 0;
	close(l->fd);
	l->fd = -1;
	return r < 0 ? r
		     : err_set(e, ERR_PROTOCOL, why, "connect to %s:%s", l->c->host, l->c->port);
}

static int link_connect(struct kube_link *l, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	int r = getaddrinfo(l->c->host, l->c->port, &hints, &list);

	if (r != 0)
		return err_set(e, ERR_PROTOCOL, 0, "%s: %s", l->c->host, gai_strerror(r));
	r = -ERR_PROTOCOL;
	for (const struct addrinfo *a = list; a && r < 0 && r != -ERR_BUSY; a = a->ai_next)
		r = connect_one(l, a, e);
	freeaddrinfo(list);
	return r;
}

/* --- TLS -------------------------------------------------------------------------------------- */

/* All certificates of a text become trusted. */
static bool tls_trust(SSL_CTX *tls, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *one;
	int n = 0;

	while (bio && (one = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		n += X509_STORE_add_cert(SSL_CTX_get_cert_store(tls), one) == 1;
		X509_free(one);
	}
	BIO_free(bio);
	ERR_clear_error(); /* of the end of the text */
	return n > 0;
}

/* The first certificate is ours, the others lead to the CA. */
static bool tls_own(SSL_CTX *tls, const char *cert, const char *key)
{
	BIO *certs = BIO_new_mem_buf(cert, -1), *keys = BIO_new_mem_buf(key, -1);
	X509 *own = certs ? PEM_read_bio_X509(certs, NULL, NULL, NULL) : NULL, *more;
	EVP_PKEY *own_key = keys ? PEM_read_bio_PrivateKey(keys, NULL, NULL, NULL) : NULL;
	bool good = own && own_key && SSL_CTX_use_certificate(tls, own) == 1 &&
		    SSL_CTX_use_PrivateKey(tls, own_key) == 1;

	while (good && (more = PEM_read_bio_X509(certs, NULL, NULL, NULL)))
		good = SSL_CTX_add_extra_chain_cert(tls, more) == 1; /* takes it */
	ERR_clear_error();
	X509_free(own);
	EVP_PKEY_free(own_key);
	BIO_free(certs);
	BIO_free(keys);
	return good;
}

static int tls_make(struct kube_link *l, struct err *e)
{
	const struct kube_config *c = l->c;

	l->tls = SSL_CTX_new(TLS_client_method());
	if (!l->tls)
		return err_set(e, ERR_NOMEM, ENOMEM, "TLS");
	SSL_CTX_set_min_proto_version(l->tls, TLS1_2_VERSION);
	SSL_CTX_set_verify(l->tls, c->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(l->tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
					 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					 SSL_MODE_RELEASE_BUFFERS);
	if (c->ca.text && !tls_trust(l->tls, c->ca.text))
		return err_set(e, ERR_PROTOCOL, 0, "certificate-authority: no certificate in it");
	if (!c->ca.text)
		SSL_CTX_set_default_verify_paths(l->tls);
	if (c->cert.text && !tls_own(l->tls, c->cert.text, c->key.text ? c->key.text : ""))
		return err_set(
			e, ERR_PROTOCOL, 0, "client-certificate and client-key: not a pair in PEM");
	return 0;
}

static int tls_connect(struct kube_link *l, struct err *e)
{
	const char *name = l->c->server_name ? l->c->server_name : l->c->host;
	uint8_t address[16];
	bool is_address = inet_pton(AF_INET, name, address) == 1 ||
			  inet_pton(AF_INET6, name, address) == 1;
	int r = tls_make(l, e);

	if (r < 0)
		return r;
	l->ssl = SSL_new(l->tls);
	if (!l->ssl || SSL_set_fd(l->ssl, l->fd) != 1)
		return err_set(e, ERR_NOMEM, ENOMEM, "TLS");
	if (is_address)
		X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(l->ssl), name);
	else if (SSL_set1_host(l->ssl, name) != 1 || SSL_set_tlsext_host_name(l->ssl, name) != 1)
		return err_set(e, ERR_PROTOCOL, 0, "server name `%.100s`", name);
	while ((r = SSL_connect(l->ssl)) != 1) {
		r = tls_again(l, r, STEP_TIMEOUT_MS, "TLS with", e);
		if (r < 0)
			return r;
	}
	return 0;
}

int kube_link_open(const struct kube_config *c, int stop_fd, struct kube_link **ret, struct err *e)
{
	struct kube_link *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return err_set(e, ERR_NOMEM, ENOMEM, "connection");
	*l = (struct kube_link){ .c = c, .revision = c->revision, .fd = -1, .stop_fd = stop_fd };
	r = link_connect(l, e);
	if (r == 0 && c->tls)
		r = tls_connect(l, e);
	if (r < 0)
		kube_link_free(l);
	else
		*ret = l;
	return r;
}

bool kube_link_reuse(struct kube_link *l, int stop_fd)
{
	struct pollfd now = { l->fd, POLLIN, 0 };

	l->stop_fd = stop_fd;
	return l->revision == l->c->revision && poll(&now, 1, 0) == 0;
}

void kube_link_free(struct kube_link *l)
{
	if (!l)
		return;
	SSL_free(l->ssl);
	SSL_CTX_free(l->tls);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}
