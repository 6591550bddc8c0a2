/* One request and its answer. */
#include "kube/stream.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "kube/chunk.h"
#include "kube/link.h"

enum {
	ANSWER_TIMEOUT_MS = 30000, /* until the head of the answer is there */
	HEAD_MAX = 16384,
	REQUEST_MAX = 4 << 20, /* the API server's own limit is 3 MiB */
};

struct kube_stream {
	struct kube_config *c;
	struct kube_link *link;
	char head[HEAD_MAX + 1]; /* the head of the answer, and what came with it of the body */
	size_t n_head, at_head;
	struct chunk body;
};

static int send_request(struct kube_stream *s, const struct kube_request *q, struct err *e)
{
	struct buf out = BUF_INIT(REQUEST_MAX);
	const char *token = s->c->token.text;
	bool six = strchr(s->c->host, ':');
	int r;

	buf_fmt(&out,
		"%s %s%s HTTP/1.1\r\nHost: %s%s%s:%s\r\nUser-Agent: gale/" GALE_VERSION
		"\r\nAccept: application/json\r\n",
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
		       : kube_link_write(s->link, out.data, out.len, e);
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
		n = kube_link_read(
			s->link, s->head + s->n_head, HEAD_MAX - s->n_head, (int)left, e);
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
		return kube_link_read(s->link, to, size, timeout_ms, e);
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

/* --- connections that are kept ---------------------------------------------------------------- */

static struct kube_link *kept_take(struct kube_config *c, int stop_fd)
{
	struct kube_link *link = c->kept;

	c->kept = NULL;
	if (link && !kube_link_reuse(link, stop_fd)) {
		kube_link_free(link);
		return NULL;
	}
	return link;
}

static int ask(struct kube_stream *s, const struct kube_request *q, int *ret_status, struct err *e)
{
	int r = send_request(s, q, e);

	return r == 0 ? read_head(s, ret_status, e) : r;
}

/*
 * The server may close a kept connection in the very moment of a request. Where nothing came back
 * it is asked again, but for a POST: that might make two.
 */
static bool was_closed(const struct kube_stream *s, const struct kube_request *q, int r)
{
	return r == -ERR_PROTOCOL && s->n_head == 0 && !str_eq(q->method, "POST");
}

static int ask_somehow(struct kube_stream *s, int stop_fd, const struct kube_request *q,
	int *ret_status, struct err *e)
{
	int r;

	s->link = kept_take(s->c, stop_fd);
	if (s->link) {
		r = ask(s, q, ret_status, e);
		if (!was_closed(s, q, r))
			return r;
		kube_link_free(take_ptr(&s->link));
	}
	atomic_fetch_add(&s->c->connections, 1);
	r = kube_link_open(s->c, stop_fd, &s->link, e);
	return r == 0 ? ask(s, q, ret_status, e) : r;
}

int kube_stream_open(struct kube_config *c, int stop_fd, const struct kube_request *q,
	struct kube_stream **ret, int *ret_status, struct err *e)
{
	struct kube_stream *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(e, ERR_NOMEM, ENOMEM, "request");
	s->c = c;
	atomic_fetch_add(&c->requests, 1);
	r = kube_config_refresh(c, e);
	if (r == 0)
		r = ask_somehow(s, stop_fd, q, ret_status, e);
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
	if (s->link && !s->c->kept && chunk_leaves_open(&s->body) && s->at_head == s->n_head)
		s->c->kept = take_ptr(&s->link);
	kube_link_free(s->link);
	free(s);
}
