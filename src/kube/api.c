/* Requests that are answered with one object, and lists. */
#include "kube/api.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/stream.h"
#include "kube/text.h"

enum { PAGE = 250 };

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
		r = kube_answer(s, status, ask->most, ret, e);
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
