/* Pages of text. */
#include "listen/pages.h"

#include <errno.h>
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "base/str.h"
#include "listen/http.h"

enum { TEXT_MAX = 1 << 20 };

struct listen_pages {
	struct listen_http *http;
	const struct listen_page *rows;
	void *ctx;
};

static const struct listen_page *row_find(const struct listen_page *rows, const char *path)
{
	for (; rows->path; rows++)
		if (path && str_eq(rows->path, path))
			return rows;
	return NULL;
}

static void on_request(struct evhttp_request *request, void *ctx)
{
	const struct listen_pages *p = ctx;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const struct listen_page *row = row_find(p->rows, uri ? evhttp_uri_get_path(uri) : NULL);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	autobuf struct buf text = BUF_INIT(TEXT_MAX);
	int status = HTTP_NOTFOUND;

	if (row)
		status = row->write(&text, p->ctx);
	else
		buf_str(&text, "there is no such page\n");
	if (text.failed)
		status = HTTP_INTERNAL;
	evhttp_add_header(headers, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
	evhttp_add_header(headers, "Connection", "close");
	evbuffer_add(evhttp_request_get_output_buffer(request), buf_text(&text), text.len);
	evhttp_send_reply(request, status, status == HTTP_OK ? "OK" : "Not OK", NULL);
}

int listen_page_ok(struct buf *ret, void *ctx)
{
	(void)ctx;
	buf_str(ret, "ok\n");
	return HTTP_OK;
}

int listen_pages_open(struct event_base *base, const char *address, const struct listen_page *rows,
	void *ctx, struct listen_pages **ret, struct err *e)
{
	const struct listen_options o = { .flag = "admin",
		.address = address,
		.header = 8192,
		.connections = 32,
		.silence_s = 5,
		.request_s = 10 };
	struct listen_pages *p = malloc(sizeof(*p));
	int r;

	if (!p)
		return err_set(e, ERR_NOMEM, ENOMEM, "admin");
	*p = (struct listen_pages){ NULL, rows, ctx };
	r = listen_http_open(base, &o, &p->http, e);
	if (r < 0) {
		free(p);
		return r;
	}
	evhttp_set_allowed_methods(listen_http_evhttp(p->http), EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_gencb(listen_http_evhttp(p->http), on_request, p);
	*ret = p;
	return 0;
}

void listen_pages_close(struct listen_pages *p)
{
	if (!p)
		return;
	listen_http_close(p->http);
	free(p);
}
