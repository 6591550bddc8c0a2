/*
 * One list and watch of a collection of the Kubernetes API: the list in pages, then changes as they
 * happen, with bookmarks. When the server has forgotten where we are (410) it is listed again; when
 * the connection is lost it goes on where it was. Waits between tries grow to half a minute.
 */
#ifndef KUBE_WATCH_H
#define KUBE_WATCH_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kube/config.h"

enum kube_change { KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED };

/* What is called, on the thread of kube_watch(). Objects are borrowed. */
struct kube_sink {
	void (*begin)(void *ctx); /* of a list: what a list before gave and did not end, is void */
	void (*item)(const json_t *object, void *ctx); /* of it; NULL: change() hears KUBE_ADDED */
	void (*end)(void *ctx); /* all objects that there are have been named */
	void (*change)(enum kube_change change, const json_t *object, void *ctx);
	void *ctx;
	const char *event; /* of the log, when it goes wrong and is tried again */
};

/* collection: "/api/v1/pods". Returns when stop_fd becomes readable. */
void kube_watch(
	struct kube_config *c, int stop_fd, const char *collection, const struct kube_sink *sink);

/* One line of a watch. Exposed for its test. */
enum kube_line { KUBE_LINE_CHANGE, KUBE_LINE_BOOKMARK, KUBE_LINE_GONE };

struct kube_event {
	enum kube_line line;
	enum kube_change change;
	const json_t *object; /* of root */
	const char *version;  /* resourceVersion to go on from; "" none */
	json_t *root;	      /* for json_decref */
};

/* -ERR_PROTOCOL: no event, or one that tells of an error of the server (410 is KUBE_LINE_GONE). */
int kube_event_parse(const char *line, size_t len, struct kube_event *ret, struct err *e);

#endif
