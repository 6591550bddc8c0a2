/* Giving up every privilege. */
#include "base/drop.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

#if defined(__x86_64__)
#define DROP_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define DROP_ARCH AUDIT_ARCH_AARCH64
#else
#error "the system call filter knows x86-64 and arm64"
#endif

/* What a network server never does, and an intruder would want. */
static const unsigned forbidden[] = {
	SYS_execve,
	SYS_execveat,
	SYS_unshare,
	SYS_setns,
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_chroot,
	SYS_bpf,
	SYS_perf_event_open,
	SYS_userfaultfd,
	SYS_init_module,
	SYS_finit_module,
	SYS_delete_module,
	SYS_kexec_load,
	SYS_add_key,
	SYS_request_key,
	SYS_keyctl,
	SYS_io_uring_setup,
#ifdef __x86_64__
	SYS_fork,
	SYS_vfork,
#endif
};

static int user_find(const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *p;
	int r = -ERR_NOTFOUND;

	while (f && r < 0 && (p = fgetpwent(f))) {
		if (!str_eq(p->pw_name, name) || p->pw_uid == 0)
			continue;
		*ret_uid = p->pw_uid;
		*ret_gid = p->pw_gid;
		r = 0;
	}
	if (f)
		fclose(f);
	return r;
}

void drop_user(const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
	*ret_uid = 65534;
	*ret_gid = 65534;
	if (user_find(name, ret_uid, ret_gid) < 0)
		user_find("nobody", ret_uid, ret_gid);
}

static int become(const char *name, struct err *e)
{
	uid_t uid;
	gid_t gid;

	drop_user(name, &uid, &gid);
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EPERM)
			return err_set(e, ERR_SYSTEM, errno, "drop capability %d", cap);
	}
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return err_set(e, ERR_SYSTEM, errno, "become user %u", (unsigned)uid);
	if (setuid(0) == 0)
		return err_set(e, ERR_SYSTEM, 0, "root could be regained");
	return 0;
}

/* What systemd or a container gave to a user that is not root: to bind port 53, say. */
static int capabilities_clear(struct err *e)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &head, none) < 0)
		return err_set(e, ERR_SYSTEM, errno, "give up capabilities");
	return 0;
}

#define NUMBER	offsetof(struct seccomp_data, nr)
#define FLAGS	offsetof(struct seccomp_data, args) /* of clone(2), the lower half */
#define MOST	(12 + ARRAY_LEN(forbidden))
#define DENY	(SECCOMP_RET_ERRNO | EPERM)
#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)

/*
 * The flags of clone3(2) are in memory, where a filter cannot look: without it, C libraries take
 * clone(2).
 */
static size_t filter_write(bool threads, struct sock_filter code[static MOST])
{
	const size_t n = ARRAY_LEN(forbidden);
	size_t at = 0;

#define ADD(...) code[at++] = (struct sock_filter)__VA_ARGS__
	ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
	ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DROP_ARCH, 1, 0));
	ADD(BPF_STMT(BPF_RET | BPF_K, DENY));
	ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NUMBER));
	ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1));
	ADD(BPF_STMT(BPF_RET | BPF_K, threads ? MISSING : DENY));
	ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 2));
	ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FLAGS));
	ADD(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, threads ? CLONE_THREAD : 0, (unsigned char)n + 1,
		(unsigned char)n + 2));
	/* the x32 ABI of x86-64 numbers its calls from here */
	ADD(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, (unsigned char)n + 1, 0));
	for (size_t i = 0; i < n; i++)
		ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, forbidden[i], (unsigned char)(n - i), 0));
	ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	ADD(BPF_STMT(BPF_RET | BPF_K, DENY));
#undef ADD
	return at;
}

static int filter_install(bool threads, struct err *e)
{
	struct sock_filter code[MOST];
	struct sock_fprog program = { (unsigned short)filter_write(threads, code), code };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) !=
			0 &&
		errno != EINVAL && errno != ENOSYS)
		return err_set(e, ERR_SYSTEM, errno, "install the filter of system calls");
	return 0;
}

int drop_privileges(const struct drop *d, struct err *e)
{
	const struct rlimit no_core = { 0, 0 }, files = { d->files, d->files };
	int r = geteuid() == 0 ? become(d->user, e) : 0;

	if (r == 0)
		r = capabilities_clear(e);
	if (r < 0)
		return r;
	if (setrlimit(RLIMIT_CORE, &no_core) < 0 || setrlimit(RLIMIT_NOFILE, &files) < 0 ||
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "give up privileges");
	return filter_install(d->threads, e);
}
