/* One list and watch. */
#include "kube/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/str.h"
#include "kube/api.h"
#include "kube/stream.h"
#include "kube/text.h"

enum {
	EVENT_MAX = 64 << 20,
	WATCH_S = 300, /* then the server ends it, and we begin the next one */
	SILENCE_MS = (WATCH_S + 30) * 1000,
	SHORT_MS = 500,
	RETRY_FIRST_MS = 500,
	RETRY_MOST_MS = 30000,
};

struct watch {
	struct kube_config *c;
	int stop_fd;
	const char *collection;
	const struct kube_sink *sink;
	char version[KUBE_VERSION_SIZE]; /* "": it must be listed */
	int64_t retry_ms;
};

/* --- what the server says --------------------------------------------------------------------- */

static int event_error(const json_t *object, struct kube_event *ret, struct err *e)
{
	int code = (int)json_integer_value(json_object_get(object, "code"));

	ret->line = KUBE_LINE_GONE;
	return code == 410 ? 0 : kube_status_error(object, code, e);
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
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
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

static void list_item(const json_t *object, void *ctx)
{
	const struct kube_sink *sink = ((const struct watch *)ctx)->sink;

	if (sink->item)
		sink->item(object, sink->ctx);
	else
		sink->change(KUBE_ADDED, object, sink->ctx);
}

static int list(struct watch *w, struct err *e)
{
	const struct kube_api api = { w->c, w->stop_fd };
	int r;

	w->sink->begin(w->sink->ctx);
	r = kube_list(&api, w->collection, list_item, w, w->version, e);
	if (r == 0)
		w->sink->end(w->sink->ctx);
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
	struct buf in = BUF_INIT(EVENT_MAX);
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
	struct kube_request q = { .method = "GET" };
	struct kube_stream *s = NULL;
	int status = 0, r;

	buf_fmt(&path, "%s?watch=1&allowWatchBookmarks=true&timeoutSeconds=%d&resourceVersion=",
		w->collection, WATCH_S);
	kube_escape(&path, w->version);
	q.path = buf_text(&path);
	r = kube_stream_open(w->c, w->stop_fd, &q, &s, &status, e);
	if (r == 0 && status == 410) {
		w->version[0] = '\0';
		r = err_set(e, ERR_NOTFOUND, 0, "the server has forgotten where we were");
	} else if (r == 0 && status != 200) {
		r = kube_answer(s, status, 0, NULL, e);
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
	char retry[32];
	int64_t ms;

	rand_bytes(&chance, sizeof(chance));
	ms = w->retry_ms / 2 + (int64_t)(chance % (uint64_t)(w->retry_ms / 2 + 1));
	w->retry_ms = w->retry_ms * 2 < RETRY_MOST_MS ? w->retry_ms * 2 : RETRY_MOST_MS;
	snprintf(retry, sizeof(retry), "in %lld ms", (long long)ms);
	log_write(LOG_WARN, w->sink->event, "collection", w->collection, "error", why->msg,
		"retrying", retry, NULL);
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
