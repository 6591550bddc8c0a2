/* Getters, failures, paging and envelopes of a request. */
#include "box/api/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/rand.h"
#include "base/str.h"

#define PAGE_DEFAULT 10
#define PAGE_MAX     500

const char *call_text(const struct call *c, const char *name)
{
	return json_text(c->body, name);
}

long long call_int(const struct call *c, const char *name, long long fallback)
{
	const json_t *value = json_object_get(c->body, name);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool call_bool(const struct call *c, const char *name, bool fallback)
{
	const json_t *value = json_object_get(c->body, name);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

static enum err_kind kind_of(enum api_code code)
{
	if (code == API_P_LOGIN_MISSED || code == API_P_USER_PERMISSION_DENIED ||
		code == API_P_LOGIN_FORBINATION)
		return ERR_DENIED;
	if (code == API_S_DB_ERROR)
		return ERR_STORE;
	if (api_code_number(code) < 2000)
		return ERR_SYSTEM;
	return api_code_number(code) < 3000 ? ERR_CONFLICT : ERR_INVALID;
}

/* The text may come from e itself, so it is made before e is set. */
static int fail(struct err *e, enum err_kind kind, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static int fail(struct err *e, enum err_kind kind, const char *fmt, va_list ap)
{
	char text[sizeof(e->msg)];

	vsnprintf(text, sizeof(text), fmt, ap);
	return err_set(e, kind, 0, "%s", text);
}

int call_fail(struct call *c, struct err *e, enum api_code code, const char *fmt, ...)
{
	va_list ap;
	int r;

	c->code = code;
	va_start(ap, fmt);
	r = fail(e, kind_of(code), fmt, ap);
	va_end(ap);
	return r;
}

int call_fail_agent(struct call *c, struct err *e, int code, const char *fmt, ...)
{
	va_list ap;
	int r;

	c->agent_code = code;
	va_start(ap, fmt);
	r = fail(e, ERR_INVALID, fmt, ap);
	va_end(ap);
	return r;
}

void call_resume(struct call *c, route_f *next)
{
	c->resume(c, next);
}

static long long clamp(long long number, long long least, long long most)
{
	if (number < least)
		return least;
	return number > most ? most : number;
}

struct page call_page(const struct call *c)
{
	return (struct page){
		.page = clamp(call_int(c, "page", 1), 1, 1000000),
		.size = clamp(call_int(c, "size", PAGE_DEFAULT), 1, PAGE_MAX),
	};
}

static long long page_count(const struct page *p)
{
	return (p->total + p->size - 1) / p->size;
}

json_t *page_result(const struct page *p, json_t *rows)
{
	json_t *result = json_object();

	json_put_int(result, "page", p->page);
	json_put_int(result, "pageSize", p->size);
	json_put_int(result, "pages", page_count(p));
	json_put_int(result, "total", p->total);
	json_put_bool(result, "hasMore", p->page < page_count(p));
	json_object_set_new(result, "data", rows);
	return result;
}

json_t *page_query_result(const struct page *p, json_t *rows)
{
	json_t *result = json_object();

	json_object_set_new(result, "content", rows);
	json_put_int(result, "total", p->total);
	json_put_int(result, "pages", page_count(p));
	json_put_int(result, "pageSize", p->size);
	json_put_int(result, "currentPage", p->page);
	return result;
}

/* The numbers that agents know where there is one, the API's own otherwise. */
static int agent_code_of(const struct call *c, const struct err *e)
{
	if (c->agent_code)
		return c->agent_code;
	if (c->code)
		return api_code_number(c->code);
	if (e->kind == ERR_MISSING)
		return AGENT_EMPTY;
	return e->kind == ERR_INVALID ? AGENT_INVALID : AGENT_ERROR;
}

static void envelope_agent(const struct call *c, json_t *out, int r, const struct err *e)
{
	json_put_int(out, "code", r >= 0 ? AGENT_OK : agent_code_of(c, e));
	json_put_bool(out, "success", r >= 0);
	if (r < 0)
		json_put_str(out, "error",
			str_empty(e->msg) ? api_code_text(c->code, c->english) : e->msg);
}

/* A code's own text in the language of the request, and what exactly was wrong behind it. */
static void envelope_rest(const struct call *c, json_t *out, int r, const struct err *e)
{
	enum api_code code = r >= 0 ? API_OK : c->code ? c->code : api_code_of(e->kind);
	char text[sizeof(e->msg) + 160];

	json_put_bool(out, "success", r >= 0);
	json_put_int(out, "statusCode", api_code_number(code));
	json_put_str(out, "code", api_code_name(code));
	if (r >= 0)
		return;
	snprintf(text, sizeof(text), "%s%s%s", api_code_text(code, c->english),
		str_empty(e->msg) ? "" : ": ", e->msg);
	json_put_str(out, "message", text);
}

char *call_envelope(const struct call *c, int r, const struct err *e)
{
	autojson json_t *out = json_object();
	const char *given = call_text(c, "requestId");
	char drawn[37];

	if (r >= 0 && c->result)
		json_object_set(out, "result", c->result);
	if (c->route && c->route->flags & ROUTE_AGENT_ENVELOPE) {
		envelope_agent(c, out, r, e);
		return json_line(out);
	}
	envelope_rest(c, out, r, e);
	rand_uuid(drawn);
	json_put_str(out, "requestId", str_empty(given) ? drawn : given);
	return json_line(out);
}
