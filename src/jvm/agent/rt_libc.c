/* The functions of ISO C that the library and its compiler call. Left out of hosted builds. */
#include "jvm/agent/rt_string.h"

/* Keeps the compiler from seeing that a loop is the function that it stands in. */
#define OPAQUE() __asm__ volatile("" ::: "memory")

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
#if defined(__x86_64__)
	void *d = to;

	__asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(n)::"memory");
#else
	unsigned char *d = to;
	const unsigned char *s = from;

	while (n--) {
		*d++ = *s++;
		OPAQUE();
	}
#endif
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	unsigned char *d = to;
	const unsigned char *s = from;

	if (d <= s || d >= s + n)
		return d == s ? to : memcpy(to, from, n);
	while (n--) {
		d[n] = s[n];
		OPAQUE();
	}
	return to;
}

void *memset(void *to, int c, size_t n)
{
#if defined(__x86_64__)
	void *d = to;

	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
#else
	for (unsigned char *d = to; n; n--) {
		*d++ = (unsigned char)c;
		OPAQUE();
	}
#endif
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n; n--, x++, y++) {
		if (*x != *y)
			return *x - *y;
		OPAQUE();
	}
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n]) {
		n++;
		OPAQUE();
	}
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, (size_t)-1);
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

char *strstr(const char *text, const char *part)
{
	size_t n = strlen(part);

	for (; *text || !n; text++)
		if (!strncmp(text, part, n))
			return (char *)text;
	return NULL;
}
