/* Requests that are answered with one object, and lists. */
#include "kube/api.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/stream.h"
#include "kube/text.h"

enum {
	PAGE = 250,
	ANSWER_MAX = 64 << 20,	 /* a page, or one object */
	BODY_TIMEOUT_MS = 60000, /* until it is there */
};

int kube_status_error(const json_t *status, int code, struct err *e)
{
	static const struct {
		int code;
		enum err_kind kind;
	} kinds[] = {
		{ 400, ERR_INVALID },
		{ 401, ERR_DENIED },
		{ 403, ERR_DENIED },
		{ 404, ERR_NOTFOUND },
		{ 409, ERR_CONFLICT },
		{ 422, ERR_INVALID },
	};
	const char *message = json_text(status, "message");
	enum err_kind kind = ERR_PROTOCOL;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].code == code)
			kind = kinds[i].kind;
	if (str_eq(json_text(status, "reason"), "AlreadyExists"))
		kind = ERR_EXISTS;
	return err_set(e, kind, 0, "the API server says %d: %.200s", code,
		*message ? message : "nothing more");
}

static int ms_left(int64_t deadline)
{
	int64_t left = deadline - clock_boot_ms();

	return left > 0 ? (int)left : 0;
}

static int read_all(struct kube_stream *s, struct buf *ret, struct err *e)
{
	int64_t deadline = clock_boot_ms() + BODY_TIMEOUT_MS;
	char chunk[16384];
	ssize_t n;

	while ((n = kube_stream_read(s, chunk, sizeof(chunk), ms_left(deadline), e)) > 0) {
		buf_add(ret, chunk, (size_t)n);
		if (ret->failed)
			return err_set(
				e, ERR_PROTOCOL, 0, "an answer of more than %zu octets", ret->max);
	}
	return (int)n;
}

int kube_answer(struct kube_stream *s, int status, json_t **ret, struct err *e)
{
	autobuf struct buf body = BUF_INIT(ANSWER_MAX);
	autojson json_t *object = NULL;
	int r = read_all(s, &body, e);

	if (r == 0 && json_parse(buf_text(&body), body.len, &object, NULL) < 0)
		r = err_set(e, ERR_PROTOCOL, 0, "the API server says %d, and no JSON", status);
	if (r == 0 && status / 100 != 2)
		r = kube_status_error(object, status, e);
	if (r == 0 && ret)
		*ret = json_incref(object);
	return r;
}

int kube_call(const struct kube_api *a, const struct kube_ask *ask, json_t **ret, struct err *e)
{
	autofree char *body = ask->body ? json_line(ask->body) : NULL;
	const struct kube_request q = { ask->method, ask->path, ask->type ? ask->type : KUBE_JSON,
		body };
	struct kube_stream *s = NULL;
	int status, r;

	if (ask->body && !body)
		return err_set(e, ERR_NOMEM, ENOMEM, "request");
	r = kube_stream_open(a->config, a->stop_fd, &q, &s, &status, e);
	if (r == 0)
		r = kube_answer(s, status, ret, e);
	kube_stream_free(s);
	return r;
}

/* The path of the next page. */
static int page_path(const char *collection, const char *next, struct buf *ret, struct err *e)
{
	buf_reset(ret);
	buf_fmt(ret, "%s%climit=%d", collection, strchr(collection, '?') ? '&' : '?', PAGE);
	if (*next) {
		buf_str(ret, "&continue=");
		kube_escape(ret, next);
	}
	return ret->failed ? err_set(e, ERR_NOMEM, ENOMEM, "list") : 0;
}

int kube_list(const struct kube_api *a, const char *collection, kube_item_f *item, void *ctx,
	char ret_version[static KUBE_VERSION_SIZE], struct err *e)
{
	autobuf struct buf path = BUF_INIT(65536);
	bool last = false;
	int r = page_path(collection, "", &path, e);

	while (!last && r == 0) {
		const struct kube_ask ask = { .method = "GET", .path = buf_text(&path) };
		autojson json_t *page = NULL;
		const json_t *meta;
		json_t *one;
		size_t i;

		r = kube_call(a, &ask, &page, e);
		if (r < 0)
			break;
		json_array_foreach(json_object_get(page, "items"), i, one)
		{
			item(one, ctx);
		}
		meta = json_object_get(page, "metadata");
		snprintf(ret_version, KUBE_VERSION_SIZE, "%s", json_text(meta, "resourceVersion"));
		last = !*json_text(meta, "continue");
		r = page_path(collection, json_text(meta, "continue"), &path, e);
	}
	if (r == 0 && !*ret_version)
		r = err_set(e, ERR_PROTOCOL, 0, "a list without a resourceVersion");
	if (r < 0)
		ret_version[0] = '\0';
	return r;
}
