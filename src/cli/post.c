/* One request of HTTP/1.0 over a socket: enough to be heard, and nothing to start up. */
#include "cli/post.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/str.h"

#define TRIES	     3
#define RETRY_MS     500
#define TIMEOUT_S    5
#define MOST_REQUEST (1u << 20)

struct url {
	char host[256], port[8];
	char authority[300]; /* host and port as given, for the Host header */
	const char *path;    /* "" for none; begins with a slash otherwise */
};

/* "host", "host:80", "[::1]:80" */
static int authority_parse(struct url *u)
{
	char *host = u->authority, *colon = strrchr(u->authority, ':');
	size_t len = strlen(host);

	snprintf(u->port, sizeof(u->port), "80");
	if (host[0] == '[') {
		char *shut = strchr(host, ']');

		if (!shut || (shut[1] && shut[1] != ':'))
			return -1;
		colon = shut[1] ? shut + 1 : NULL;
		len = (size_t)(shut - ++host);
	} else if (colon) {
		len = (size_t)(colon - host);
	}
	if (colon) {
		long long port;

		if (str_to_int(colon + 1, 1, 65535, &port, NULL) < 0)
			return -1;
		snprintf(u->port, sizeof(u->port), "%lld", port);
	}
	if (len == 0 || len >= sizeof(u->host))
		return -1;
	snprintf(u->host, sizeof(u->host), "%.*s", (int)len, host);
	return 0;
}

static int url_parse(const char *text, struct url *ret, struct err *e)
{
	const char *host = text + strlen("http://");
	struct url u = { 0 };

	if (str_starts(text, "http://") && !strpbrk(text, " \t\r\n")) {
		size_t len = strcspn(host, "/?#");

		u.path = host[len] == '/' ? host + len : "/";
		if (len < sizeof(u.authority)) {
			snprintf(u.authority, sizeof(u.authority), "%.*s", (int)len, host);
			if (authority_parse(&u) == 0) {
				*ret = u;
				return 0;
			}
		}
	}
	return err_illegal(e, "endpoint", text, "allowed is http://HOST[:PORT][/PATH]");
}

int post_check(const char *url, struct err *e)
{
	struct url u;

	return url_parse(url, &u, e);
}

static int post_connect(const struct url *u, int *ret, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	struct timeval limit = { TIMEOUT_S, 0 };
	int r = getaddrinfo(u->host, u->port, &hints, &list), why = 0;

	if (r != 0)
		return err_set(e, ERR_PROTOCOL, 0, "%s: %s", u->authority, gai_strerror(r));
	for (struct addrinfo *a = list; a; a = a->ai_next) {
		autoclose int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, 0);

		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
			*ret = take_fd(&fd);
			freeaddrinfo(list);
			return 0;
		}
		why = errno;
	}
	freeaddrinfo(list);
	return err_set(e, ERR_PROTOCOL, why, "connect to %s", u->authority);
}

static int post_once(const struct url *u, const char *text, struct err *e)
{
	autobuf struct buf request = BUF_INIT(MOST_REQUEST);
	autoclose int fd = -1;
	char answer[64];
	ssize_t n;
	int status = 0, r = post_connect(u, &fd, e);

	if (r < 0)
		return r;
	buf_fmt(&request,
		"POST %s HTTP/1.0\r\nHost: %s\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
		u->path, u->authority, strlen(text), text);
	if (request.failed)
		return err_set(e, ERR_NOMEM, ENOMEM, "post to %s", u->authority);
	r = fd_write_all(fd, request.data, request.len, e);
	if (r < 0)
		return r;
	n = recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL);
	answer[n > 0 ? n : 0] = '\0';
	if (sscanf(answer, "HTTP/%*d.%*d %d", &status) != 1 || status < 200 || status > 299)
		return err_set(e, ERR_PROTOCOL, 0, "%s answered `%.*s`", u->authority,
			(int)strcspn(answer, "\r\n"), answer);
	return 0;
}

int post_json(const char *url, const char *text, struct err *e)
{
	struct url u;
	int r = url_parse(url, &u, e);

	if (r < 0)
		return r;
	for (int i = 0; i < TRIES; i++) {
		if (i > 0)
			clock_sleep_ms(RETRY_MS * i);
		r = post_once(&u, text, e);
		if (r == 0)
			break;
	}
	return r;
}
