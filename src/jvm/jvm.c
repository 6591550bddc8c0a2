/* A Java process, seen from outside. */
#include "jvm/jvm.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "jvm/peek.h"
#include "jvm/perfdata.h"
#include "sys/proc.h"

#define MOST_TEXT (4u << 20)
#define MOST_MAPS (64u << 20)

/* --- /proc ------------------------------------------------------------------------------------ */

static int proc_text(pid_t pid, const char *file, struct buf *ret, struct err *e)
{
	struct err why = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	if (file_read(AT_FDCWD, path, ret, &why) == 0)
		return 0;
	if (why.sys == EACCES || why.sys == EPERM)
		return err_set(e, ERR_DENIED, 0, "process %d belongs to somebody else: needs root",
			(int)pid);
	if (why.kind == ERR_NOTFOUND || why.sys == ESRCH)
		return err_set(e, ERR_NOTFOUND, ESRCH, "process %d", (int)pid);
	return err_set(e, why.kind, 0, "%s", why.msg);
}

/* Texts that end with a NUL each, as one line. */
static void join(struct buf *b)
{
	while (b->len > 0 && b->data[b->len - 1] == '\0')
		b->len--;
	for (size_t i = 0; i < b->len; i++)
		if (b->data[i] == '\0')
			b->data[i] = ' ';
}

void process_command(pid_t pid, char *ret, size_t size)
{
	autobuf struct buf text = BUF_INIT(MOST_TEXT);

	if (proc_text(pid, "cmdline", &text, NULL) < 0)
		buf_reset(&text);
	join(&text);
	snprintf(ret, size, "%s", buf_text(&text));
}

/* "Name:\tvalue": what stands behind the name; "" when there is no such line. */
static const char *status_row(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? at + strlen(name) : "";
}

int jvm_parse_status(const char *text, struct jvm *ret, struct err *e)
{
	const char *inner = status_row(text, "\nNStgid:");
	unsigned long long caught = 0;
	char state = '\0';
	int n = sscanf(status_row(text, "\nState:"), " %c", &state);

	n += sscanf(status_row(text, "\nUid:"), " %*u %u", &ret->uid);
	n += sscanf(status_row(text, "\nGid:"), " %*u %u", &ret->gid);
	n += sscanf(status_row(text, "\nSigCgt:"), " %llx", &caught);
	ret->inner = 0;
	while (*inner && *inner != '\n') { /* one a namespace, its own last */
		ret->inner = (pid_t)strtol(inner, (char **)&inner, 10);
		inner += strspn(inner, " \t");
		if (*inner != '\n' && !isdigit((unsigned char)*inner))
			break;
	}
	if (n != 4 || ret->inner <= 0)
		return err_set(e, ERR_PROTOCOL, 0, "not a status of a process");
	ret->stopped = state == 'T' || state == 't';
	ret->takes_sigquit = caught >> (SIGQUIT - 1) & 1;
	return 0;
}

void jvm_parse_container(const char *text, char ret[static 65])
{
	ret[0] = '\0';
	for (const char *at = text; *at;) {
		size_t n = strspn(at, "0123456789abcdef");

		if (n == 64)
			snprintf(ret, 65, "%.64s", at);
		at += n ? n : 1;
	}
}

static enum jvm_make make_of(const char *maps)
{
	if (strstr(maps, "/libj9vm"))
		return JVM_OPENJ9;
	return strstr(maps, "/libjvm.so") ? JVM_HOTSPOT : JVM_NONE;
}

/* The maps take long to read; where the library is, there is a JVM that it can be in. */
static int find_make(struct jvm *j, struct err *e)
{
	autobuf struct buf maps = BUF_INIT(MOST_MAPS);
	struct peek k = { .fd = -1 };
	int r;

	j->make = JVM_HOTSPOT;
	j->page = -1;
	if (peek_open(&j->process, NULL, -1, &k, NULL) == 0 && k.fd >= 0) {
		j->page = k.number;
		close(k.fd);
		return 0;
	}
	r = proc_text(j->process.pid, "maps", &maps, e);
	if (r == 0)
		j->make = make_of(buf_text(&maps));
	return r;
}

static void user_name(uid_t uid, char *ret, size_t size)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *p;

	snprintf(ret, size, "%u", uid);
	while (f && (p = fgetpwent(f)))
		if (p->pw_uid == uid) {
			snprintf(ret, size, "%s", p->pw_name);
			break;
		}
	if (f)
		fclose(f);
}

/* --- its file system -------------------------------------------------------------------------- */

static int open_inside(int dir, const char *path, int flags, bool links)
{
	struct open_how how = { .flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT |
			   (links ? RESOLVE_NO_MAGICLINKS : RESOLVE_NO_SYMLINKS) };

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static int open_root(const struct jvm *jvm, struct err *e)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/root", (int)jvm->process.pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno == EACCES ? ERR_DENIED : ERR_SYSTEM, errno, "%s", path);
	return fd;
}

int jvm_open_dir(const struct jvm *jvm, const char *path, bool links, int *ret_fd, struct err *e)
{
	autoclose int root = open_root(jvm, e);
	int fd;

	if (root < 0)
		return root;
	fd = open_inside(root, path, O_PATH | O_DIRECTORY, links);
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno,
			"/%s of process %d", path, (int)jvm->process.pid);
	*ret_fd = fd;
	return 0;
}

/* The file of its user only: anybody may put one of the same name into /tmp. */
static bool perfdata_read(const struct jvm *jvm, int tmp, const char *dir, struct buf *ret)
{
	autoclose int fd = -1;
	struct stat st;
	char path[300];

	snprintf(path, sizeof(path), "%s/%d", dir, (int)jvm->inner);
	fd = openat(tmp, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == jvm->uid &&
	       fd_read_all(fd, ret, NULL) == 0;
}

/* In a directory named after its user in there, whose name is mostly the one it has out here. */
static bool perfdata_find(const struct jvm *jvm, struct buf *ret)
{
	autoclose int root = open_root(jvm, NULL);
	int tmp = root < 0 ? -1 : open_inside(root, "tmp", O_RDONLY | O_DIRECTORY, true);
	DIR *dir = tmp < 0 ? NULL : fdopendir(tmp);
	char usual[sizeof(jvm->user) + 16];
	bool found;

	snprintf(usual, sizeof(usual), "hsperfdata_%s", jvm->user);
	found = dir && perfdata_read(jvm, tmp, usual, ret);
	for (struct dirent *d = dir && !found ? readdir(dir) : NULL; d && !found; d = readdir(dir))
		if (str_starts(d->d_name, "hsperfdata_"))
			found = perfdata_read(jvm, tmp, d->d_name, ret);
	if (dir)
		closedir(dir);
	return found;
}

/* --- what the JVM says of itself -------------------------------------------------------------- */

static const char *const option_variables[] = {
	"JDK_JAVA_OPTIONS=", "JAVA_TOOL_OPTIONS=", "_JAVA_OPTIONS="
};

static void options_add(struct jvm *jvm, const char *text)
{
	size_t len = strlen(jvm->options);

	snprintf(jvm->options + len, sizeof(jvm->options) - len, "%s%s", len ? " " : "", text);
}

static void options_of_environment(struct jvm *jvm)
{
	autobuf struct buf text = BUF_INIT(MOST_TEXT);

	if (proc_text(jvm->process.pid, "environ", &text, NULL) < 0)
		return;
	for (size_t at = 0; at < text.len; at += strlen(text.data + at) + 1)
		for (size_t i = 0; i < ARRAY_LEN(option_variables); i++)
			if (str_starts(text.data + at, option_variables[i]))
				options_add(jvm, text.data + at + strlen(option_variables[i]));
}

/* These take the next word of the command line with them. */
static bool takes_word(const char *option)
{
	static const char *const list[] = { "-cp", "-classpath", "--class-path", "-p",
		"--module-path", "--upgrade-module-path", "--add-modules", "--limit-modules",
		"--add-exports", "--add-opens", "--add-reads", "--patch-module" };

	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (str_eq(option, list[i]))
			return true;
	return false;
}

/* java [OPTION]... (-jar FILE | -m MODULE | CLASS) [ARGUMENT]... */
static void read_command_line(struct jvm *jvm)
{
	autobuf struct buf text = BUF_INIT(MOST_TEXT);
	size_t at, next;

	if (proc_text(jvm->process.pid, "cmdline", &text, NULL) < 0 || text.len == 0)
		return;
	for (at = strlen(text.data) + 1; at < text.len && text.data[at] == '-'; at = next) {
		bool word = takes_word(text.data + at);
		bool last = str_eq(text.data + at, "-jar") || str_eq(text.data + at, "-m") ||
			    str_eq(text.data + at, "--module");

		next = at + strlen(text.data + at) + 1;
		if (last) {
			at = next;
			break;
		}
		options_add(jvm, text.data + at);
		if (word && next < text.len)
			next += strlen(text.data + next) + 1;
	}
	join(&text);
	snprintf(jvm->command, sizeof(jvm->command), "%s", at < text.len ? text.data + at : "");
}

/* The options of the command line once more, as the JVM saw them: with those of @files. */
static void read_perfdata(struct jvm *jvm)
{
	autobuf struct buf text = BUF_INIT(MOST_TEXT);
	char args[4096], can[32];

	if (!perfdata_find(jvm, &text))
		return;
	perfdata_text(text.data, text.len, "java.property.java.version", jvm->version,
		sizeof(jvm->version), NULL);
	perfdata_text(text.data, text.len, "sun.rt.javaCommand", jvm->command, sizeof(jvm->command),
		NULL);
	if (perfdata_text(text.data, text.len, "java.rt.vmArgs", args, sizeof(args), NULL) == 0)
		options_add(jvm, args);
	if (perfdata_text(text.data, text.len, "sun.rt.jvmCapabilities", can, sizeof(can), NULL) ==
			0 &&
		can[0] == '0')
		options_add(jvm, "-XX:+DisableAttachMechanism");
}

/* JAVA_VERSION="17.0.15" of the file release in JAVA_HOME, which is some way above libjvm.so. */
static bool release_read(struct jvm *jvm, int root, const char *home)
{
	autobuf struct buf text = BUF_INIT(65536);
	autoclose int fd = -1;
	char path[600];

	snprintf(path, sizeof(path), "%s/release", home);
	fd = open_inside(root, path, O_RDONLY | O_NONBLOCK, true);
	if (fd < 0 || fd_read_all(fd, &text, NULL) < 0)
		return false;
	return sscanf(status_row(buf_text(&text), "JAVA_VERSION=\""), "%39[^\"\n]", jvm->version) ==
	       1;
}

static void read_release(struct jvm *jvm)
{
	autobuf struct buf maps = BUF_INIT(MOST_MAPS);
	autoclose int root = open_root(jvm, NULL);
	const char *start, *end;
	char home[512];

	if (root < 0 || proc_text(jvm->process.pid, "maps", &maps, NULL) < 0)
		return;
	start = end = strstr(buf_text(&maps), "/libjvm.so");
	if (!end)
		return;
	while (start > maps.data && start[-1] != ' ' && start[-1] != '\n')
		start--;
	snprintf(home, sizeof(home), "%.*s", (int)(end - start), start);
	for (int up = 0; up < 4 && strrchr(home, '/'); up++) {
		*strrchr(home, '/') = '\0';
		if (release_read(jvm, root, home))
			return;
	}
}

static void read_all(struct jvm *j)
{
	autobuf struct buf cgroup = BUF_INIT(65536);

	if (proc_text(j->process.pid, "cgroup", &cgroup, NULL) == 0)
		jvm_parse_container(buf_text(&cgroup), j->container);
	options_of_environment(j);
	read_command_line(j);
	if (j->make == JVM_HOTSPOT)
		read_perfdata(j);
	if (!j->version[0])
		read_release(j);
}

int jvm_look(const struct process *p, struct jvm *ret, struct err *e)
{
	autobuf struct buf status = BUF_INIT(65536);
	autofree struct jvm *j = calloc(1, sizeof(*j));
	autoclose int alive = -1;
	int r;

	if (!j)
		return err_set(e, ERR_NOMEM, ENOMEM, "look at a JVM");
	j->process = *p;
	r = pidfd_open_process(p, &alive, e);
	if (r == 0)
		r = proc_text(p->pid, "status", &status, e);
	if (r == 0)
		r = jvm_parse_status(buf_text(&status), j, e);
	if (r == 0)
		r = find_make(j, e);
	if (r < 0)
		return r;
	user_name(j->uid, j->user, sizeof(j->user));
	if (j->make != JVM_NONE)
		read_all(j);
	if (pidfd_ended(alive, 0)) /* what was read may be of whoever has its pid now */
		return err_set(e, ERR_NOTFOUND, 0, "process %d has ended", (int)p->pid);
	*ret = *j;
	return 0;
}

/* --- may an agent be loaded ------------------------------------------------------------------- */

bool jvm_switch(const char *options, const char *name, bool fallback)
{
	size_t n = strlen(name);
	bool on = fallback;

	for (const char *at = options; (at = strstr(at, "-XX:")); at += 4) {
		const char *word = at + 5;

		if ((at[4] == '+' || at[4] == '-') && strncmp(word, name, n) == 0 &&
			(word[n] == '\0' || isspace((unsigned char)word[n])))
			on = at[4] == '+';
	}
	return on;
}

static bool has_option(const char *options, const char *option)
{
	size_t n = strlen(option);

	for (const char *at = options; (at = strstr(at, option)); at += n)
		if ((at == options || isspace((unsigned char)at[-1])) &&
			(at[n] == '\0' || isspace((unsigned char)at[n])))
			return true;
	return false;
}

int jvm_release(const char *version)
{
	int major = 0, minor = 0;
	int n = sscanf(version, "%d.%d", &major, &minor);

	return n == 2 && major == 1 ? minor : major;
}

/* OpenJ9 leaves this file; where its library is named otherwise, the file tells. */
static bool has_openj9_file(const struct jvm *jvm)
{
	autoclose int root = open_root(jvm, NULL), fd = -1;
	char path[80];

	snprintf(path, sizeof(path), "tmp/.com_ibm_tools_attach/%d/attachInfo", (int)jvm->inner);
	if (root >= 0)
		fd = open_inside(root, path, O_PATH, true);
	return fd >= 0;
}

static int refuse(const struct jvm *jvm, const char *why, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED, 0, "process %d: action not supported: %s",
		(int)jvm->process.pid, why);
}

int jvm_starting(const struct jvm *jvm, struct err *e)
{
	return err_set(e, ERR_BUSY, 0,
		"process %d is a JVM that is still starting: try again in a moment",
		(int)jvm->process.pid);
}

int jvm_attachable(const struct jvm *jvm, struct err *e)
{
	int release = jvm_release(jvm->version);

	if (jvm->make == JVM_OPENJ9 || has_openj9_file(jvm))
		return refuse(
			jvm, "OpenJ9 is not reached, HotSpot (OpenJDK) only; nothing was done", e);
	if (jvm->make == JVM_NONE)
		return refuse(jvm,
			"no JVM: libjvm.so is not mapped (a native image has none, a JVM that starts not yet)",
			e);
	if (release > 0 && release < 8)
		return refuse(jvm, "Java 7 and older are not reached", e);
	if (geteuid() != 0 && geteuid() != jvm->uid)
		return err_set(e, ERR_DENIED, 0, "process %d is a JVM of user %s: needs root",
			(int)jvm->process.pid, jvm->user);
	if (jvm_switch(jvm->options, "DisableAttachMechanism", false))
		return refuse(jvm, "the JVM runs with -XX:+DisableAttachMechanism", e);
	if (!jvm_switch(jvm->options, "EnableDynamicAgentLoading", true))
		return refuse(jvm, "the JVM runs with -XX:-EnableDynamicAgentLoading", e);
	if (has_option(jvm->options, "-Xrs") ||
		jvm_switch(jvm->options, "ReduceSignalUsage", false))
		return refuse(
			jvm, "the JVM runs with -Xrs: the signal for attaching would kill it", e);
	if (jvm->stopped)
		return err_set(e, ERR_BUSY, 0, "process %d is stopped and cannot answer",
			(int)jvm->process.pid);
	return jvm->takes_sigquit ? 0 : jvm_starting(jvm, e);
}
