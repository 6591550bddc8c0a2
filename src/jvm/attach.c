/* Attaching to HotSpot. */
#include "jvm/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/str.h"

#define PAUSE_MOST_MS 20
#define AGAIN_MS      5000 /* as the JDK's own tools wait */
#define REPLY_SIZE    4096

/* --- the reply -------------------------------------------------------------------------------- */

/* A decimal number that fills the line. */
static bool line_number(const char *line, int *ret)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(line, &end, 10);
	if (end == line || (*end && *end != '\n') || errno || n < INT32_MIN || n > INT32_MAX)
		return false;
	*ret = (int)n;
	return true;
}

/* The JVM's words, cut to one line. */
static int reply_words(const char *words, struct err *e)
{
	int n = (int)strcspn(words, "\n");

	if (strstr(words, "Dynamic agent loading is not enabled"))
		return err_set(e, ERR_UNSUPPORTED, 0,
			"action not supported: the JVM refuses agents (-XX:-EnableDynamicAgentLoading)");
	if (strstr(words, "only permitted in the live phase")) /* Java 25 */
		return err_set(e, ERR_BUSY, 0, "the JVM is still starting: try again in a moment");
	return err_set(e, ERR_SYSTEM, 0, "the JVM could not load the agent: %.*s",
		n > 300 ? 300 : n, n ? words : "it gives no reason");
}

/*
 * JDK 8: "0\n<code>", 9 and later: "0\nreturn code: <code>". The first line is the status of the
 * command, and 0 since 21 also when the library did not load; then words follow instead.
 */
int attach_reply_parse(const char *text, int *ret_code, struct err *e)
{
	const char *second = strchr(text, '\n');
	int status, code;

	if (!*text)
		return err_set(e, ERR_PROTOCOL, 0, "the JVM hung up without a reply");
	if (!line_number(text, &status))
		return err_set(e, ERR_PROTOCOL, 0, "the JVM's reply begins with `%.40s`", text);
	second = second ? second + 1 : "";
	if (status == 101)
		return err_set(e, ERR_UNSUPPORTED, 0,
			"action not supported: the JVM speaks another attach protocol");
	if (str_starts(second, "return code: "))
		second += strlen("return code: ");
	if (status != 0 || !line_number(second, &code))
		return reply_words(second, e);
	*ret_code = code;
	return 0;
}

/* --- in the child, which stands in the JVM's /tmp as the JVM's user */

static int gone(const struct attach_load *a, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, 0, "process %d ended", (int)a->jvm.process.pid);
}

/* The JVM's own, not somebody's who was there first with a socket of that name. */
static int peer_check(const struct attach_load *a, int fd, struct err *e)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return err_set(e, ERR_SYSTEM, errno, "attach socket");
	if (peer.pid != a->jvm.process.pid)
		return err_set(e, ERR_DENIED, 0,
			"the attach socket of process %d belongs to process %d",
			(int)a->jvm.process.pid, (int)peer.pid);
	return 0;
}

/* A JVM clears away the socket of one that had its pid, but not another user's. */
static int connect_failed(const char *name, int sys, struct err *e)
{
	if (sys == EACCES)
		return err_set(e, ERR_DENIED, 0,
			"%s in the JVM's /tmp is another user's, left by a process that had its pid: remove it",
			name);
	return err_set(e, sys == ENOENT || sys == ECONNREFUSED ? ERR_NOTFOUND : ERR_SYSTEM, sys,
		"attach socket");
}

/* -ERR_NOTFOUND: nobody listens (yet). */
static int attach_connect(const struct attach_load *a, int *ret_fd, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "socket");
	snprintf(to.sun_path, sizeof(to.sun_path), ".java_pid%d", (int)a->jvm.inner);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return connect_failed(to.sun_path, errno, e);
	r = peer_check(a, fd, e);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

/* A JVM that was replaced by another program (exec) has lost its handler: SIGQUIT would end it. */
static int still_safe(const struct attach_load *a, struct err *e)
{
	autobuf struct buf text = BUF_INIT(65536);
	struct jvm now;
	char path[40];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)a->jvm.process.pid);
	r = file_read(AT_FDCWD, path, &text, e);
	if (r == 0)
		r = jvm_parse_status(buf_text(&text), &now, e);
	if (r == 0 && (pidfd_ended(a->alive, 0) || now.uid != a->jvm.uid))
		r = gone(a, e);
	if (r == 0 && !now.takes_sigquit)
		r = err_set(e, ERR_BUSY, 0, "process %d no longer takes SIGQUIT",
			(int)a->jvm.process.pid);
	return r;
}

/* Without this file in place the signal would print a thread dump. */
static int trigger_make(const char *name, struct err *e)
{
	autoclose int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;

	if (fd >= 0)
		return 0;
	if (errno == EEXIST && lstat(name, &st) == 0 && S_ISREG(st.st_mode) &&
		st.st_uid == geteuid()) /* of an attach that was cut off */
		return 0;
	return err_set(e, ERR_SYSTEM, errno, "create %s in the JVM's /tmp", name);
}

static int attach_signal(const struct attach_load *a, struct err *e)
{
	int r = still_safe(a, e);

	return r < 0 ? r : pidfd_signal(a->alive, SIGQUIT, e);
}

/*
 * A JVM that starts takes away a socket of this name as one that was left behind, its own new one,
 * too: it makes another at a second signal. One that is slow prints a thread dump at it.
 */
static int attach_wait(const struct attach_load *a, int *ret_fd, struct err *e)
{
	int64_t pause = 1, again = clock_boot_ms() + AGAIN_MS;
	int r;

	while ((r = attach_connect(a, ret_fd, e)) == -ERR_NOTFOUND) {
		if (pidfd_ended(a->alive, 0))
			return gone(a, e);
		if (clock_boot_ms() >= a->until)
			return err_set(e, ERR_TIMEOUT, 0,
				"process %d does not open its attach socket",
				(int)a->jvm.process.pid);
		if (clock_boot_ms() >= again) {
			again = a->until;
			r = attach_signal(a, e);
			if (r < 0)
				return r;
		}
		clock_sleep_ms(pause);
		pause = pause * 2 > PAUSE_MOST_MS ? PAUSE_MOST_MS : pause * 2;
	}
	return r;
}

/* The first attach of a JVM's life makes it listen. */
static int attach_wake(const struct attach_load *a, int *ret_fd, struct err *e)
{
	char name[40];
	int r;

	snprintf(name, sizeof(name), ".attach_pid%d", (int)a->jvm.inner);
	r = trigger_make(name, e);
	if (r == 0)
		r = attach_signal(a, e);
	if (r == 0)
		r = attach_wait(a, ret_fd, e);
	unlink(name);
	return r;
}

/* "1\0load\0<library>\0true\0<options>\0": true stands for a path that is absolute. */
static int attach_send(const struct attach_load *a, int fd, struct err *e)
{
	char message[sizeof(a->library) + sizeof(a->options) + 32];
	const char *words[] = { "1", "load", a->library, "true", a->options };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t len = strlen(words[i]) + 1;

		memcpy(message + n, words[i], len);
		n += len;
	}
	if (send(fd, message, n, MSG_NOSIGNAL) != (ssize_t)n)
		return err_set(e, ERR_SYSTEM, errno, "command to the JVM");
	return 0;
}

static int attach_receive(
	const struct attach_load *a, int fd, char *ret, size_t size, struct err *e)
{
	size_t n = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = a->until - clock_boot_ms();
		ssize_t got;

		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return err_set(e, ERR_TIMEOUT, 0, "process %d does not answer",
				(int)a->jvm.process.pid);
		got = read(fd, ret + n, size - 1 - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(e, ERR_SYSTEM, errno, "reply of the JVM");
		n += (size_t)got;
		if (got == 0 || n == size - 1)
			break;
	}
	ret[n] = '\0';
	return n == 0 && pidfd_ended(a->alive, 0) ? gone(a, e) : 0;
}

static int attach_open(struct attach_load *a, bool wake, int *ret_fd, struct err *e)
{
	autoclose int fd = -1;
	int r;

	if (fchdir(a->tmp) < 0)
		return err_set(e, ERR_SYSTEM, errno, "/tmp of the JVM");
	r = attach_connect(a, &fd, e);
	if (r == -ERR_NOTFOUND && wake)
		r = attach_wake(a, &fd, e);
	if (r == 0)
		r = attach_send(a, fd, e);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

int attach_begin(struct attach_load *a, int *ret_fd, struct err *e)
{
	return attach_open(a, false, ret_fd, e);
}

int attach_end(struct attach_load *a, int fd, struct err *e)
{
	char reply[REPLY_SIZE];
	int r = attach_receive(a, fd, reply, sizeof(reply), e);

	return r < 0 ? r : attach_reply_parse(reply, &a->code, e);
}

int attach_load(struct attach_load *a, struct err *e)
{
	autoclose int fd = -1;
	int r = attach_open(a, true, &fd, e);

	return r < 0 ? r : attach_end(a, fd, e);
}
