/* Writing answers: envelopes with their status, cookies and headers. */
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/str.h"
#include "box/http/loop.h"

static void free_text(const void *data, size_t len, void *arg)
{
	(void)data;
	(void)len;
	free(arg);
}

static void answer_taken(struct evhttp_request *request, int status, const char *type, char *text)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evbuffer *body = evhttp_request_get_output_buffer(request);

	evhttp_add_header(headers, "Content-Type", type);
	evhttp_add_header(headers, "Cache-Control", "no-store");
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	if (evbuffer_add_reference(body, text, strlen(text), free_text, text) < 0)
		free(text);
	evhttp_send_reply(request, status, NULL, NULL);
}

void answer_text(struct evhttp_request *request, int status, const char *type, const char *text)
{
	char *copy = strdup(text);

	if (copy)
		answer_taken(request, status, type, copy);
	else
		evhttp_send_error(request, 503, NULL);
}

void answer_visit(struct visit *visit, int status, int r)
{
	struct evhttp_request *request = visit->request;
	char *text;

	if (r < 0) {
		atomic_fetch_add(&visit->loop->failures, 1);
		if (visit->err.kind == ERR_SYSTEM || visit->err.kind == ERR_STORE ||
			visit->err.kind == ERR_NOMEM)
			log_write(LOG_ERROR, "request.failed", "path", visit->call.route->path,
				"error", visit->err.msg, NULL);
	}
	if (!request)
		return;
	if (visit->call.cookie[0])
		evhttp_add_header(evhttp_request_get_output_headers(request), "Set-Cookie",
			visit->call.cookie);
	text = call_envelope(&visit->call, r, &visit->err);
	visit->request = NULL;
	if (text)
		answer_taken(request, status, "application/json;charset=UTF-8", text);
	else
		evhttp_send_error(request, 503, NULL);
}

void answer_error(struct loop *loop, struct evhttp_request *request, int status, enum api_code code,
	const char *message)
{
	struct visit visit = { .loop = loop, .request = request };
	static const struct route nothing = { .path = "-" };

	visit.call.route = &nothing;
	visit.call.code = code;
	visit.call.english = true;
	err_set(&visit.err, ERR_INVALID, 0, "%s", message);
	answer_visit(&visit, status, -ERR_INVALID);
}
