/* Replies to the console. */
#include "agent/reply.h"

#include <string.h>

#include "agent/message.h"
#include "base/cleanup.h"
#include "base/json.h"

static json_t *reply_make(int code, const char *error)
{
	json_t *reply = json_object();

	json_put_int(reply, "Code", code);
	json_put_bool(reply, "Success", code == AGENT_OK);
	json_put_str(reply, "Error", error);
	json_object_set_new(reply, "Result", json_null());
	return reply;
}

json_t *reply_error(int code, const char *text)
{
	return reply_make(code, text);
}

json_t *reply_result(const char *text)
{
	json_t *reply = reply_make(AGENT_OK, "");

	json_put_str(reply, "Result", text);
	return reply;
}

static int refusal_code(enum err_kind kind)
{
	switch (kind) {
	case ERR_UNSUPPORTED:
		return AGENT_NOT_SUPPORTED;
	case ERR_DENIED:
		return AGENT_NOT_AUTHORISED;
	case ERR_INVALID:
	case ERR_MISSING:
		return err_code(kind);
	default:
		return AGENT_SERVER_ERROR;
	}
}

/* gale's line with its keys as the console expects them. */
static json_t *reply_of_line(const json_t *line)
{
	static const char *const keys[][2] = { { "code", "Code" }, { "success", "Success" },
		{ "error", "Error" }, { "result", "Result" }, { "effect", "Effect" },
		{ "notes", "Notes" }, { "deadline", "Deadline" } };
	json_t *reply = reply_make(AGENT_OK, "");

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_t *member = json_object_get(line, keys[i][0]);

		if (member)
			json_object_set(reply, keys[i][1], member);
	}
	return reply;
}

json_t *reply_order(unsigned status, const char *output)
{
	autojson json_t *line = NULL;

	if (status > ORDER_REFUSED)
		return reply_error(refusal_code(status - ORDER_REFUSED), output);
	if (status == ORDER_BROKEN)
		return reply_error(AGENT_SERVER_ERROR, output);
	if (json_parse(output, strlen(output), &line, NULL) == 0 && json_is_object(line))
		return reply_of_line(line);
	/* version and check print text, not JSON */
	return status == ORDER_DONE ? reply_result(output) : reply_error(AGENT_NOT_JSON, output);
}
