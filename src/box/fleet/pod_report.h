/*
 * Reading POST /chaos/k8sPod. Its member "pods" is a text: a JSON list of pods, of which those that
 * are as they were before are told in short, and those that are gone by their uid alone.
 */
#ifndef BOX_FLEET_POD_REPORT_H
#define BOX_FLEET_POD_REPORT_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"
#include "box/store/pod.h"

struct pod_report {
	json_t *list; /* what the texts of the pods are borrowed from */
	struct pod *pods;
	size_t n;
};

/*
 * user_id and namespace: of the agent, for the pods' cids. Elements without a uid are left out.
 * -ERR_INVALID: not a JSON list of objects.
 */
int pod_report_read(const char *text, size_t len, const char *user_id, const char *namespace,
	struct pod_report *ret, struct err *e);
void pod_report_done(struct pod_report *report);
#define autopods __attribute__((cleanup(pod_report_done)))

/* The answer that an agent takes: {uid: cid} of all that are not deleted. */
json_t *pod_report_answer(const struct pod_report *report);

#endif
