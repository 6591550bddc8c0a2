/* Whole answers of the API server, and the errors that they tell. */
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/api.h"
#include "kube/stream.h"

enum {
	ANSWER_MAX = 64 << 20,	 /* a page, or one object */
	BODY_TIMEOUT_MS = 60000, /* until it is there */
};

int kube_status_error(const json_t *status, int code, struct err *e)
{
	static const struct {
		int code;
		enum err_kind kind;
	} kinds[] = {
		{ 400, ERR_INVALID },
		{ 401, ERR_DENIED },
		{ 403, ERR_DENIED },
		{ 404, ERR_NOTFOUND },
		{ 409, ERR_CONFLICT },
		{ 422, ERR_INVALID },
	};
	const char *message = json_text(status, "message");
	enum err_kind kind = ERR_PROTOCOL;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].code == code)
			kind = kinds[i].kind;
	if (str_eq(json_text(status, "reason"), "AlreadyExists"))
		kind = ERR_EXISTS;
	return err_set(e, kind, 0, "the API server says %d: %.200s", code,
		*message ? message : "nothing more");
}

static int ms_left(int64_t deadline)
{
	int64_t left = deadline - clock_boot_ms();

	return left > 0 ? (int)left : 0;
}

static int read_all(struct kube_stream *s, struct buf *ret, struct err *e)
{
	int64_t deadline = clock_boot_ms() + BODY_TIMEOUT_MS;
	char chunk[16384];
	ssize_t n;

	while ((n = kube_stream_read(s, chunk, sizeof(chunk), ms_left(deadline), e)) > 0) {
		buf_add(ret, chunk, (size_t)n);
		if (ret->failed)
			return err_set(
				e, ERR_PROTOCOL, 0, "an answer of more than %zu octets", ret->max);
	}
	return (int)n;
}

int kube_answer(struct kube_stream *s, int status, size_t most, json_t **ret, struct err *e)
{
	autobuf struct buf body = BUF_INIT(most > 0 ? most : ANSWER_MAX);
	autojson json_t *object = NULL;
	int r = read_all(s, &body, e);

	if (r == 0 && json_parse(buf_text(&body), body.len, &object, NULL) < 0)
		r = err_set(e, ERR_PROTOCOL, 0, "the API server says %d, and no JSON", status);
	if (r == 0 && status / 100 != 2)
		r = kube_status_error(object, status, e);
	if (r == 0 && ret)
		*ret = json_incref(object);
	return r;
}
