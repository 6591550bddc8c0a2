/* Docker's API, as much as it takes to find a container. */
#include "target/docker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"

enum { TIMEOUT_S = 5, MOST_ANSWER = 64 << 20, LEAST_PREFIX = 4 };

/* --- asking ----------------------------------------------------------------------------------- */

static int docker_open(const char *path, int *ret, struct err *e)
{
	static const char scheme[] = "unix://";
	const struct timeval patience = { TIMEOUT_S, 0 };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	path += str_starts(path, scheme) ? strlen(scheme) : 0;
	if (strlen(path) >= sizeof(to.sun_path))
		return err_illegal(e, "docker-endpoint", path, "the path of a socket");
	memcpy(to.sun_path, path, strlen(path));
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return err_set(e,
			errno == ENOENT || errno == ECONNREFUSED ? ERR_NOTFOUND
			: errno == EACCES			 ? ERR_DENIED
								 : ERR_SYSTEM,
			errno, "Docker at %s", path);
	*ret = take_fd(&fd);
	return 0;
}

int docker_answer(char *text, size_t len, json_t **ret, struct err *e)
{
	char *body = strstr(text, "\r\n\r\n");
	autojson json_t *root = NULL;
	int status = 0, r;

	if (sscanf(text, "HTTP/%*d.%*d %d", &status) != 1 || !body)
		return err_set(e, ERR_PROTOCOL, 0, "Docker answered what is no HTTP");
	body += 4;
	r = json_parse(body, len - (size_t)(body - text), &root, e);
	if (status == 200 && r == 0)
		*ret = json_incref(root);
	if (status == 200)
		return r < 0 ? err_wrap(e, "Docker's answer") : 0;
	return err_set(e, status == 404 ? ERR_NOTFOUND : ERR_SYSTEM, 0, "Docker: %d %.200s", status,
		json_text(root, "message"));
}

/* By HTTP/1.0, of which an answer is one piece that ends with the connection. */
static int docker_get(const char *socket, const char *path, json_t **ret, struct err *e)
{
	autobuf struct buf out = BUF_INIT(1024), in = BUF_INIT(MOST_ANSWER);
	autoclose int fd = -1;
	int r = docker_open(socket, &fd, e);

	buf_fmt(&out, "GET /v1.24%s HTTP/1.0\r\nHost: docker\r\n\r\n", path);
	if (r == 0)
		r = fd_write_all(fd, out.data, out.len, e);
	if (r == 0)
		r = fd_read_all(fd, &in, e);
	if (r < 0)
		return r;
	return docker_answer(in.data ? in.data : (char[1]){ 0 }, in.len, ret, e);
}

/* --- what fits -------------------------------------------------------------------------------- */

static bool has_name(const json_t *row, const char *name)
{
	const json_t *names = json_object_get(row, "Names"), *one;
	size_t i;

	json_array_foreach(names, i, one)
	{
		const char *text = json_string_value(one);

		if (text && str_eq(text + (*text == '/'), name))
			return true;
	}
	return false;
}

static bool has_labels(const json_t *row, const char *wanted)
{
	const json_t *labels = json_object_get(row, "Labels");

	while (*wanted) {
		size_t len = strcspn(wanted, ","), key = strcspn(wanted, "=,");
		char name[256], value[256];

		if (key >= sizeof(name) || len - key >= sizeof(value))
			return false;
		snprintf(name, sizeof(name), "%.*s", (int)key, wanted);
		snprintf(value, sizeof(value), "%.*s", (int)(len - key), wanted + key);
		if (!json_object_get(labels, name) ||
			!str_eq(json_text(labels, name), value + (*value == '=')))
			return false;
		wanted += len;
		wanted += *wanted == ',';
	}
	return true;
}

bool docker_fits(const json_t *row, const struct container_query *q)
{
	const char *id = json_text(row, "Id");

	if (!str_eq(json_text(row, "State"), "running"))
		return false;
	if (q->id && !str_eq(id, q->id) && (strlen(q->id) < LEAST_PREFIX || !str_starts(id, q->id)))
		return false;
	return (!q->name || has_name(row, q->name)) && (!q->labels || has_labels(row, q->labels));
}

static int pick(
	const json_t *list, const struct container_query *q, const char **ret, struct err *e)
{
	const json_t *row, *found = NULL;
	size_t i, n = 0;

	json_array_foreach(list, i, row)
	{
		if (!docker_fits(row, q))
			continue;
		if (n++ > 0)
			return err_set(e, ERR_CONFLICT, 0, "several containers fit: %.12s, %.12s",
				json_text(found, "Id"), json_text(row, "Id"));
		found = row;
	}
	if (!found)
		return err_set(e, ERR_NOTFOUND, 0, "no running container fits");
	*ret = json_text(found, "Id");
	return 0;
}

static int inspect(const char *socket, const char *id, json_t **ret, struct err *e)
{
	char path[CONTAINER_ID + 32];

	if (strspn(id, "0123456789abcdef") != strlen(id) || strlen(id) >= CONTAINER_ID)
		return err_set(e, ERR_PROTOCOL, 0, "Docker's `%.80s` is no id", id);
	snprintf(path, sizeof(path), "/containers/%s/json", id);
	return docker_get(socket, path, ret, e);
}

static int container_read(const json_t *said, struct container *ret, struct err *e)
{
	const char *name = json_text(said, "Name");
	struct container it = { 0 };
	char seen[CONTAINER_ID];
	long long pid = 0;
	int r = json_get_int(json_object_get(said, "State"), "Pid", 0, &pid, e);

	if (r == 0 && (pid <= 0 || pid > INT32_MAX))
		r = err_set(e, ERR_NOTFOUND, 0, "the container does not run");
	if (r == 0)
		r = process_find((pid_t)pid, &it.main, e);
	if (r < 0)
		return r;
	snprintf(it.id, sizeof(it.id), "%s", json_text(said, "Id"));
	snprintf(it.name, sizeof(it.name), "%s", name + (*name == '/'));
	if (!container_has(it.main.pid, it.id, seen))
		return err_set(e, ERR_UNSUPPORTED, 0,
			"process %lld is not that of container %.12s: Docker sees other processes "
			"than this program",
			pid, it.id);
	*ret = it;
	return 0;
}

int docker_container(
	const char *socket, const struct container_query *q, struct container *ret, struct err *e)
{
	autojson json_t *list = NULL, *said = NULL;
	const char *id = NULL;
	int r = docker_get(socket, "/containers/json", &list, e);

	if (r == 0)
		r = pick(list, q, &id, e);
	if (r == 0)
		r = inspect(socket, id, &said, e);
	return r == 0 ? container_read(said, ret, e) : r;
}

int docker_gone(const char *socket, const struct container *c, bool *ret, struct err *e)
{
	autojson json_t *said = NULL;
	int r = inspect(socket, c->id, &said, e);

	if (r < 0 && r != -ERR_NOTFOUND)
		return r;
	/* A socket that nobody listens on says nothing of the container. */
	if (r == -ERR_NOTFOUND && docker_get(socket, "/version", &said, e) < 0)
		return -ERR_NOTFOUND;
	*ret = r == -ERR_NOTFOUND;
	return 0;
}
