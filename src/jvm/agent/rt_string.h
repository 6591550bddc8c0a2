/* Bytes and texts without a C library. */
#ifndef JVM_AGENT_RT_STRING_H
#define JVM_AGENT_RT_STRING_H

#include <stdbool.h>
#include <stddef.h>

/* As in ISO C; the compiler calls the first four by itself. */
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *);
int strcmp(const char *, const char *);
int strncmp(const char *, const char *, size_t n);
char *strchr(const char *, int c);
char *strstr(const char *text, const char *part);

/* Letter case of ASCII does not count. */
bool rt_same_nocase(const char *a, const char *b);
/* Copies, cut to size, always ended. */
void rt_copy(char *ret, size_t size, const char *text);
/* %s %d %u %ld %lu %zu %c %%, without widths; cut to size, always ended. */
void rt_format(char *ret, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
