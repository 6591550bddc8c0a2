/*
 * What /proc and the JVM's own files tell of a Java process. Only looks: nothing is sent to it, no
 * program of it runs, and its file system is entered below /proc/PID/root without following links
 * out of it.
 */
#ifndef JVM_JVM_H
#define JVM_JVM_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "sys/pidfd.h"

enum jvm_make {
	JVM_NONE,    /* no libjvm.so is mapped: no JVM, a native image, or one not yet that far */
	JVM_HOTSPOT, /* OpenJDK and its relatives */
	JVM_OPENJ9,
};

struct jvm {
	struct process process;
	enum jvm_make make;
	pid_t inner; /* its pid in its own PID namespace */
	uid_t uid;   /* effective, as this process's user namespace shows them */
	gid_t gid;
	char user[32];	    /* the name that the host's /etc/passwd gives uid, else the number */
	int page;	    /* its descriptor of the agent library's page; -1: not seen */
	bool stopped;	    /* by a signal or a debugger */
	bool takes_sigquit; /* it has a handler: without one, SIGQUIT would kill it */
	char version[40];   /* "17.0.15", "1.8.0_402"; "" when not known */
	char command[512];  /* main class or jar, with its arguments */
	char container[65]; /* 64 hexadecimal digits; "" when in none */
	char options[8192]; /* of the JVM, blank-separated, those of the environment first */
};

/* -ERR_NOTFOUND when there is no such process (any more), -ERR_DENIED when it may not be seen. */
int jvm_look(const struct process *p, struct jvm *ret, struct err *e);

/*
 * Whether an agent can be loaded into it without harm: not for OpenJ9, native images, JDK 7 and
 * older, a JVM that is starting or stopped, -Xrs, -XX:+DisableAttachMechanism,
 * -XX:-EnableDynamicAgentLoading, or somebody else's JVM without root. The text says which.
 */
int jvm_attachable(const struct jvm *jvm, struct err *e);

/* -ERR_BUSY: it is starting. */
int jvm_starting(const struct jvm *jvm, struct err *e);

/*
 * A directory of its file system, as "tmp": an O_PATH descriptor. Links on the way are followed
 * inside its root, or with links false refused.
 */
int jvm_open_dir(const struct jvm *jvm, const char *path, bool links, int *ret_fd, struct err *e);

/* The command line with blanks between the arguments; "" when it cannot be read. */
void process_command(pid_t pid, char *ret, size_t size);

/* --- for tests: the parsers */

/* The parts of /proc/PID/status; stopped, takes_sigquit, inner, uid and gid of ret are set. */
int jvm_parse_status(const char *text, struct jvm *ret, struct err *e);

/* The value of an -XX:[+-]name switch in blank-separated options: the last one counts. */
bool jvm_switch(const char *options, const char *name, bool fallback);

/* The id in the text of /proc/PID/cgroup: the last 64 hexadecimal digits in a row, or "". */
void jvm_parse_container(const char *text, char ret[static 65]);

/* "17.0.15" -> 17, "1.8.0_402" -> 8; 0 when it is no version. */
int jvm_release(const char *version);

#endif
