/* Form encoding, signature, and tolerant reading of an agent's answer. */
#include "box/fleet/order.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/sign.h"

#define ORDER_MAX (1U << 20)

static void url_encode(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || strchr("-_.~", c))
			buf_add(out, text, 1);
		else
			buf_fmt(out, "%%%02X", c);
	}
}

static json_t *order_headers(const struct device *device, const char *license, const char *sn)
{
	json_t *headers = json_object();
	char port[16];

	snprintf(port, sizeof(port), "%d", device->port);
	json_put_str(headers, "FR", "S");
	json_put_str(headers, "host", device_address(device));
	json_put_str(headers, "port", port);
	json_put_str(headers, "type", "ip");
	json_put_str(headers, "ak", license);
	json_put_str(headers, "sn", sn);
	return headers;
}

int order_encode(const struct device *device, const json_t *params, const char *license,
	const char *secret, int64_t now_ms, char **ret, struct err *e)
{
	autojson json_t *signed_params = params ? json_deep_copy(params) : json_object();
	autojson json_t *whole = json_object();
	autobuf struct buf form = BUF_INIT(ORDER_MAX);
	autofree char *line = NULL;
	char ts[24], sn[SIGN_SIZE];
	int r;

	snprintf(ts, sizeof(ts), "%lld", (long long)now_ms);
	json_put_str(signed_params, "ts", ts);
	/* One secret serves all agents of a user: another one, to whom the order is brought, sees
	 * that it is not meant. Agents of ChaosBlade do not look at it. */
	if (*device->configuration_id)
		json_put_str(signed_params, "cid", device->configuration_id);
	r = sign_params(signed_params, secret, sn, e);
	if (r < 0)
		return r;
	json_object_set_new(whole, "headers", order_headers(device, license, sn));
	json_object_set(whole, "params", signed_params);
	line = json_line(whole);
	if (!line)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	buf_str(&form, "body=");
	url_encode(&form, line);
	*ret = buf_take(&form);
	return *ret ? 0 : err_set(e, ERR_INVALID, 0, "the order is too long");
}

int order_decode(
	const char *text, size_t len, struct agent_reply *ret, json_t **ret_owner, struct err *e)
{
	json_t *whole, *code, *success;
	const char *error, *deadline;
	struct err cause = { 0 };

	if (json_parse(text, len, &whole, &cause) < 0)
		return err_set(e, ERR_PROTOCOL, 0, "the agent's answer is not JSON: %.200s", text);
	code = json_member(whole, "code");
	success = json_member(whole, "success");
	if (!json_is_boolean(success) && !json_is_integer(code)) {
		json_decref(whole);
		return err_set(e, ERR_PROTOCOL, 0,
			"the agent's answer has neither code nor success: %.200s", text);
	}
	error = json_string_value(json_member(whole, "error"));
	deadline = json_string_value(json_member(whole, "deadline"));
	*ret = (struct agent_reply){
		.code = json_is_integer(code) ? (int)json_integer_value(code) : 0,
		.success = json_is_boolean(success) ? json_is_true(success)
						    : json_integer_value(code) == 200,
		.error = error ? error : "",
		.deadline = deadline ? deadline : "",
		.result = json_member(whole, "result"),
		.effect = json_member(whole, "effect"),
	};
	*ret_owner = whole;
	return 0;
}
