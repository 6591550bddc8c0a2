/* The body of an HTTP/1.1 answer. */
#include "kube/chunk.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The value of a field of the head, NULL: there is none. Ends with the line. */
static const char *field(const char *head, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, len) == 0 && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " \t");
	}
	return NULL;
}

bool chunk_begin(struct chunk *c, const char *head, int *ret_status)
{
	const char *coding = field(head, "Transfer-Encoding"),
		   *length = field(head, "Content-Length"), *connection = field(head, "Connection");
	int status;

	*c = (struct chunk){ .state = CHUNK_SIZE };
	if (strncmp(head, "HTTP/1.", 7) != 0 || !head[7] || head[8] != ' ')
		return false;
	status = (int)strtol(head + 9, NULL, 10);
	if (status < 100 || status > 599)
		return false;
	c->closes = head[7] == '0' || (connection && strncasecmp(connection, "close", 5) == 0);
	if (status == 204 || status == 304) {
		c->over = true;
	} else if (coding) {
		c->chunked = strncasecmp(coding, "chunked", 7) == 0;
		if (!c->chunked)
			return false;
	} else if (length) {
		if (*length < '0' || *length > '9')
			return false;
		c->left = strtoull(length, NULL, 10);
		c->over = c->left == 0;
	} else {
		c->to_the_end = true;
	}
	*ret_status = status;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_size(struct chunk *c, char octet)
{
	int digit = hex_digit(octet);

	if (digit >= 0 && c->digits < 15) {
		c->left = c->left * 16 + (unsigned)digit;
		c->digits++;
		return true;
	}
	if (c->digits == 0 || (octet != ';' && octet != '\r' && octet != ' '))
		return false;
	c->state = CHUNK_EXTENSION;
	return true;
}

/* One octet that is not data. */
static bool take_frame(struct chunk *c, char octet)
{
	switch (c->state) {
	case CHUNK_SIZE:
		return take_size(c, octet);
	case CHUNK_EXTENSION:
		if (octet == '\n') {
			c->state = c->left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
			c->digits = 0;
			c->blank = true;
		}
		return true;
	case CHUNK_DATA_END:
		if (octet == '\n')
			c->state = CHUNK_SIZE;
		return octet == '\n' || octet == '\r';
	default:
		c->over = octet == '\n' && c->blank;
		c->blank = octet == '\n' || (octet == '\r' && c->blank);
		return true;
	}
}

static size_t take_data(struct chunk *c, char *to, const char *from, size_t n)
{
	if (!c->to_the_end && n > c->left)
		n = (size_t)c->left;
	memmove(to, from, n);
	if (c->to_the_end)
		return n;
	c->left -= n;
	if (c->left == 0 && c->chunked)
		c->state = CHUNK_DATA_END;
	else if (c->left == 0)
		c->over = true;
	return n;
}

bool chunk_take(struct chunk *c, char *data, size_t n, size_t *ret_own)
{
	size_t own = 0, at = 0;

	while (at < n && !c->over) {
		if (!c->chunked || c->state == CHUNK_DATA) {
			size_t taken = take_data(c, data + own, data + at, n - at);

			own += taken;
			at += taken;
		} else if (!take_frame(c, data[at++])) {
			return false;
		}
	}
	c->closes |= at < n; /* nobody asked for more */
	*ret_own = own;
	return true;
}

bool chunk_may_end(const struct chunk *c)
{
	return c->over || c->to_the_end;
}

bool chunk_leaves_open(const struct chunk *c)
{
	return c->over && !c->closes;
}
