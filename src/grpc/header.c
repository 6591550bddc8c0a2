/* gRPC's status codes and the texts of its HTTP/2 headers. */
#include "grpc/header.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

static const struct {
	enum err_kind kind;
	enum grpc_status status;
} statuses[] = {
	{ ERR_DENIED, GRPC_PERMISSION_DENIED },
	{ ERR_UNSUPPORTED, GRPC_UNIMPLEMENTED },
	{ ERR_MISSING, GRPC_INVALID_ARGUMENT },
	{ ERR_INVALID, GRPC_INVALID_ARGUMENT },
	{ ERR_CONFLICT, GRPC_FAILED_PRECONDITION },
	{ ERR_NOTFOUND, GRPC_NOT_FOUND },
	{ ERR_BUSY, GRPC_UNAVAILABLE },
	{ ERR_TIMEOUT, GRPC_DEADLINE_EXCEEDED },
	{ ERR_NOMEM, GRPC_RESOURCE_EXHAUSTED },
};

enum grpc_status grpc_status_of(enum err_kind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (statuses[i].kind == kind)
			return statuses[i].status;
	return GRPC_INTERNAL;
}

void grpc_message_encode(const char *text, struct buf *ret)
{
	for (const char *c = text; *c; c++) {
		if (*c >= ' ' && *c <= '~' && *c != '%')
			buf_add(ret, c, 1);
		else
			buf_fmt(ret, "%%%02X", (unsigned)(unsigned char)*c);
	}
}

enum err_kind grpc_kind_of(const char *status)
{
	long number = strtol(status, NULL, 10);

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if ((long)statuses[i].status == number && statuses[i].kind != ERR_MISSING)
			return statuses[i].kind;
	return number == GRPC_UNAUTHENTICATED ? ERR_DENIED : ERR_PROTOCOL;
}

void grpc_message_decode(char *text)
{
	char *to = text;

	for (const char *c = text; *c; to++) {
		char hex[3] = "";

		if (*c == '%' && isxdigit((unsigned char)c[1]) && isxdigit((unsigned char)c[2])) {
			memcpy(hex, c + 1, 2);
			*to = (char)strtol(hex, NULL, 16);
			c += 3;
		} else {
			*to = *c++;
		}
	}
	*to = '\0';
}

bool grpc_timeout_parse(const char *text, int64_t *ret_ms)
{
	static const struct {
		char letter;
		int64_t ns;
	} units[] = {
		{ 'n', 1 },
		{ 'u', 1000 },
		{ 'm', 1000000 },
		{ 'S', 1000000000 },
		{ 'M', 60000000000 },
		{ 'H', 3600000000000 },
	};
	int64_t n = 0;
	size_t digits = 0;

	for (; digits < 8 && isdigit((unsigned char)text[digits]); digits++)
		n = n * 10 + (text[digits] - '0');
	if (digits == 0 || text[digits] == '\0' || text[digits + 1] != '\0')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (units[i].letter != text[digits])
			continue;
		/* 8 digits of hours, the most there can be, are too many nanoseconds. */
		*ret_ms = units[i].ns >= 1000000 ? n * (units[i].ns / 1000000)
						 : (n * units[i].ns + 999999) / 1000000;
		return true;
	}
	return false;
}

bool grpc_type_is(const char *content_type)
{
	static const char wanted[] = "application/grpc";
	size_t len = sizeof(wanted) - 1;

	return strncmp(content_type, wanted, len) == 0 &&
	       (content_type[len] == '\0' || content_type[len] == ';' ||
		       str_starts(content_type + len, "+proto"));
}
