/* Which cluster a verb of `k8s` is about, and its calls to it. */
#ifndef CLI_K8S_ACCESS_H
#define CLI_K8S_ACCESS_H

#include "base/buf.h"
#include "fault/param.h"
#include "kube/api.h"

struct k8s_access {
	char *kubeconfig, *kubectl_proxy, *token;
	long long waiting_ms;
};

extern const struct param k8s_access_params[]; /* parsed into struct k8s_access */

bool k8s_access_given(const struct k8s_access *a); /* some flag that names the cluster */

struct k8s_cluster {
	struct kube_config config;
	struct kube_api api;
};

/* The kubeconfig that is meant, for free(); NULL: there is none, or a server is named instead. */
char *k8s_access_file(const struct k8s_access *a);

/* -ERR_INVALID: the kubeconfig cannot be used, and why. */
int k8s_open(const struct k8s_access *a, struct k8s_cluster *ret, struct err *e);
void k8s_close(struct k8s_cluster *c);

/* The ChaosBlade objects: method "POST" (body: the object, uid NULL), "GET", "PATCH", "DELETE". */
struct k8s_call {
	const char *method, *uid;
	const json_t *body;
};
/* *ret NULL allowed. -ERR_NOTFOUND: there is no such object; all else is -ERR_KUBE, as blade. */
int k8s_call(const struct k8s_cluster *c, const struct k8s_call *call, json_t **ret, struct err *e);
/*
 * Looks again and again until done(object) or the time is over (which is no error); *ret is the
 * object as seen last. -ERR_NOTFOUND: it is gone; -ERR_KUBE: it could not be seen at the end.
 */
typedef bool k8s_done_f(const json_t *object);
int k8s_wait(const struct k8s_cluster *c, const char *uid, int64_t ms, k8s_done_f *done,
	json_t **ret, struct err *e);

/* Not (yet) as wished ("running"): the reply on stderr, with what is known of why. Returns 1. */
int k8s_unexpected(const struct k8s_cluster *c, const json_t *object, const char *wished);
/* The text of that reply. */
void k8s_unexpected_text(
	const struct k8s_cluster *c, const json_t *object, const char *wished, struct buf *ret);
/* What an object that failed says, as the reply on stderr. Returns 1. */
int k8s_failed(const json_t *object);

#endif
