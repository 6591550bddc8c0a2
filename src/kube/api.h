/*
 * Requests to the Kubernetes API that are answered with one object, and whole lists. Each thread
 * has a struct kube_config of its own.
 */
#ifndef KUBE_API_H
#define KUBE_API_H

#include <jansson.h>

#include "base/err.h"
#include "kube/config.h"

struct kube_stream;

struct kube_api {
	struct kube_config *config;
	int stop_fd; /* readable: whatever waits ends with -ERR_BUSY */
};

#define KUBE_JSON	"application/json"
#define KUBE_MERGE	"application/merge-patch+json"
#define KUBE_JSON_PATCH "application/json-patch+json"

struct kube_ask {
	const char *method, *path; /* "PATCH", "/api/v1/namespaces/a/pods/b" */
	const char *type;	   /* of the body; NULL: KUBE_JSON */
	const json_t *body;	   /* NULL: none */
	size_t most;		   /* octets of an answer; 0: as many as there may be */
};

/*
 * *ret (NULL allowed) is a new reference to the object of the answer. What the server refuses is
 * an error with its message: -ERR_DENIED, -ERR_NOTFOUND, -ERR_EXISTS (to create), -ERR_CONFLICT
 * (another version, or another uid, than the precondition says), -ERR_INVALID (the object);
 * -ERR_PROTOCOL (also an answer of more than most), -ERR_TIMEOUT and -ERR_BUSY as of
 * kube_stream_open().
 */
int kube_call(const struct kube_api *a, const struct kube_ask *ask, json_t **ret, struct err *e);

enum { KUBE_VERSION_SIZE = 128 };
typedef void kube_item_f(const json_t *object, void *ctx); /* borrowed */

/*
 * All objects of a collection, page by page: "/api/v1/pods", with selectors as "?fieldSelector=x".
 * ret_version, "" after a failure: the version of the list, to watch from.
 */
int kube_list(const struct kube_api *a, const char *collection, kube_item_f *item, void *ctx,
	char ret_version[static KUBE_VERSION_SIZE], struct err *e);

/*
 * What of it the API server has at hand, as of some moment ago: it need not ask its store, which
 * takes it tens of milliseconds. -ERR_PROTOCOL, without any: it is too much for one answer.
 */
int kube_list_known(const struct kube_api *a, const char *collection, kube_item_f *item, void *ctx,
	struct err *e);

/* The whole answer that a stream gives, as kube_call() does; most: its octets, 0: as usual. */
int kube_answer(struct kube_stream *s, int status, size_t most, json_t **ret, struct err *e);
/* The error that a Status object tells, in short. */
int kube_status_error(const json_t *status, int code, struct err *e);

#endif
