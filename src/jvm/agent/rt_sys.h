/* Raw system calls of Linux, per processor. */
#ifndef JVM_AGENT_RT_SYS_H
#define JVM_AGENT_RT_SYS_H

/* Their numbers on x86_64 and on aarch64. */
#define RT_CALLS(X)                                                                                \
	X(READ, 0, 63)                                                                             \
	X(CLOSE, 3, 57)                                                                            \
	X(LSEEK, 8, 62)                                                                            \
	X(MMAP, 9, 222)                                                                            \
	X(MUNMAP, 11, 215)                                                                         \
	X(SCHED_YIELD, 24, 124)                                                                    \
	X(NANOSLEEP, 35, 101)                                                                      \
	X(GETPID, 39, 172)                                                                         \
	X(FLOCK, 73, 32)                                                                           \
	X(FTRUNCATE, 77, 46)                                                                       \
	X(FUTEX, 202, 98)                                                                          \
	X(CLOCK_GETTIME, 228, 113)                                                                 \
	X(OPENAT, 257, 56)                                                                         \
	X(MEMFD_CREATE, 319, 279)

#if defined(__x86_64__)
#define X(name, x86_64, aarch64) RT_##name = x86_64,
#elif defined(__aarch64__)
#define X(name, x86_64, aarch64) RT_##name = aarch64,
#else
#error "the agent library knows x86_64 and aarch64 only"
#endif
enum rt_number { RT_CALLS(X) };
#undef X

#if defined(__x86_64__)
static inline long rt_call(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
#else
static inline long rt_call(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#endif

#endif
