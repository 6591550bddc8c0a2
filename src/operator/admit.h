/*
 * What becomes of an object before the API server keeps it: its defaults, whether the operator can
 * do what it says, and whether who makes it may do so in every namespace that it reaches.
 */
#ifndef OPERATOR_ADMIT_H
#define OPERATOR_ADMIT_H

#include <stddef.h>

#include "operator/admit_review.h"

/*
 * May the review's user create such objects in this namespace; "": in all of the cluster.
 * -ERR_DENIED: no; anything else: it is not known. e is never NULL.
 */
typedef int may_f(void *ctx, const struct review *r, const char *namespace, struct err *e);

struct admit_rights {
	may_f *may; /* NULL: nobody is asked, all may */
	void *ctx;
};

/*
 * "/mutate-...", "/validate-..." or "/validate-auth", with an AdmissionReview. *ret_answer is for
 * free(); 1: it refuses. -ERR_NOTFOUND: the path is none of these; -ERR_INVALID: the text is none.
 */
int admit(const char *path, const char *text, size_t len, const struct admit_rights *rights,
	char **ret_answer, struct err *e);

/* The parts of it. Exposed for their test. */
json_t *admit_defaults(const struct review *r); /* a JSON patch; NULL: none is needed */
int admit_spec(const struct review *r, struct err *e);
int admit_reach(const struct review *r, const struct admit_rights *rights, struct err *e);

#endif
