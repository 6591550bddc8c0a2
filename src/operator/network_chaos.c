/*
 * NetworkChaos: delay, loss, duplicate, corrupt, reorder, rate, bandwidth and partition as orders
 * to the node. As with Chaos Mesh the pods of the selector are held up in what they send to the
 * target's ("to"), the target's pods in what they send to those ("from"), and a partition is made
 * at both ends. What has no pod of its own, externalTargets, is held up at the selector's alone.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "operator/kind.h"
#include "operator/order.h"

enum { MOST_GROUPS = MOST_ORDERS, PEERS_MAX = 60000, PORT_TEXT = 8 };

/* Peers that one order is for. */
struct group {
	const char *direction; /* to, from, both */
	char port[PORT_TEXT];  /* "": any */
	struct buf peers;      /* with commas; empty: everybody */
};

struct groups {
	struct group v[MOST_GROUPS];
	size_t n;
};

static void groups_done(struct groups *g)
{
	for (size_t i = 0; i < g->n; i++)
		buf_free(&g->v[i].peers);
	g->n = 0;
}

#define autogroups __attribute__((cleanup(groups_done)))

static int bad_external(const char *text, struct err *e)
{
	return err_illegal(e, "spec.externalTargets", text,
		"addresses, networks and names, each with a :PORT or not");
}

/* What is not a partition is done at the sender, and what has no pod of its own cannot be. */
int network_chaos_check(const json_t *spec, struct err *e)
{
	const char *direction = json_text(spec, "direction");

	if (str_empty(direction) || str_eq(direction, "to") ||
		str_eq(json_text(spec, "action"), "partition"))
		return 0;
	if (json_array_size(json_object_get(spec, "externalTargets")) > 0)
		return err_set(e, ERR_INVALID, 0,
			"spec.externalTargets: only with the direction to, or the action partition");
	return json_is_object(json_object_get(spec, "target")) ? 0 : err_missing(e, "spec.target");
}

/* --- whose packets ---------------------------------------------------------------------------- */

/* NULL: one too many. */
static struct group *group_of(struct groups *g, const char *direction, const char *port)
{
	struct group *new;

	for (size_t i = 0; i < g->n; i++)
		if (str_eq(g->v[i].direction, direction) && str_eq(g->v[i].port, port))
			return &g->v[i];
	if (g->n == MOST_GROUPS)
		return NULL;
	new = &g->v[g->n++];
	*new = (struct group){ .direction = direction, .peers = BUF_INIT(PEERS_MAX) };
	snprintf(new->port, sizeof(new->port), "%s", port);
	return new;
}

static int group_add(struct groups *g, const char *direction, const char *port, const char *peers,
	size_t len, struct err *e)
{
	struct group *group = group_of(g, direction, port);

	if (!group)
		return err_set(e, ERR_UNSUPPORTED, 0,
			"spec.externalTargets: more than %d different ports", MOST_GROUPS - 1);
	if (len > 0 && group->peers.len > 0)
		buf_str(&group->peers, ",");
	buf_add(&group->peers, peers, len);
	return group->peers.failed ? err_set(e, ERR_INVALID, 0, "spec: too many peers") : 0;
}

/* "HOST", "HOST:PORT", of IPv6 "[HOST]:PORT". */
static int external_add(struct groups *g, const char *direction, const char *text, struct err *e)
{
	const char *colon = strrchr(text, ':'), *port = "";
	bool bare_six = *text != '[' && strchr(text, ':') != colon;
	size_t len = strlen(text);
	long long number;

	if (colon && !bare_six && (*text != '[' || colon[-1] == ']')) {
		port = colon + 1;
		len = (size_t)(colon - text);
		if (str_to_int(port, 1, 65535, &number, NULL) < 0)
			return bad_external(text, e);
	}
	if (*text == '[' && len >= 2 && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len == 0 || strchr(text, ','))
		return bad_external(text, e);
	return group_add(g, direction, port, text, len, e);
}

static int externals_add(struct groups *g, const char *direction, const json_t *list, struct err *e)
{
	const json_t *one;
	size_t i;
	int r = 0;

	json_array_foreach(list, i, one)
	{
		const char *text = json_string_value(one);

		if (r == 0)
			r = external_add(g, direction, text ? text : "", e);
	}
	return r;
}

/* The part of a direction that the pods of one key are held up in; NULL: none. */
static const char *direction_at(const char *direction, const char *key, bool partition)
{
	bool self = str_eq(key, KEY_SELF);

	if (partition)
		return self || str_eq(direction, "both") ? direction
		       : str_eq(direction, "to")	 ? "from"
							 : "to";
	if (str_eq(direction, "both"))
		return "to";
	return str_eq(direction, "to") == self ? "to" : NULL;
}

static int groups_make(
	const json_t *spec, const struct side *side, struct groups *ret, struct err *e)
{
	const json_t *externals = json_object_get(spec, "externalTargets");
	const char *given = json_text(spec, "direction"), *direction = *given ? given : "to";
	bool partition = str_eq(json_text(spec, "action"), "partition");
	bool self = str_eq(side->key, KEY_SELF), target = json_object_get(spec, "target");
	const char *here = direction_at(direction, side->key, partition);
	int r = 0;

	if (target && here)
		r = group_add(ret, here, "", side->peers, strlen(side->peers), e);
	if (r == 0 && self)
		r = externals_add(ret, direction, externals, e);
	if (r == 0 && !target && json_array_size(externals) == 0)
		r = group_add(ret, direction, "", "", 0, e);
	return r;
}

/* --- sections --------------------------------------------------------------------------------- */

enum value { SHARE, TIME, TIE, COUNT, RATE };

/* A field of a section as a flag of "network netem"; 0 is as if it were not there. */
struct field {
	const char *section, *within, *name, *flag;
	enum value value;
};

static const struct field fields[] = {
	{ "delay", NULL, "latency", "time", TIME },
	{ "delay", NULL, "jitter", "offset", TIME },
	{ "delay", NULL, "correlation", "delay-correlation", TIE },
	{ "delay", "reorder", "reorder", "reorder", SHARE },
	{ "delay", "reorder", "correlation", "reorder-correlation", TIE },
	{ "delay", "reorder", "gap", "gap", COUNT },
	{ "loss", NULL, "loss", "loss", SHARE },
	{ "loss", NULL, "correlation", "loss-correlation", TIE },
	{ "duplicate", NULL, "duplicate", "duplicate", SHARE },
	{ "duplicate", NULL, "correlation", "duplicate-correlation", TIE },
	{ "corrupt", NULL, "corrupt", "corrupt", SHARE },
	{ "corrupt", NULL, "correlation", "corrupt-correlation", TIE },
	{ "rate", NULL, "rate", "rate", RATE },
};

static int text_value(const struct field *f, const char *text, double *ret, struct err *e)
{
	long long bps;
	int r = 0;

	switch (f->value) {
	case TIME:
		return str_to_milliseconds(text, ret, e);
	case RATE:
		r = str_to_rate(text, 1, 1000000000000, &bps, e);
		*ret = r == 0 ? (double)bps : 0;
		return r;
	default:
		return str_to_real(text, 0, f->value == TIE ? 99 : 100, ret, e);
	}
}

static int field_add(const struct field *f, const json_t *section, json_t *flags, struct err *e)
{
	const json_t *value = json_object_get(section, f->name);
	const char *text = json_string_value(value);
	double number = (double)json_integer_value(value);
	int r = text && *text ? text_value(f, text, &number, e) : 0;

	if (r < 0)
		return err_wrap(e, "spec.%s.%s%s%s", f->section, f->within ? f->within : "",
			f->within ? "." : "", f->name);
	if (f->value == RATE && text)
		json_put_str(flags, f->flag, text);
	else if (number > 0)
		json_object_set_new(flags, f->flag, json_sprintf("%.9g", number));
	return 0;
}

/* Each section that is there, whatever the action says: so does Chaos Mesh. */
static int netem_flags(const json_t *spec, json_t *flags, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(fields) && r == 0; i++) {
		const json_t *section = json_object_get(spec, fields[i].section);

		if (fields[i].within)
			section = json_object_get(section, fields[i].within);
		if (section)
			r = field_add(&fields[i], section, flags, e);
	}
	if (r == 0 && json_object_size(flags) == 0)
		return err_missing(e, "spec.delay, loss, duplicate, corrupt or rate");
	return r;
}

/* Rates that end in bps are bytes a second, as peakrate is. */
static int bandwidth_flags(const json_t *spec, json_t *flags, struct err *e)
{
	static const struct {
		const char *name, *unit;
	} rows[] = { { "limit", "" }, { "buffer", "" }, { "peakrate", "bps" }, { "minburst", "" } };
	const json_t *section = json_object_get(spec, "bandwidth");
	const char *rate = json_text(section, "rate");
	long long bps;
	int r = section ? str_to_rate(rate, 1, 1000000000000, &bps, e)
			: err_missing(e, "spec.bandwidth");

	if (r < 0)
		return section ? err_wrap(e, "spec.bandwidth.rate") : r;
	json_put_str(flags, "rate", rate);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		long long n = json_integer_value(json_object_get(section, rows[i].name));

		if (n > 0)
			json_object_set_new(
				flags, rows[i].name, json_sprintf("%lld%s", n, rows[i].unit));
	}
	return 0;
}

/* --- the orders ------------------------------------------------------------------------------- */

static void put_unless_empty(json_t *flags, const char *name, const char *text)
{
	json_put_str(flags, name, *text ? text : NULL);
}

static void partition_peers(const struct group *g, json_t *flags)
{
	json_put_str(flags, "target", g->peers.len ? buf_text(&g->peers) : "0.0.0.0/0,::/0");
	json_put_str(flags, "direction", g->direction);
}

static void traffic_peers(const struct group *g, json_t *flags)
{
	json_put_str(flags, "direction",
		str_eq(g->direction, "from") ? "ingress"
		: str_eq(g->direction, "to") ? "egress"
					     : "both");
	put_unless_empty(flags, "destination-ip", buf_text(&g->peers));
}

/* What the device is a name of may follow it: "eth0@if7". */
static void device_put(const json_t *spec, const char *key, const char *none, json_t *flags)
{
	const char *given = json_text(spec, str_eq(key, KEY_SELF) ? "device" : "targetDevice");
	int len = (int)strcspn(given, "@");

	if (len > 0)
		json_object_set_new(flags, "interface", json_sprintf("%.*s", len, given));
	else
		json_put_str(flags, "interface", none);
}

int network_chaos_orders(
	const json_t *spec, const struct side *side, struct orders *ret, struct err *e)
{
	const char *action = json_text(spec, "action");
	bool partition = str_eq(action, "partition"), bandwidth = str_eq(action, "bandwidth");
	autojson json_t *what = json_object();
	autogroups struct groups groups = { 0 };
	int r = groups_make(spec, side, &groups, e);

	if (r == 0 && !partition)
		r = bandwidth ? bandwidth_flags(spec, what, e) : netem_flags(spec, what, e);
	for (size_t i = 0; i < groups.n && r == 0; i++) {
		json_t *flags = orders_add(ret, "network",
			partition   ? action
			: bandwidth ? action
				    : "netem");

		json_object_update(flags, what);
		device_put(spec, side->key, partition ? NULL : "eth0", flags);
		put_unless_empty(flags, "remote-port", groups.v[i].port);
		(partition ? partition_peers : traffic_peers)(&groups.v[i], flags);
	}
	return r;
}
