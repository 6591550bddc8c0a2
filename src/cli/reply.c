/* Replies, on stdout and stderr. */
#include "cli/reply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"

#define MOST_REPLY (64u << 20)

json_t *reply_new(json_t *result)
{
	json_t *reply = json_object();

	json_put_int(reply, "code", 200);
	json_put_bool(reply, "success", true);
	json_object_set_new(reply, "result", result);
	return reply;
}

static int line_write(int fd, const char *line, struct err *e)
{
	autobuf struct buf out = BUF_INIT(MOST_REPLY);

	buf_fmt(&out, "%s\n", line);
	if (out.failed)
		return err_set(e, ERR_NOMEM, ENOMEM, "print the reply");
	return fd_write_all(fd, out.data, out.len, e);
}

int reply_print(json_t *reply, struct err *e)
{
	autojson json_t *owned = reply;
	autofree char *line = json_line(owned);

	if (!line)
		return err_set(e, ERR_NOMEM, ENOMEM, "print the reply");
	return line_write(STDOUT_FILENO, line, e);
}

static void newline(struct buf *out, int depth)
{
	buf_str(out, "\n");
	while (depth-- > 0)
		buf_str(out, "\t");
}

/* Go's MarshalIndent with tabs, from the compact line. */
static void indent(const char *line, struct buf *out)
{
	bool text = false;
	int depth = 0;

	for (const char *at = line; *at; at++) {
		if (text) {
			buf_add(out, at, *at == '\\' ? 2 : 1);
			text = *at != '"';
			at += *at == '\\';
		} else if (strchr("{[", *at) && !strchr("}]", at[1])) {
			buf_add(out, at, 1);
			newline(out, ++depth);
		} else if (strchr("}]", *at) && !strchr("{[", at[-1])) {
			newline(out, --depth);
			buf_add(out, at, 1);
		} else {
			text = *at == '"';
			buf_add(out, at, 1);
			if (*at == ',')
				newline(out, depth);
			else if (*at == ':')
				buf_str(out, " ");
		}
	}
}

int reply_print_pretty(json_t *reply, struct err *e)
{
	autobuf struct buf out = BUF_INIT(MOST_REPLY);
	autofree char *line = NULL;

	if (!isatty(STDOUT_FILENO))
		return reply_print(reply, e);
	line = json_line(reply);
	json_decref(reply);
	if (!line)
		return err_set(e, ERR_NOMEM, ENOMEM, "print the reply");
	indent(line, &out);
	return line_write(STDOUT_FILENO, buf_text(&out), e);
}

int reply_fail(const struct err *e)
{
	return reply_fail_with(err_code(e->kind), e->msg, NULL);
}

int reply_fail_with(int code, const char *error, json_t *result)
{
	autojson json_t *reply = json_object();
	autofree char *line = NULL;

	json_put_int(reply, "code", code);
	json_put_bool(reply, "success", false);
	json_put_str(reply, "error", error);
	if (result)
		json_object_set_new(reply, "result", result);
	line = json_line(reply);
	if (line)
		line_write(STDERR_FILENO, line, NULL);
	return 1;
}

int reply_text(const char *text, struct err *e)
{
	return fd_write_all(STDOUT_FILENO, text, strlen(text), e);
}

void duration_text(int64_t ms, char ret[static 64])
{
	int64_t minutes = ms / 60000;
	char seconds[24];

	snprintf(seconds, sizeof(seconds), "%.15gs", (double)(ms % 60000) / 1000);
	if (minutes >= 60)
		snprintf(ret, 64, "%lldh%lldm%s", (long long)(minutes / 60),
			(long long)(minutes % 60), seconds);
	else if (minutes > 0)
		snprintf(ret, 64, "%lldm%s", (long long)minutes, seconds);
	else
		snprintf(ret, 64, "%s", seconds);
}
