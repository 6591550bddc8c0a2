/* The container runtime interface of Kubernetes. */
#include "target/cri.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "grpc/client.h"
#include "target/cri.pb-c.h"

enum { TIMEOUT_MS = 5000, MOST_LABELS = 64 };

/* What the kubelet puts on each container. */
#define LABEL_NAME  "io.kubernetes.container.name"
#define LABEL_POD   "io.kubernetes.pod.name"
#define LABEL_SPACE "io.kubernetes.pod.namespace"
#define LABEL_UID   "io.kubernetes.pod.uid"

#define SERVICE "/runtime.v1.RuntimeService/"

const char *cri_usual_endpoint(void)
{
	static const char *const paths[] = { "/run/containerd/containerd.sock",
		"/run/crio/crio.sock", "/run/k3s/containerd/containerd.sock",
		"/run/cri-dockerd.sock" };
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (stat(paths[i], &st) == 0 && S_ISSOCK(st.st_mode))
			return paths[i];
	return NULL;
}

/* --- the labels that are asked for ------------------------------------------------------------ */

struct labels {
	struct words words; /* KEY and VALUE in turn */
	Runtime__V1__Pair pairs[MOST_LABELS], *list[MOST_LABELS];
	size_t n;
};

static int label_add(struct labels *l, const char *key, const char *value, struct err *e)
{
	int r = value ? words_add(&l->words, key, strlen(key), e) : 0;

	return value && r == 0 ? words_add(&l->words, value, strlen(value), e) : r;
}

static int labels_parse(struct labels *l, const char *text, struct err *e)
{
	while (text && *text) {
		size_t len = strcspn(text, ","), key = strcspn(text, "=,");
		int r;

		if (key == 0 || key >= len)
			return err_illegal(
				e, "container-label-selector", text, "key=value,key2=value2");
		r = words_add(&l->words, text, key, e);
		if (r == 0)
			r = words_add(&l->words, text + key + 1, len - key - 1, e);
		if (r < 0)
			return r;
		text += len;
		text += *text == ',';
	}
	return 0;
}

static int labels_make(struct labels *l, const struct container_query *q, struct err *e)
{
	int r = labels_parse(l, q->labels, e);

	if (r == 0)
		r = label_add(l, LABEL_NAME, q->name, e);
	if (r == 0)
		r = label_add(l, LABEL_POD, q->pod, e);
	if (r == 0)
		r = label_add(l, LABEL_SPACE, q->space, e);
	if (r == 0)
		r = label_add(l, LABEL_UID, q->pod_uid, e);
	if (r == 0 && l->words.n > 2 * MOST_LABELS)
		r = err_set(e, ERR_INVALID, 0, "container-label-selector: more than %d labels",
			MOST_LABELS - 4);
	for (; r == 0 && l->n < l->words.n / 2; l->n++) {
		l->pairs[l->n] = (Runtime__V1__Pair)RUNTIME__V1__PAIR__INIT;
		l->pairs[l->n].key = l->words.v[2 * l->n];
		l->pairs[l->n].value = l->words.v[2 * l->n + 1];
		l->list[l->n] = &l->pairs[l->n];
	}
	return r;
}

/* --- what it answers -------------------------------------------------------------------------- */

static int list_containers(struct grpc_client *c, const struct container_query *q,
	Runtime__V1__ListContainersResponse **ret, struct err *e)
{
	Runtime__V1__ListContainersRequest ask = RUNTIME__V1__LIST_CONTAINERS_REQUEST__INIT;
	Runtime__V1__ContainerFilter filter = RUNTIME__V1__CONTAINER_FILTER__INIT;
	Runtime__V1__ContainerStateValue running = RUNTIME__V1__CONTAINER_STATE_VALUE__INIT;
	struct labels labels = { 0 };
	ProtobufCMessage *answer;
	int r = labels_make(&labels, q, e);

	running.state = RUNTIME__V1__CONTAINER_STATE__CONTAINER_RUNNING;
	filter.id = q->id ? q->id : filter.id;
	filter.state = &running;
	filter.label_selector = labels.list;
	filter.n_label_selector = labels.n;
	ask.filter = &filter;
	if (r == 0)
		r = grpc_client_call(c, SERVICE "ListContainers", &ask.base,
			&runtime__v1__list_containers_response__descriptor, TIMEOUT_MS, &answer, e);
	words_free(&labels.words);
	if (r == 0)
		*ret = (Runtime__V1__ListContainersResponse *)answer;
	return r;
}

/* Those that are ready. */
static int list_pods(struct grpc_client *c, const struct container_query *q,
	Runtime__V1__ListPodSandboxResponse **ret, struct err *e)
{
	Runtime__V1__ListPodSandboxRequest ask = RUNTIME__V1__LIST_POD_SANDBOX_REQUEST__INIT;
	Runtime__V1__PodSandboxFilter filter = RUNTIME__V1__POD_SANDBOX_FILTER__INIT;
	Runtime__V1__PodSandboxStateValue ready = RUNTIME__V1__POD_SANDBOX_STATE_VALUE__INIT;
	struct labels labels = { 0 };
	ProtobufCMessage *answer;
	int r = labels_make(&labels, q, e);

	ready.state = RUNTIME__V1__POD_SANDBOX_STATE__SANDBOX_READY;
	filter.state = &ready;
	filter.label_selector = labels.list;
	filter.n_label_selector = labels.n;
	ask.filter = &filter;
	if (r == 0)
		r = grpc_client_call(c, SERVICE "ListPodSandbox", &ask.base,
			&runtime__v1__list_pod_sandbox_response__descriptor, TIMEOUT_MS, &answer,
			e);
	words_free(&labels.words);
	if (r == 0)
		*ret = (Runtime__V1__ListPodSandboxResponse *)answer;
	return r;
}

static const char *pair_value(Runtime__V1__Pair *const *list, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i]->key, key))
			return list[i]->value;
	return "";
}

int cri_pid(const char *info, long long *ret, struct err *e)
{
	autojson json_t *root = NULL;
	long long pid;
	int r = json_parse(info, strlen(info), &root, e);

	if (r == 0)
		r = json_get_int(root, "pid", 0, &pid, e);
	if (r == 0 && (pid <= 0 || pid > INT32_MAX))
		r = err_set(e, ERR_PROTOCOL, 0, "the runtime does not tell the pid");
	if (r == 0)
		*ret = pid;
	return r;
}

static int ask_pid(struct grpc_client *c, char *id, long long *ret, struct err *e)
{
	Runtime__V1__ContainerStatusRequest ask = RUNTIME__V1__CONTAINER_STATUS_REQUEST__INIT;
	Runtime__V1__ContainerStatusResponse *status;
	ProtobufCMessage *answer;
	int r;

	ask.container_id = id;
	ask.verbose = true;
	r = grpc_client_call(c, SERVICE "ContainerStatus", &ask.base,
		&runtime__v1__container_status_response__descriptor, TIMEOUT_MS, &answer, e);
	if (r < 0)
		return r;
	status = (Runtime__V1__ContainerStatusResponse *)answer;
	r = cri_pid(pair_value(status->info, status->n_info, "info"), ret, e);
	protobuf_c_message_free_unpacked(answer, NULL);
	return r;
}

static int ask_pod_pid(struct grpc_client *c, char *id, long long *ret, struct err *e)
{
	Runtime__V1__PodSandboxStatusRequest ask = RUNTIME__V1__POD_SANDBOX_STATUS_REQUEST__INIT;
	Runtime__V1__PodSandboxStatusResponse *status;
	ProtobufCMessage *answer;
	int r;

	ask.pod_sandbox_id = id;
	ask.verbose = true;
	r = grpc_client_call(c, SERVICE "PodSandboxStatus", &ask.base,
		&runtime__v1__pod_sandbox_status_response__descriptor, TIMEOUT_MS, &answer, e);
	if (r < 0)
		return r;
	status = (Runtime__V1__PodSandboxStatusResponse *)answer;
	r = cri_pid(pair_value(status->info, status->n_info, "info"), ret, e);
	protobuf_c_message_free_unpacked(answer, NULL);
	return r;
}

static void copy(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text);
}

/* A container or a sandbox, of which the runtime says this. */
struct said {
	char *id;
	const char *name;
	Runtime__V1__Pair *const *labels;
	size_t n_labels;
	long long pid;
};

static int said_read(const struct said *s, struct container *ret, struct err *e)
{
	struct container it = { 0 };
	char seen[CONTAINER_ID];
	int r;

	copy(it.id, sizeof(it.id), s->id);
	copy(it.name, sizeof(it.name), s->name);
	copy(it.pod, sizeof(it.pod), pair_value(s->labels, s->n_labels, LABEL_POD));
	copy(it.space, sizeof(it.space), pair_value(s->labels, s->n_labels, LABEL_SPACE));
	copy(it.pod_uid, sizeof(it.pod_uid), pair_value(s->labels, s->n_labels, LABEL_UID));
	r = process_find((pid_t)s->pid, &it.main, e);
	if (r == 0 && !container_has(it.main.pid, it.id, seen))
		r = err_set(e, ERR_UNSUPPORTED, 0,
			"process %lld is not that of container %.12s: its runtime sees other processes "
			"than this program (it must share the node's PID namespace)",
			s->pid, it.id);
	if (r == 0)
		*ret = it;
	return r;
}

static int container_read(struct grpc_client *c, const Runtime__V1__Container *one,
	struct container *ret, struct err *e)
{
	struct said s = { one->id, one->metadata ? one->metadata->name : "", one->labels,
		one->n_labels };
	int r = ask_pid(c, one->id, &s.pid, e);

	return r < 0 ? r : said_read(&s, ret, e);
}

static int several(size_t n, const char *what, const char *first, const char *second, struct err *e)
{
	return err_set(e, ERR_CONFLICT, 0, "%zu %s fit: %.12s, %.12s%s", n, what, first, second,
		n > 2 ? ", ..." : "");
}

static int pick(struct grpc_client *c, const Runtime__V1__ListContainersResponse *list,
	struct container *ret, struct err *e)
{
	if (list->n_containers == 0)
		return err_set(e, ERR_NOTFOUND, 0, "no running container fits");
	if (list->n_containers > 1)
		return several(list->n_containers, "containers", list->containers[0]->id,
			list->containers[1]->id, e);
	return container_read(c, list->containers[0], ret, e);
}

static int pick_pod(struct grpc_client *c, const Runtime__V1__ListPodSandboxResponse *list,
	struct container *ret, struct err *e)
{
	struct said s = { .name = "" };
	int r;

	if (list->n_items == 0)
		return err_set(e, ERR_NOTFOUND, 0, "no running pod fits");
	if (list->n_items > 1)
		return several(list->n_items, "pods", list->items[0]->id, list->items[1]->id, e);
	s.id = list->items[0]->id;
	s.labels = list->items[0]->labels;
	s.n_labels = list->items[0]->n_labels;
	r = ask_pod_pid(c, s.id, &s.pid, e);
	return r < 0 ? r : said_read(&s, ret, e);
}

/* --- asking ----------------------------------------------------------------------------------- */

static int cri_open(const char *endpoint, struct grpc_client **ret, struct err *e)
{
	static const char scheme[] = "unix://";

	return grpc_client_open(
		str_starts(endpoint, scheme) ? endpoint + strlen(scheme) : endpoint, ret, e);
}

int cri_container(
	const char *endpoint, const struct container_query *q, struct container *ret, struct err *e)
{
	Runtime__V1__ListContainersResponse *list = NULL;
	struct grpc_client *c = NULL;
	int r = cri_open(endpoint, &c, e);

	if (r == 0)
		r = list_containers(c, q, &list, e);
	if (r == 0)
		r = pick(c, list, ret, e);
	if (list)
		protobuf_c_message_free_unpacked(&list->base, NULL);
	grpc_client_free(c);
	return r;
}

int cri_pod(
	const char *endpoint, const struct container_query *q, struct container *ret, struct err *e)
{
	Runtime__V1__ListPodSandboxResponse *list = NULL;
	struct grpc_client *c = NULL;
	int r = cri_open(endpoint, &c, e);

	if (r == 0)
		r = list_pods(c, q, &list, e);
	if (r == 0)
		r = pick_pod(c, list, ret, e);
	if (list)
		protobuf_c_message_free_unpacked(&list->base, NULL);
	grpc_client_free(c);
	return r;
}

int cri_gone(const char *endpoint, const struct container *it, bool *ret, struct err *e)
{
	const struct container_query q = { .pod_uid = (char *)it->pod_uid };
	Runtime__V1__ListPodSandboxResponse *list = NULL;
	struct grpc_client *c = NULL;
	int r = cri_open(endpoint, &c, e);

	if (r == 0)
		r = list_pods(c, &q, &list, e);
	if (r == 0) {
		*ret = list->n_items == 0;
		protobuf_c_message_free_unpacked(&list->base, NULL);
	}
	grpc_client_free(c);
	return r;
}
