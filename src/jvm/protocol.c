#include "jvm/protocol.h"

void jvm_text_init(struct jvm_text *t, char *data, size_t size)
{
	*t = (struct jvm_text){ .data = data, .size = size };
}

static void put_char(struct jvm_text *t, char c)
{
	if (t->len < t->size)
		t->data[t->len++] = c;
	else
		t->full = true;
}

static void put_escaped(struct jvm_text *t, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";

	if (c >= ' ' && c != '%' && c != 0x7f) {
		put_char(t, (char)c);
		return;
	}
	put_char(t, '%');
	put_char(t, hex[c >> 4]);
	put_char(t, hex[c & 15]);
}

void jvm_text_put_bytes(struct jvm_text *t, const char *key, const char *value, size_t len)
{
	size_t start = t->len;
	bool full = t->full;

	t->full = false;
	while (*key)
		put_char(t, *key++);
	put_char(t, '=');
	for (size_t i = 0; i < len; i++)
		put_escaped(t, (unsigned char)value[i]);
	put_char(t, '\n');
	if (t->full)
		t->len = start;
	t->full |= full;
}

void jvm_text_put(struct jvm_text *t, const char *key, const char *value)
{
	size_t len = 0;

	while (value[len])
		len++;
	jvm_text_put_bytes(t, key, value, len);
}

void jvm_text_put_number(struct jvm_text *t, const char *key, int64_t value)
{
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[24];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + left % 10);
	while ((left /= 10) != 0);
	if (value < 0)
		digits[--at] = '-';
	jvm_text_put_bytes(t, key, digits + at, sizeof(digits) - at);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place: what comes out is never longer than what went in. */
static bool unescape(char *text, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] != '%') {
			text[out++] = text[i];
			continue;
		}
		if (len - i < 3 || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0)
			return false;
		text[out] = (char)(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
		if (!text[out++])
			return false;
		i += 2;
	}
	text[out] = '\0';
	return true;
}

int jvm_text_next(char *text, size_t len, size_t *pos, char **ret_key, char **ret_value)
{
	size_t start = *pos, end = start, equals = len;

	if (start == len)
		return 0;
	for (; end < len && text[end] != '\n'; end++) {
		if (!text[end])
			return -1;
		if (text[end] == '=' && equals == len)
			equals = end;
	}
	if (end == len || equals == len || equals == start)
		return -1;
	if (!unescape(text + equals + 1, end - equals - 1))
		return -1;
	text[equals] = '\0';
	*ret_key = text + start;
	*ret_value = text + equals + 1;
	*pos = end + 1;
	return 1;
}

bool jvm_text_number(const char *text, uint64_t max, uint64_t *ret)
{
	uint64_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || digit > max || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*ret = n;
	return true;
}
