/* Reading and proving a call of the console. */
#include "agent/request.h"

#include <stdlib.h>
#include <string.h>

#include <event2/http.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/sign.h"
#include "base/str.h"

/* The decoded field "body" of the form, NULL when there is none. */
static char *form_body(const char *form, size_t *ret_len)
{
	static const char name[] = "body=";
	autofree char *field = NULL;

	while (!str_starts(form, name)) {
		form += strcspn(form, "&");
		if (!*form++)
			return NULL;
	}
	form += strlen(name);
	field = strndup(form, strcspn(form, "&"));
	return field ? evhttp_uridecode(field, 1, ret_len) : NULL;
}

static int refuse(int code, struct err *e, const char *text)
{
	err_set(e, ERR_DENIED, 0, "%s", text);
	return code;
}

static int request_prove(const json_t *headers, const json_t *params,
	const struct request_rules *rules, struct err *e)
{
	const char *sn = json_text(headers, "sn");
	const json_t *ak = json_object_get(headers, "ak"), *cid = json_object_get(params, "cid");

	if (!*sn && rules->unsigned_allowed)
		return AGENT_OK;
	if (!*rules->sk)
		return refuse(AGENT_NO_TOKEN, e, "token not found: not registered yet");
	if (!sign_fresh(json_text(params, "ts"), rules->wall_ms) ||
		sign_time_ms(json_text(params, "ts")) < rules->begun_ms)
		return refuse(AGENT_STALE, e, "invalid timestamp");
	if (!*sn)
		return refuse(AGENT_FORBIDDEN, e, "forbidden: missing sign");
	if (ak && !json_is_null(ak) && !str_eq(json_string_value(ak), rules->ak))
		return refuse(AGENT_FORBIDDEN, e, "forbidden: wrong access key");
	if (!sign_matches(params, rules->sk, sn))
		return refuse(AGENT_FORBIDDEN, e, "forbidden: wrong sign");
	/* One secret serves all agents of a user: only the one that is meant listens. */
	if (cid && !str_eq(json_string_value(cid), rules->cid))
		return refuse(AGENT_FORBIDDEN, e, "forbidden: meant for another agent");
	return replay_note(rules->replay, sn, rules->boot_ms, e) < 0 ? AGENT_FORBIDDEN : AGENT_OK;
}

int request_read(const char *form, size_t len, const struct request_rules *rules,
	json_t **ret_params, struct err *e)
{
	autojson json_t *root = NULL;
	autofree char *body = NULL;
	json_t *headers, *params;
	size_t body_len;
	int code;

	if (len > REQUEST_MOST || strlen(form) != len)
		return refuse(AGENT_SERVER_ERROR, e, "not a form");
	body = form_body(form, &body_len);
	if (!body)
		return refuse(AGENT_EMPTY, e, "`body`: parameter is empty");
	if (json_parse(body, body_len, &root, e) < 0)
		return AGENT_SERVER_ERROR;
	headers = json_object_get(root, "headers");
	params = json_object_get(root, "params");
	if (!json_is_object(headers) || !json_is_object(params))
		return refuse(AGENT_SERVER_ERROR, e, "`headers` and `params` must be objects");
	code = request_prove(headers, params, rules, e);
	if (code == AGENT_OK)
		*ret_params = json_incref(params);
	return code;
}
