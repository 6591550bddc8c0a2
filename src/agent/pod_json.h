/* A pod of the Kubernetes API as the console is told of it. Pure: objects in, objects out. */
#ifndef AGENT_POD_JSON_H
#define AGENT_POD_JSON_H

#include <jansson.h>
#include <stdbool.h>

enum { POD_UID_SIZE = 64, POD_STATE_SIZE = 96 };

/* That of the pod; of one that its node's own files made (a static pod), of the file. false: none.
 */
bool pod_uid(const json_t *pod, char ret[static POD_UID_SIZE]);

/* What kubectl get shows as STATUS, and the restarts that it shows beside it. */
void pod_state(const json_t *pod, char ret[static POD_STATE_SIZE], long long *ret_restarts);

/*
 * The element of a full report: uid, name, createdTime, labels, exist, namespace, ip, restartCount,
 * state, daemonsetUid, replicasetUid, and Gale's nodeName and containers (their names). NULL: no
 * pod.
 */
json_t *pod_element(const json_t *pod);

/* What a service selects. false when it selects nothing. */
bool service_selects(const json_t *selector, const json_t *labels);
/* The address by which it is reached from outside, "" when it has none; borrowed. */
const char *service_external_ip(const json_t *service);

#endif
