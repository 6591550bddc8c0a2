/* An AdmissionReview of admission.k8s.io/v1: what the API server asks, and its answer. */
#ifndef OPERATOR_ADMIT_REVIEW_H
#define OPERATOR_ADMIT_REVIEW_H

#include <jansson.h>

#include "base/err.h"

/* All is of root, texts "" where there are none. To be freed by review_done(). */
struct review {
	json_t *root;
	const char *uid, *operation; /* "CREATE", "UPDATE" */
	const char *group, *kind;    /* "chaos-mesh.org", "PodChaos" */
	const char *resource;	     /* "podchaos" */
	const char *namespace;	     /* of the object */
	const json_t *user;	     /* UserInfo: username, uid, groups, extra */
	const json_t *object, *old;  /* old: what an update changes; NULL: none */
};

/* -ERR_INVALID: it is none, or one without uid, kind, user or object. */
int review_read(const char *text, size_t len, struct review *ret, struct err *e);
void review_done(struct review *r);

/* why NULL: allowed, with a patch (stolen; NULL: none). A refusal brings why's text and status. */
json_t *review_answer(const struct review *r, json_t *patch, const struct err *why);

#define autoreview __attribute__((cleanup(review_done)))

#endif
