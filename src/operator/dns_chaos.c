/* DNSChaos: wrong answers for a pod's names, of its node or of the DNS servers. */
#include "operator/dns_chaos.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "dns/book.h"
#include "dns/door/spec.h"
#include "grpc/pbjson.h"
#include "operator/dns_push.h"
#include "operator/kind.h"

enum { MESSAGE_MAX = 4 << 20 };

/* --- the spec --------------------------------------------------------------------------------- */

/* "domain=address" of the mapping, as a map of the experiment; those of one domain together. */
static int map_add(json_t *maps, const char *pair, struct err *e)
{
	const char *equals = strchr(pair, '=');
	json_t *answers = NULL, *one;
	char domain[300];
	size_t i;

	if (!equals || equals == pair || !equals[1] || strchr(equals + 1, '='))
		return err_illegal(e, "spec.domainIpMapping", pair, "domain=address");
	snprintf(domain, sizeof(domain), "%.*s", (int)(equals - pair), pair);
	json_array_foreach(maps, i, one)
	{
		if (str_eq(json_text(one, "pattern"), domain))
			answers = json_object_get(one, "answers");
	}
	if (!answers) {
		answers = json_array();
		json_array_append_new(
			maps, json_pack("{s:s, s:o}", "pattern", domain, "answers", answers));
	}
	json_array_append_new(answers, json_string(equals + 1));
	return 0;
}

static int maps_make(const json_t *spec, json_t *maps, struct err *e)
{
	const json_t *pairs = json_object_get(spec, "domainIpMapping"), *one;
	size_t i;
	int r = 0;

	if (json_array_size(pairs) == 0)
		return err_missing(e, "spec.domainIpMapping");
	json_array_foreach(pairs, i, one)
	{
		if (r == 0)
			r = map_add(maps, json_is_string(one) ? json_string_value(one) : "", e);
	}
	return r;
}

static int action_of(const json_t *spec, const char **ret, struct err *e)
{
	static const char *const actions[] = { "error", "random", "static" };
	static const char *const codes[] = { "servfail", "nxdomain", "refused", "nodata" };
	const char *action = json_text(spec, "action"), *rcode = json_text(spec, "rcode");

	if (*rcode && !str_eq(action, "error"))
		return err_set(e, ERR_INVALID, 0, "spec.rcode: is of the action error");
	*ret = *rcode ? rcode : action;
	for (size_t i = 0; *rcode && i < ARRAY_LEN(codes); i++)
		if (str_eq(codes[i], rcode))
			return 0;
	for (size_t i = 0; !*rcode && i < ARRAY_LEN(actions); i++)
		if (str_eq(actions[i], action))
			return 0;
	return *rcode ? err_illegal(e, "spec.rcode", rcode, "servfail, nxdomain, refused, nodata")
		      : err_illegal(e, "spec.action", action, "error, random, static");
}

int dns_chaos_experiment(const json_t *spec, json_t **ret, struct err *e)
{
	autojson json_t *maps = json_array();
	json_t *patterns = json_object_get(spec, "patterns");
	const char *action;
	int r = action_of(spec, &action, e);

	if (r == 0 && str_eq(action, "static")) {
		r = maps_make(spec, maps, e);
		if (r == 0)
			*ret = json_pack("{s:s, s:O}", "action", action, "maps", maps);
		return r;
	}
	if (r < 0)
		return r;
	*ret = json_array_size(patterns) > 0
		       ? json_pack("{s:s, s:O}", "action", action, "patterns", patterns)
		       : json_pack("{s:s, s:[s]}", "action", action, "patterns", "*");
	return 0;
}

/* As a server would take it: one that is refused there would keep all others out. */
static int try_out(const json_t *experiment, struct err *e)
{
	autoarena struct arena arena;
	ProtobufCMessage *message;
	struct rule_spec rule;
	struct book_step step = { .what = BOOK_SET, .spec = &rule };
	struct book *book = NULL;
	int r;

	arena_init(&arena, MESSAGE_MAX);
	r = pb_from_json(&gale__dns__v1__experiment__descriptor, experiment, &arena, &message, e);
	if (r == 0)
		r = spec_read((Gale__Dns__V1__Experiment *)message, &arena, &rule, e);
	if (r == 0)
		r = book_open(NULL, &book, e);
	rule.door = "operator";
	if (r == 0)
		r = book_change(book, &step, 1, NULL, e);
	book_close(book);
	return r;
}

int dns_chaos_check(const json_t *spec, struct err *e)
{
	autojson json_t *experiment = NULL;
	int r = dns_chaos_experiment(spec, &experiment, e);

	if (r < 0)
		return r;
	json_put_str(experiment, "uid", "of the spec");
	json_put_bool(experiment, "forever", true);
	json_object_set_new(experiment, "clients", json_pack("[s]", "any"));
	return try_out(experiment, e);
}

/* --- at the node ------------------------------------------------------------------------------ */

static int list_put(const json_t *list, const char *field, struct buf *to, struct err *e)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *text = json_string_value(one);

		if (!text || !*text || strchr(text, ','))
			return err_set(
				e, ERR_INVALID, 0, "spec.%s: `%.100s`", field, text ? text : "");
		buf_fmt(to, "%s%s", i ? "," : "", text);
	}
	return to->failed ? err_set(e, ERR_INVALID, 0, "spec.%s: too many", field) : 0;
}

int dns_chaos_orders(const json_t *spec, const struct side *side, struct orders *ret, struct err *e)
{
	const char *action = json_text(spec, "action");
	bool fixed = str_eq(action, "static");
	const char *field = fixed ? "domainIpMapping" : "patterns";
	autobuf struct buf text = BUF_INIT(60000);
	autojson json_t *experiment = NULL;
	json_t *flags;
	int r = list_put(json_object_get(spec, field), field, &text, e);

	(void)side;
	if (r == 0)
		r = dns_chaos_experiment(spec, &experiment, e);
	if (r < 0)
		return r;
	flags = orders_add(ret, "dns", fixed ? "static" : *action == 'e' ? "error" : "random");
	json_put_str(flags, fixed ? "domain-ip" : "patterns", text.len ? buf_text(&text) : "*");
	if (*json_text(spec, "rcode"))
		json_put_str(flags, "rcode", json_text(spec, "rcode"));
	if (*json_text(spec, "resolver"))
		json_put_str(flags, "mode", json_text(spec, "resolver"));
	return 0;
}

/* --- of the servers --------------------------------------------------------------------------- */

/* What they shall answer follows from the object itself: they have it before the pod is led there.
 */
int dns_chaos_inject(struct task *t, struct err *e)
{
	const json_t *meta = json_object_get(t->object, "metadata");
	char object[640], pod[640], servers[DNS_SERVERS_TEXT] = "";
	int r = 0;

	snprintf(object, sizeof(object), "%s/%s", json_text(meta, "namespace"),
		json_text(meta, "name"));
	snprintf(pod, sizeof(pod), "%s/%s/%s", t->namespace, t->pod, t->pod_uid);
	if (t->means->dns)
		r = dns_push_wait(t->means->dns, t->api, object, pod, servers, e);
	if (r < 0)
		return r;
	t->server = servers;
	r = node_task_inject(t, e);
	t->server = NULL;
	return r;
}
