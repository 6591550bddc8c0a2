/* Raw system calls of Linux, per processor. */
#ifndef JVM_AGENT_RT_SYS_H
#define JVM_AGENT_RT_SYS_H

#if defined(__x86_64__)
enum rt_number {
	RT_READ = 0,
	RT_WRITE = 1,
	RT_CLOSE = 3,
	RT_LSEEK = 8,
	RT_MMAP = 9,
	RT_MUNMAP = 11,
	RT_SCHED_YIELD = 24,
	RT_NANOSLEEP = 35,
	RT_GETPID = 39,
	RT_FTRUNCATE = 77,
	RT_CLOCK_GETTIME = 228,
	RT_OPENAT = 257,
	RT_MEMFD_CREATE = 319,
};

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
#elif defined(__aarch64__)
enum rt_number {
	RT_FTRUNCATE = 46,
	RT_OPENAT = 56,
	RT_CLOSE = 57,
	RT_LSEEK = 62,
	RT_READ = 63,
	RT_WRITE = 64,
	RT_NANOSLEEP = 101,
	RT_CLOCK_GETTIME = 113,
	RT_SCHED_YIELD = 124,
	RT_GETPID = 172,
	RT_MUNMAP = 215,
	RT_MMAP = 222,
	RT_MEMFD_CREATE = 279,
};

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
#else
#error "the agent library knows x86_64 and aarch64 only"
#endif

#endif
