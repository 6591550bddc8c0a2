#include "jvm/agent/rt_string.h"

#include <stdarg.h>
#include <stdint.h>

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

bool rt_same_nocase(const char *a, const char *b)
{
	for (; lower(*a) == lower(*b); a++, b++)
		if (!*a)
			return true;
	return false;
}

void rt_copy(char *ret, size_t size, const char *text)
{
	size_t n = strlen(text);

	if (n >= size)
		n = size - 1;
	memcpy(ret, text, n);
	ret[n] = '\0';
}

struct out {
	char *data;
	size_t size, len;
};

static void put(struct out *o, const char *text, size_t n)
{
	for (; n && o->len + 1 < o->size; n--)
		o->data[o->len++] = *text++;
}

static void put_number(struct out *o, uint64_t n, bool negative)
{
	char digits[21];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	if (negative)
		digits[--at] = '-';
	put(o, digits + at, sizeof(digits) - at);
}

static void put_signed(struct out *o, int64_t n)
{
	put_number(o, n < 0 ? -(uint64_t)n : (uint64_t)n, n < 0);
}

void rt_format(char *ret, size_t size, const char *fmt, ...)
{
	struct out o = { .data = ret, .size = size };
	va_list args;

	va_start(args, fmt);
	for (; *fmt; fmt++) {
		bool wide = false;
		const char *text;
		char c;

		if (*fmt != '%') {
			put(&o, fmt, 1);
			continue;
		}
		fmt++;
		if (*fmt == 'l' || *fmt == 'z') {
			wide = true;
			fmt++;
		}
		switch (*fmt) {
		case 's':
			text = va_arg(args, const char *);
			put(&o, text, strlen(text));
			break;
		case 'd':
			put_signed(&o, wide ? va_arg(args, long) : va_arg(args, int));
			break;
		case 'u':
			put_number(&o, wide ? va_arg(args, unsigned long) : va_arg(args, unsigned),
				false);
			break;
		case 'c':
			c = (char)va_arg(args, int);
			put(&o, &c, 1);
			break;
		default:
			put(&o, fmt, 1);
		}
	}
	va_end(args);
	if (size)
		ret[o.len] = '\0';
}
