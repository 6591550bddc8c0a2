/* Whether a user may, as the API server's own authorization says: SubjectAccessReview. */
#ifndef OPERATOR_ADMIT_RIGHTS_H
#define OPERATOR_ADMIT_RIGHTS_H

#include "kube/api.h"
#include "operator/admit.h"

/* may_f; ctx: the struct kube_api to ask. */
may_f rights_ask;

/* The question. Exposed for its test. */
json_t *rights_review(const struct review *r, const char *namespace);

#endif
