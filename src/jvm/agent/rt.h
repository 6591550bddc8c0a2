/*
 * What the agent library has in place of a C library: it must load into any JVM, of glibc or musl,
 * so it needs no other library and leaves no symbol open.
 */
#ifndef JVM_AGENT_RT_H
#define JVM_AGENT_RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jvm/agent/rt_string.h"

#define RT_O_RDONLY 0

/* -errno on failure, as the kernel says it. */
int rt_open(const char *path, int flags); /* O_CLOEXEC | O_NONBLOCK is added */
int rt_close(int fd);
long rt_read(int fd, void *ret, size_t n); /* up to n, short only at the end */
long rt_size(int fd);
int rt_memfd(const char *name, size_t size);
bool rt_is_locked(int fd); /* by somebody else's flock(2) */
int rt_getpid(void);

/* Whole pages of zeros, or those of fd when it is not -1, shared; NULL when there are none. */
void *rt_map(size_t size, int fd);
void rt_unmap(void *, size_t size);

uint64_t rt_now_ns(void); /* CLOCK_MONOTONIC */
void rt_sleep_ns(uint64_t ns);
void rt_yield(void);
/* Until it is woken (FUTEX_WAKE), the lower half is not that of value, or ns have passed. */
void rt_wait(const uint64_t *at, uint64_t value, uint64_t ns);

/* Zeroed; NULL when there is none. rt_free(NULL) is fine. Of any thread; small things only. */
void *rt_alloc(size_t size);
void rt_free(void *);
char *rt_strdup(const char *);

#endif
