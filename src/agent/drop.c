/* Giving up every privilege. */
#include "agent/drop.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

#define MOST_FILES 256

#if defined(__x86_64__)
#define DROP_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define DROP_ARCH AUDIT_ARCH_AARCH64
#else
#error "the system call filter knows x86-64 and arm64"
#endif

/* What the network side never does, and an intruder would want. */
static const unsigned forbidden[] = {
	SYS_execve,
	SYS_execveat,
	SYS_clone,
	SYS_clone3,
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

/* The ids of a user of /etc/passwd; read without NSS, which a static program does not have. */
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

static int become(const char *name, struct err *e)
{
	uid_t uid = 65534;
	gid_t gid = 65534;

	if (user_find(name, &uid, &gid) < 0)
		user_find("nobody", &uid, &gid);
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

static int filter_install(struct err *e)
{
	const size_t n = ARRAY_LEN(forbidden), deny = 4 + n + 1;
	struct sock_filter code[4 + ARRAY_LEN(forbidden) + 2] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DROP_ARCH, 0, (unsigned char)(deny - 2)),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		/* the x32 ABI of x86-64 numbers its calls from here */
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, (unsigned char)(deny - 4), 0),
	};
	struct sock_fprog program = { ARRAY_LEN(code), code };

	for (size_t i = 0; i < n; i++)
		code[4 + i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, forbidden[i], (unsigned char)(n - i), 0);
	code[4 + n] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[deny] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 && errno != EINVAL)
		return err_set(e, ERR_SYSTEM, errno, "install the filter of system calls");
	return 0;
}

int drop_privileges(const char *user, struct err *e)
{
	const struct rlimit no_core = { 0, 0 }, few_files = { MOST_FILES, MOST_FILES };
	int r = geteuid() == 0 ? become(user, e) : 0;

	if (r < 0)
		return r;
	if (setrlimit(RLIMIT_CORE, &no_core) < 0 || setrlimit(RLIMIT_NOFILE, &few_files) < 0 ||
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "give up privileges");
	return filter_install(e);
}
