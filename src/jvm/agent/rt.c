#include "jvm/agent/rt.h"

#include "jvm/agent/rt_sys.h"

#define RT_EINTR 4

int rt_open(const char *path, int flags)
{
	enum { AT_CWD = -100, NONBLOCK = 04000, CLOEXEC = 02000000 };

	return (int)rt_call(RT_OPENAT, AT_CWD, (long)path, flags | NONBLOCK | CLOEXEC, 0, 0, 0);
}

int rt_close(int fd)
{
	return (int)rt_call(RT_CLOSE, fd, 0, 0, 0, 0, 0);
}

long rt_read(int fd, void *ret, size_t n)
{
	size_t done = 0;

	while (done < n) {
		long r = rt_call(RT_READ, fd, (long)ret + (long)done, (long)(n - done), 0, 0, 0);

		if (r == -RT_EINTR)
			continue;
		if (r < 0)
			return r;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (long)done;
}

long rt_size(int fd)
{
	enum { SEEK_SET = 0, SEEK_END = 2 };
	long size = rt_call(RT_LSEEK, fd, 0, SEEK_END, 0, 0, 0);

	rt_call(RT_LSEEK, fd, 0, SEEK_SET, 0, 0, 0);
	return size;
}

int rt_memfd(const char *name, size_t size)
{
	enum { CLOEXEC = 1 };
	int fd = (int)rt_call(RT_MEMFD_CREATE, (long)name, CLOEXEC, 0, 0, 0, 0);
	int r;

	if (fd < 0)
		return fd;
	r = (int)rt_call(RT_FTRUNCATE, fd, (long)size, 0, 0, 0, 0);
	if (r < 0) {
		rt_close(fd);
		return r;
	}
	return fd;
}

bool rt_is_locked(int fd)
{
	enum { EXCLUSIVE = 2, NOT_BLOCKING = 4, UNLOCK = 8 };

	if (rt_call(RT_FLOCK, fd, EXCLUSIVE | NOT_BLOCKING, 0, 0, 0, 0) < 0)
		return true;
	rt_call(RT_FLOCK, fd, UNLOCK, 0, 0, 0, 0);
	return false;
}

int rt_getpid(void)
{
	return (int)rt_call(RT_GETPID, 0, 0, 0, 0, 0, 0);
}

void *rt_map(size_t size, int fd)
{
	enum { READ_WRITE = 3, SHARED = 1, PRIVATE_ANONYMOUS = 0x22 };
	long r = rt_call(
		RT_MMAP, 0, (long)size, READ_WRITE, fd < 0 ? PRIVATE_ANONYMOUS : SHARED, fd, 0);

	return r < 0 && r > -4096 ? NULL : (void *)r;
}

void rt_unmap(void *p, size_t size)
{
	rt_call(RT_MUNMAP, (long)p, (long)size, 0, 0, 0, 0);
}

struct rt_time {
	int64_t s, ns;
};

static struct rt_time rt_time_of(uint64_t ns)
{
	return (struct rt_time){ (int64_t)(ns / 1000000000), (int64_t)(ns % 1000000000) };
}

void rt_sleep_ns(uint64_t ns)
{
	struct rt_time t = rt_time_of(ns);

	rt_call(RT_NANOSLEEP, (long)&t, 0, 0, 0, 0, 0);
}

void rt_wait(const uint64_t *at, uint64_t value, uint64_t ns)
{
	enum { WAIT = 0 };
	struct rt_time t = rt_time_of(ns);

	rt_call(RT_FUTEX, (long)at, WAIT, (long)(uint32_t)value, (long)&t, 0, 0);
}

void rt_yield(void)
{
	rt_call(RT_SCHED_YIELD, 0, 0, 0, 0, 0, 0);
}
