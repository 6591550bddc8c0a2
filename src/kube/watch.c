/* One list and watch. */
#include "kube/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/rand.h"
#include "base/str.h"
#include "kube/stream.h"

enum {
	PAGE = 250,
	ANSWER_MAX = 64 << 20, /* a page, or one object */
	WATCH_S = 300,	       /* then the server ends it, and we begin the next one */
	SILENCE_MS = (WATCH_S + 30) * 1000,
	LIST_SILENCE_MS = 30000,
	SHORT_MS = 500,
	RETRY_FIRST_MS = 500,
	RETRY_MOST_MS = 30000,
};

struct watch {
	struct kube_config *c;
	int stop_fd;
	const char *collection;
	const struct kube_sink *sink;
	char version[128]; /* "": it must be listed */
	int64_t retry_ms;
};

/* --- what the server says --------------------------------------------------------------------- */

/* The error that a Status object tells, in short. */
static int status_error(const json_t *status, int code, struct err *e)
{
	const char *message = json_text(status, "message");

	return err_set(e, code == 401 || code == 403 ? ERR_DENIED : ERR_PROTOCOL, 0,
		"the API server says %d: %.200s", code, *message ? message : "nothing more");
}

static int event_error(const json_t *object, struct kube_event *ret, struct err *e)
{
	int code = (int)json_integer_value(json_object_get(object, "code"));

	ret->line = KUBE_LINE_GONE;
	return code == 410 ? 0 : status_error(object, code, e);
}

static int event_read(struct kube_event *ret, struct err *e)
{
	static const struct {
		const char *type;
		enum kube_line line;
		enum kube_change change;
	} types[] = {
		{ "ADDED", KUBE_LINE_CHANGE, KUBE_ADDED },
		{ "MODIFIED", KUBE_LINE_CHANGE, KUBE_MODIFIED },
		{ "DELETED", KUBE_LINE_CHANGE, KUBE_DELETED },
		{ "BOOKMARK", KUBE_LINE_BOOKMARK, KUBE_ADDED },
	};
	const char *type = json_text(ret->root, "type");

	ret->object = json_object_get(ret->root, "object");
	if (!json_is_object(ret->object))
		return err_set(e, ERR_PROTOCOL, 0, "an event without an object");
	ret->version = json_text(json_object_get(ret->object, "metadata"), "resourceVersion");
	if (str_eq(type, "ERROR"))
		return event_error(ret->object, ret, e);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (str_eq(types[i].type, type)) {
			ret->line = types[i].line;
			ret->change = types[i].change;
			return 0;
		}
	return err_set(e, ERR_PROTOCOL, 0, "an event of the type `%.50s`", type);
}

int kube_event_parse(const char *line, size_t len, struct kube_event *ret, struct err *e)
{
	struct kube_event event = { 0 };
	int r;

	if (json_parse(line, len, &event.root, NULL) < 0)
		return err_set(e, ERR_PROTOCOL, 0, "an event that is no JSON");
	r = event_read(&event, e);
	if (r < 0)
		json_decref(event.root);
	else
		*ret = event;
	return r;
}

/* --- the list --------------------------------------------------------------------------------- */

static int read_all(struct kube_stream *s, struct buf *ret, struct err *e)
{
	char chunk[16384];
	ssize_t n;

	while ((n = kube_stream_read(s, chunk, sizeof(chunk), LIST_SILENCE_MS, e)) > 0) {
		buf_add(ret, chunk, (size_t)n);
		if (ret->failed)
			return err_set(
				e, ERR_PROTOCOL, 0, "an answer of more than %zu octets", ret->max);
	}
	return (int)n;
}

/* The object that a request is answered with; an answer that is none of success is an error. */
static int read_object(struct kube_stream *s, int status, json_t **ret, struct err *e)
{
	autobuf struct buf body = BUF_INIT(ANSWER_MAX);
	autojson json_t *object = NULL;
	int r = read_all(s, &body, e);

	if (r == 0 && json_parse(buf_text(&body), body.len, &object, NULL) < 0)
		r = err_set(e, ERR_PROTOCOL, 0, "the API server says %d, and no JSON", status);
	if (r == 0 && status != 200)
		r = status_error(object, status, e);
	if (r == 0)
		*ret = json_incref(object);
	return r;
}

static int get_object(struct watch *w, const char *path, json_t **ret, struct err *e)
{
	struct kube_stream *s = NULL;
	int status, r = kube_get(w->c, w->stop_fd, path, &s, &status, e);

	if (r == 0)
		r = read_object(s, status, ret, e);
	kube_stream_free(s);
	return r;
}

/* Letters that need no escape in a query, the others as %XX: continue tokens are base64. */
static void put_escaped(struct buf *to, const char *text)
{
	for (; *text; text++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.",
			    *text))
			buf_add(to, text, 1);
		else
			buf_fmt(to, "%%%02X", (unsigned char)*text);
}

/* The path of the next page. */
static void page_path(const struct watch *w, const char *next, struct buf *ret)
{
	buf_reset(ret);
	buf_fmt(ret, "%s?limit=%d", w->collection, PAGE);
	if (*next) {
		buf_str(ret, "&continue=");
		put_escaped(ret, next);
	}
}

/* One page: its objects to the sink, and what to ask for next ("" when it was the last). */
static int list_page(struct watch *w, struct buf *path, bool *ret_last, struct err *e)
{
	json_t *page, *item;
	const json_t *meta;
	const char *next;
	size_t i;
	int r = get_object(w, buf_text(path), &page, e);

	if (r < 0)
		return r;
	json_array_foreach(json_object_get(page, "items"), i, item)
		w->sink->item(item, w->sink->ctx);
	meta = json_object_get(page, "metadata");
	next = json_text(meta, "continue");
	snprintf(w->version, sizeof(w->version), "%s", json_text(meta, "resourceVersion"));
	*ret_last = !*next;
	page_path(w, next, path);
	json_decref(page);
	return path->failed ? err_set(e, ERR_NOMEM, ENOMEM, "list") : 0;
}

static int list(struct watch *w, struct err *e)
{
	struct buf path = BUF_INIT(65536);
	bool last = false;
	int r = 0;

	w->sink->begin(w->sink->ctx);
	page_path(w, "", &path);
	while (!last && r == 0)
		r = list_page(w, &path, &last, e);
	buf_free(&path);
	if (r == 0 && !*w->version)
		r = err_set(e, ERR_PROTOCOL, 0, "a list without a resourceVersion");
	if (r == 0)
		w->sink->end(w->sink->ctx);
	else
		w->version[0] = '\0';
	return r;
}

/* --- the watch -------------------------------------------------------------------------------- */

static int take_line(struct watch *w, const char *line, size_t len, struct err *e)
{
	struct kube_event event;
	int r;

	if (len == 0)
		return 0;
	r = kube_event_parse(line, len, &event, e);
	if (r < 0)
		return r;
	if (event.line == KUBE_LINE_GONE)
		w->version[0] = '\0';
	else if (*event.version)
		snprintf(w->version, sizeof(w->version), "%s", event.version);
	if (event.line == KUBE_LINE_CHANGE)
		w->sink->change(event.change, event.object, w->sink->ctx);
	json_decref(event.root);
	w->retry_ms = RETRY_FIRST_MS; /* it works */
	return event.line == KUBE_LINE_GONE ? err_set(e, ERR_NOTFOUND, 0,
						      "the server has forgotten "
						      "where we were")
					    : 0;
}

/* What has come, up to the last whole line; the rest stays. */
static int take_lines(struct watch *w, struct buf *in, struct err *e)
{
	char *at = in->data, *end;
	int r = 0;

	while (r == 0 && (end = memchr(at, '\n', in->len - (size_t)(at - in->data)))) {
		r = take_line(w, at, (size_t)(end - at), e);
		at = end + 1;
	}
	in->len -= (size_t)(at - in->data);
	memmove(in->data, at, in->len);
	return r;
}

static int follow(struct watch *w, struct kube_stream *s, struct err *e)
{
	struct buf in = BUF_INIT(ANSWER_MAX);
	char chunk[16384];
	ssize_t n = 0;
	int r = 0;

	while (r == 0 && (n = kube_stream_read(s, chunk, sizeof(chunk), SILENCE_MS, e)) > 0) {
		buf_add(&in, chunk, (size_t)n);
		r = in.failed ? err_set(e, ERR_PROTOCOL, 0, "an event of more than %zu octets",
					in.max)
			      : take_lines(w, &in, e);
	}
	buf_free(&in);
	return r < 0 ? r : (int)n;
}

/* One watch, until the server ends it (0) or something goes wrong. */
static int watch_once(struct watch *w, struct err *e)
{
	struct buf path = BUF_INIT(4096);
	struct kube_stream *s = NULL;
	json_t *none;
	int status = 0, r;

	buf_fmt(&path, "%s?watch=1&allowWatchBookmarks=true&timeoutSeconds=%d&resourceVersion=",
		w->collection, WATCH_S);
	put_escaped(&path, w->version);
	r = kube_get(w->c, w->stop_fd, buf_text(&path), &s, &status, e);
	if (r == 0 && status == 410) {
		w->version[0] = '\0';
		r = err_set(e, ERR_NOTFOUND, 0, "the server has forgotten where we were");
	} else if (r == 0 && status != 200) {
		r = read_object(s, status, &none, e);
	}
	if (r == 0)
		r = follow(w, s, e);
	kube_stream_free(s);
	buf_free(&path);
	return r;
}

/* Some of the time, longer each time: many clients of one server must not come back together. */
static void pause_before_retry(struct watch *w, const struct err *why)
{
	struct pollfd stop = { w->stop_fd, POLLIN, 0 };
	uint64_t chance;
	int64_t ms;

	rand_bytes(&chance, sizeof(chance));
	ms = w->retry_ms / 2 + (int64_t)(chance % (uint64_t)(w->retry_ms / 2 + 1));
	w->retry_ms = w->retry_ms * 2 < RETRY_MOST_MS ? w->retry_ms * 2 : RETRY_MOST_MS;
	w->sink->lost(why, ms, w->sink->ctx);
	poll(&stop, 1, (int)ms);
}

void kube_watch(
	struct kube_config *c, int stop_fd, const char *collection, const struct kube_sink *sink)
{
	struct watch w = { c, stop_fd, collection, sink, "", RETRY_FIRST_MS };
	struct pollfd stop = { stop_fd, POLLIN, 0 };

	while (poll(&stop, 1, 0) == 0) {
		int64_t begun = clock_boot_ms();
		bool listed = !*w.version;
		struct err e = { 0 };
		int r = listed ? list(&w, &e) : watch_once(&w, &e);

		if (r == 0 && !listed && clock_boot_ms() - begun < SHORT_MS)
			r = err_set(&e, ERR_PROTOCOL, 0, "the server ended the watch at once");
		if (r < 0 && r != -ERR_BUSY)
			pause_before_retry(&w, &e);
	}
}
