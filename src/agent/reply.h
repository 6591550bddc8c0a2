/* What the agent answers: {"Code":..,"Success":..,"Error":"..","Result":..}, and the codes. */
#ifndef AGENT_REPLY_H
#define AGENT_REPLY_H

#include <jansson.h>

/* ChaosBlade's codes; those of blade itself pass through. */
enum agent_code {
	AGENT_OK = 200,
	AGENT_STALE = 401,
	AGENT_FORBIDDEN = 403,
	AGENT_NO_HANDLER = 404,
	AGENT_NO_TOKEN = 405,
	AGENT_EMPTY = 406,
	AGENT_SERVER_ERROR = 500,
	AGENT_NOT_OPEN = 501,
	AGENT_NOT_AUTHORISED = 502,
	AGENT_NOT_SUPPORTED = 506,
	AGENT_NO_CTL = 507,
	AGENT_NOT_JSON = 601,
};

/* All three give a new reference. */
json_t *reply_error(int code, const char *text);
json_t *reply_result(const char *text);
/* Of an order that the helper took: its status (message.h) and gale's output. */
json_t *reply_order(unsigned status, const char *output);

#endif
