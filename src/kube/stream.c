/* One request and its answer. */
#include "kube/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "kube/chunk.h"

enum {
	ANSWER_TIMEOUT_MS = 30000, /* to connect, and until the head of the answer is there */
	HEAD_MAX = 16384,
	REQUEST_MAX = 4 << 20, /* the API server's own limit is 3 MiB */
};

struct kube_stream {
	const struct kube_config *c;
	int fd, stop_fd;
	SSL_CTX *tls;
	SSL *ssl;
	char head[HEAD_MAX + 1]; /* the head of the answer, and what came with it of the body */
	size_t n_head, at_head;
	struct chunk body;
};

/* --- octets ----------------------------------------------------------------------------------- */

static int stream_wait(struct kube_stream *s, short events, int timeout_ms, struct err *e)
{
	struct pollfd fds[] = { { s->stop_fd, POLLIN, 0 }, { s->fd, events, 0 } };
	int n;

	do
		n = poll(fds, 2, timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(e, ERR_SYSTEM, errno, "wait for %s", s->c->host);
	if (fds[0].revents)
		return err_set(e, ERR_BUSY, 0, "stopped");
	if (n == 0)
		return err_set(e, ERR_TIMEOUT, 0, "%s does not answer", s->c->host);
	return 0;
}

/* What OpenSSL says, and what it found wrong with the certificate. */
static int tls_error(struct kube_stream *s, const char *what, struct err *e)
{
	unsigned long code = ERR_get_error();
	long verified = s->ssl ? SSL_get_verify_result(s->ssl) : X509_V_OK;
	char text[160] = "the connection was closed";

	if (verified != X509_V_OK)
		snprintf(text, sizeof(text), "%s", X509_verify_cert_error_string(verified));
	else if (code)
		ERR_error_string_n(code, text, sizeof(text));
	ERR_clear_error();
	return err_set(e, ERR_PROTOCOL, 0, "%s %s: %s", what, s->c->host, text);
}

/* After a call of OpenSSL that has not worked: 0 to call it again, or the error. */
static int tls_again(struct kube_stream *s, int r, int timeout_ms, const char *what, struct err *e)
{
	switch (SSL_get_error(s->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		return stream_wait(s, POLLIN, timeout_ms, e);
	case SSL_ERROR_WANT_WRITE:
		return stream_wait(s, POLLOUT, timeout_ms, e);
	default:
		return tls_error(s, what, e);
	}
}

static ssize_t raw_read(struct kube_stream *s, void *to, size_t size, int timeout_ms, struct err *e)
{
	for (;;) {
		ssize_t n = s->ssl ? SSL_read(s->ssl, to, (int)size) : read(s->fd, to, size);
		int r;

		if (n > 0)
			return n;
		if (s->ssl && SSL_get_error(s->ssl, (int)n) == SSL_ERROR_ZERO_RETURN)
			return 0;
		if (s->ssl)
			r = tls_again(s, (int)n, timeout_ms, "read from", e);
		else if (n == 0)
			return 0;
		else if (errno == EAGAIN)
			r = stream_wait(s, POLLIN, timeout_ms, e);
		else
			r = err_set(e, ERR_PROTOCOL, errno, "read from %s", s->c->host);
		if (r < 0)
			return r;
	}
}

static int raw_write(struct kube_stream *s, const char *data, size_t len, struct err *e)
{
	while (len > 0) {
		ssize_t n = s->ssl ? SSL_write(s->ssl, data, (int)len)
				   : send(s->fd, data, len, MSG_NOSIGNAL);
		int r = 0;

		if (n > 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (s->ssl)
			r = tls_again(s, (int)n, ANSWER_TIMEOUT_MS, "write to", e);
		else if (errno == EAGAIN)
			r = stream_wait(s, POLLOUT, ANSWER_TIMEOUT_MS, e);
		else
			r = err_set(e, ERR_PROTOCOL, errno, "write to %s", s->c->host);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- the connection --------------------------------------------------------------------------- */

static void keep_alive(int fd)
{
	const int on = 1, idle = 20, every = 5, times = 3;

	/* a watch is silent for minutes: a dead node's end of it is found out in half of one */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof(every));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof(times));
}

static int connect_one(struct kube_stream *s, const struct addrinfo *a, struct err *e)
{
	socklen_t len = sizeof(int);
	int why = 0, r = 0;

	s->fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "socket");
	keep_alive(s->fd);
	if (connect(s->fd, a->ai_addr, a->ai_addrlen) < 0) {
		if (errno != EINPROGRESS)
			why = errno;
		else
			r = stream_wait(s, POLLOUT, ANSWER_TIMEOUT_MS, e);
	}
	if (r == 0 && why == 0)
		getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &why, &len);
	if (r == 0 && why == 0)
		return 0;
	close(s->fd);
	s->fd = -1;
	return r < 0 ? r
		     : err_set(e, ERR_PROTOCOL, why, "connect to %s:%s", s->c->host, s->c->port);
}

static int stream_connect(struct kube_stream *s, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	int r = getaddrinfo(s->c->host, s->c->port, &hints, &list);

	if (r != 0)
		return err_set(e, ERR_PROTOCOL, 0, "%s: %s", s->c->host, gai_strerror(r));
	r = -ERR_PROTOCOL;
	for (const struct addrinfo *a = list; a && r < 0 && r != -ERR_BUSY; a = a->ai_next)
		r = connect_one(s, a, e);
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

static int tls_make(struct kube_stream *s, struct err *e)
{
	const struct kube_config *c = s->c;

	s->tls = SSL_CTX_new(TLS_client_method());
	if (!s->tls)
		return err_set(e, ERR_NOMEM, ENOMEM, "TLS");
	SSL_CTX_set_min_proto_version(s->tls, TLS1_2_VERSION);
	SSL_CTX_set_verify(s->tls, c->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(
		s->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (c->ca.text && !tls_trust(s->tls, c->ca.text))
		return err_set(e, ERR_PROTOCOL, 0, "certificate-authority: no certificate in it");
	if (!c->ca.text)
		SSL_CTX_set_default_verify_paths(s->tls);
	if (c->cert.text && !tls_own(s->tls, c->cert.text, c->key.text ? c->key.text : ""))
		return err_set(
			e, ERR_PROTOCOL, 0, "client-certificate and client-key: not a pair in PEM");
	return 0;
}

static int tls_connect(struct kube_stream *s, struct err *e)
{
	const char *name = s->c->server_name ? s->c->server_name : s->c->host;
	uint8_t address[16];
	bool is_address = inet_pton(AF_INET, name, address) == 1 ||
			  inet_pton(AF_INET6, name, address) == 1;
	int r = tls_make(s, e);

	if (r < 0)
		return r;
	s->ssl = SSL_new(s->tls);
	if (!s->ssl || SSL_set_fd(s->ssl, s->fd) != 1)
		return err_set(e, ERR_NOMEM, ENOMEM, "TLS");
	if (is_address)
		X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(s->ssl), name);
	else if (SSL_set1_host(s->ssl, name) != 1 || SSL_set_tlsext_host_name(s->ssl, name) != 1)
		return err_set(e, ERR_PROTOCOL, 0, "server name `%.100s`", name);
	while ((r = SSL_connect(s->ssl)) != 1) {
		r = tls_again(s, r, ANSWER_TIMEOUT_MS, "TLS with", e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- HTTP ------------------------------------------------------------------------------------- */

static int send_request(struct kube_stream *s, const struct kube_request *q, struct err *e)
{
	struct buf out = BUF_INIT(REQUEST_MAX);
	const char *token = s->c->token.text;
	bool six = strchr(s->c->host, ':');
	int r;

	buf_fmt(&out,
		"%s %s%s HTTP/1.1\r\nHost: %s%s%s:%s\r\nUser-Agent: gale/" GALE_VERSION
		"\r\nAccept: application/json\r\nConnection: close\r\n",
		q->method, s->c->base, q->path, six ? "[" : "", s->c->host, six ? "]" : "",
		s->c->port);
	if (token)
		buf_fmt(&out, "Authorization: Bearer %.*s\r\n", (int)strcspn(token, " \r\n"),
			token);
	if (q->body)
		buf_fmt(&out, "Content-Type: %s\r\nContent-Length: %zu\r\n", q->type,
			strlen(q->body));
	buf_str(&out, "\r\n");
	if (q->body)
		buf_str(&out, q->body);
	r = out.failed ? err_set(e, ERR_NOMEM, ENOMEM, "request")
		       : raw_write(s, out.data, out.len, e);
	buf_free(&out);
	return r;
}

static int read_head(struct kube_stream *s, int *ret_status, struct err *e)
{
	int64_t deadline = clock_boot_ms() + ANSWER_TIMEOUT_MS;
	char *end = NULL;

	while (!end) {
		int64_t left = deadline - clock_boot_ms();
		ssize_t n;

		if (s->n_head == HEAD_MAX || left <= 0)
			return err_set(e, ERR_PROTOCOL, 0, "%s: the answer's head does not end",
				s->c->host);
		n = raw_read(s, s->head + s->n_head, HEAD_MAX - s->n_head, (int)left, e);
		if (n <= 0)
			return n < 0 ? (int)n
				     : err_set(e, ERR_PROTOCOL, 0, "%s closed the connection",
					       s->c->host);
		s->n_head += (size_t)n;
		s->head[s->n_head] = '\0';
		end = strstr(s->head, "\r\n\r\n");
	}
	*end = '\0';
	s->at_head = (size_t)(end - s->head) + 4;
	if (!chunk_begin(&s->body, s->head, ret_status))
		return err_set(e, ERR_PROTOCOL, 0, "%s does not speak HTTP/1.1", s->c->host);
	return 0;
}

static ssize_t body_read(
	struct kube_stream *s, char *to, size_t size, int timeout_ms, struct err *e)
{
	size_t n = s->n_head - s->at_head;

	if (n == 0)
		return raw_read(s, to, size, timeout_ms, e);
	n = n < size ? n : size;
	memcpy(to, s->head + s->at_head, n);
	s->at_head += n;
	return (ssize_t)n;
}

ssize_t kube_stream_read(
	struct kube_stream *s, void *ret, size_t size, int timeout_ms, struct err *e)
{
	while (!s->body.over) {
		ssize_t n = body_read(s, ret, size, timeout_ms, e);
		size_t own;

		if (n < 0)
			return n;
		if (n == 0 && chunk_may_end(&s->body))
			return 0;
		if (n == 0)
			return err_set(e, ERR_PROTOCOL, 0, "%s: cut off", s->c->host);
		if (!chunk_take(&s->body, ret, (size_t)n, &own))
			return err_set(e, ERR_PROTOCOL, 0, "%s: a bad chunk", s->c->host);
		if (own > 0)
			return (ssize_t)own;
	}
	return 0;
}

int kube_stream_open(struct kube_config *c, int stop_fd, const struct kube_request *q,
	struct kube_stream **ret, int *ret_status, struct err *e)
{
	struct kube_stream *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(e, ERR_NOMEM, ENOMEM, "request");
	s->c = c;
	s->fd = -1;
	s->stop_fd = stop_fd;
	r = kube_config_refresh(c, e);
	if (r == 0)
		r = stream_connect(s, e);
	if (r == 0 && c->tls)
		r = tls_connect(s, e);
	if (r == 0)
		r = send_request(s, q, e);
	if (r == 0)
		r = read_head(s, ret_status, e);
	if (r < 0)
		kube_stream_free(s);
	else
		*ret = s;
	return r;
}

void kube_stream_free(struct kube_stream *s)
{
	if (!s)
		return;
	SSL_free(s->ssl);
	SSL_CTX_free(s->tls);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}
