/* Containers by the names of their control groups. */
#include "target/container.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "sys/proc.h"
#include "target/cri.h"
#include "target/docker.h"
#include "target/process_select.h"

#define MOST_CGROUP (1u << 20)

enum { FULL_ID = 64, LEAST_PREFIX = 4 };

/* What systemd's units of containers begin with; others are the id itself. */
static const char *const runtimes[] = { "docker-", "cri-containerd-", "crio-", "libpod-", "crun-",
	"runc-", "nerdctl-" };

static bool is_full(const char *id)
{
	return strlen(id) == FULL_ID && strspn(id, "0123456789abcdef") == FULL_ID;
}

static bool is_wanted(const char *id, const char *wanted)
{
	if (str_eq(id, wanted))
		return true;
	return is_full(id) && strlen(wanted) >= LEAST_PREFIX && str_starts(id, wanted);
}

/* "cri-containerd-0123.scope" or "0123": one directory of a path. */
static bool match_part(const char *part, size_t len, const char *wanted, char ret[CONTAINER_ID])
{
	static const char scope[] = ".scope";
	const size_t tail = sizeof(scope) - 1;
	char id[CONTAINER_ID];
	const char *at = id;

	if (len > tail && strncmp(part + len - tail, scope, tail) == 0)
		len -= tail;
	if (len == 0 || len >= sizeof(id))
		return false;
	snprintf(id, sizeof(id), "%.*s", (int)len, part);
	for (size_t i = 0; i < ARRAY_LEN(runtimes); i++)
		if (str_starts(id, runtimes[i]) && is_wanted(id + strlen(runtimes[i]), wanted))
			at = id + strlen(runtimes[i]);
	if (at == id && !is_wanted(id, wanted))
		return false;
	memmove(ret, at, strlen(at) + 1);
	return true;
}

bool container_match(const char *text, const char *wanted, char ret[static CONTAINER_ID])
{
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, "/:\n");

		if (match_part(at, len, wanted, ret))
			return true;
		at += len;
		at += *at != '\0';
	}
	return false;
}

bool container_has(pid_t pid, const char *wanted, char ret[static CONTAINER_ID])
{
	autobuf struct buf text = BUF_INIT(MOST_CGROUP);
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	return file_read(AT_FDCWD, path, &text, NULL) == 0 &&
	       container_match(buf_text(&text), wanted, ret);
}

int container_processes(const char *wanted, pid_t **ret, size_t *ret_n, struct err *e)
{
	char first[CONTAINER_ID] = "", id[CONTAINER_ID];
	autofree pid_t *pids = NULL;
	size_t n = 0, kept = 0;
	int r = proc_list(&pids, &n, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (!container_has(pids[i], wanted, id) || !process_counts(pids[i]))
			continue;
		if (first[0] == '\0')
			memcpy(first, id, sizeof(first));
		if (!str_eq(first, id))
			return err_set(e, ERR_CONFLICT, 0,
				"`%.64s` is the beginning of several containers: %.64s, %.64s",
				wanted, first, id);
		pids[kept++] = pids[i];
	}
	if (kept == 0)
		return err_set(e, ERR_NOTFOUND, 0, "no process is in a container `%.64s`", wanted);
	*ret = take_ptr(&pids);
	*ret_n = kept;
	return 0;
}

/* The eldest; what was started in it later (exec) is no child of it either. */
static int find_in_proc(const char *wanted, struct container *ret, struct err *e)
{
	struct container it = { 0 };
	autofree pid_t *pids = NULL;
	size_t n = 0;
	int r = container_processes(wanted, &pids, &n, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		struct process one;

		if (process_find(pids[i], &one, NULL) == 0 &&
			container_has(one.pid, wanted, it.id) &&
			(it.main.pid == 0 || one.start < it.main.start))
			it.main = one;
	}
	if (it.main.pid == 0)
		return err_set(e, ERR_NOTFOUND, 0, "the container `%.64s` has ended", wanted);
	*ret = it;
	return 0;
}

/* A runtime may not know the containers of another (Docker's), which are in /proc all the same. */
int container_find(const struct container_query *q, struct container *ret, struct err *e)
{
	const char *endpoint = q->endpoint ? q->endpoint : cri_usual_endpoint();
	bool others = q->name || q->pod || q->pod_uid || q->labels;
	bool by_id = q->id && !others;
	int r = -ERR_NOTFOUND;

	if (!q->id && !others)
		return err_missing(e, "container-id");
	if (q->docker)
		return docker_container(q->docker, q, ret, e);
	if (endpoint)
		r = cri_container(endpoint, q, ret, e);
	else if (!by_id)
		return err_set(e, ERR_NOTFOUND, 0,
			"no container runtime has a socket here: without one a container is found "
			"by container-id alone (cri-endpoint says where it is)");
	return r == -ERR_NOTFOUND && by_id && !q->endpoint ? find_in_proc(q->id, ret, e) : r;
}

int container_find_pod(const struct container_query *q, struct container *ret, struct err *e)
{
	const char *endpoint = q->endpoint ? q->endpoint : cri_usual_endpoint();

	return endpoint ? cri_pod(endpoint, q, ret, e)
			: err_set(e, ERR_NOTFOUND, 0,
				  "no container runtime has a socket here (cri-endpoint says where "
				  "it is)");
}

bool container_gone(const struct container_query *q, const struct container *was)
{
	const char *endpoint = q->endpoint ? q->endpoint : cri_usual_endpoint();
	bool gone = false;

	if (q->docker)
		return docker_gone(q->docker, was, &gone, NULL) == 0 && gone;
	return endpoint && was->pod_uid[0] && cri_gone(endpoint, was, &gone, NULL) == 0 && gone;
}

int container_successor(const struct container_query *q, const struct container *was,
	struct container *ret, struct err *e)
{
	struct container_query next = { .endpoint = q->endpoint, .docker = q->docker };

	if (!was->pod_uid[0]) {
		next.id = (char *)was->id;
		return container_find(&next, ret, e);
	}
	next.pod_uid = (char *)was->pod_uid;
	if (!was->name[0])
		return container_find_pod(&next, ret, e);
	next.name = (char *)was->name;
	return container_find(&next, ret, e);
}
