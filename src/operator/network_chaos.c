/* NetworkChaos: delay, loss, duplicate, corrupt, bandwidth and partition as orders to the node. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "operator/order.h"

struct traffic {
	const char *interface, *direction, *peers;
	char port[8]; /* of all external targets; "" none */
};

static int unsupported(struct err *e, const char *field, const char *why)
{
	return err_set(e, ERR_UNSUPPORTED, 0, "spec.%s: %s", field, why);
}

/* A correlation that a back-end of ours does not have: none, or 0. */
static int no_correlation(const json_t *section, const char *field, struct err *e)
{
	const char *text = json_text(section, "correlation");
	double value = 0;
	int r = *text ? str_to_real(text, 0, 100, &value, e) : 0;

	if (r < 0)
		return err_wrap(e, "spec.%s.correlation", field);
	return value > 0 ? unsupported(e, field, "correlation is not supported") : 0;
}

static int milliseconds(const char *field, const char *text, long long *ret, struct err *e)
{
	int r = str_to_duration(text, ret, e);

	if (r < 0)
		return err_wrap(e, "spec.%s", field);
	if (strchr(text, '.') || strstr(text, "us") || strstr(text, "ns"))
		return unsupported(e, field, "whole milliseconds only");
	return 0;
}

/* --- one section ------------------------------------------------------------------------------ */

static int delay_flags(const json_t *delay, json_t *flags, struct err *e)
{
	const char *jitter = json_text(delay, "jitter");
	long long time = 0, offset = 0;
	int r = no_correlation(delay, "delay", e);

	if (json_object_get(delay, "reorder"))
		return unsupported(e, "delay.reorder", "is not supported yet");
	if (r == 0)
		r = milliseconds("delay.latency", json_text(delay, "latency"), &time, e);
	if (r == 0 && *jitter)
		r = milliseconds("delay.jitter", jitter, &offset, e);
	if (r == 0 && time < 1)
		r = err_set(e, ERR_INVALID, 0, "spec.delay.latency: 1ms at least");
	json_object_set_new(flags, "time", json_sprintf("%lld", time));
	if (offset > 0)
		json_object_set_new(flags, "offset", json_sprintf("%lld", offset));
	return r;
}

static int share_flags(const json_t *section, const char *field, json_t *flags, struct err *e)
{
	const char *text = json_text(section, field);
	double percent;
	int r = str_to_real(text, 0.001, 100, &percent, e);

	if (r < 0)
		return err_wrap(e, "spec.%s.%s", field, field);
	json_put_str(flags, "percent", text);
	return no_correlation(section, field, e);
}

static int rate_flags(const json_t *section, json_t *flags, struct err *e)
{
	static const struct {
		const char *from, *flag, *unit;
	} rows[] = {
		{ "limit", "limit", "" },
		{ "buffer", "buffer", "" },
		{ "peakrate", "peakrate", "bps" },
		{ "minburst", "minburst", "" },
	};
	const char *rate = json_text(section, "rate");
	long long bps;
	int r = str_to_rate(rate, 1, 1000000000000, &bps, e);

	if (r < 0)
		return err_wrap(e, "spec.bandwidth.rate");
	json_put_str(flags, "rate", rate);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		long long n = json_integer_value(json_object_get(section, rows[i].from));

		if (n > 0)
			json_object_set_new(
				flags, rows[i].flag, json_sprintf("%lld%s", n, rows[i].unit));
	}
	return 0;
}

/* --- whose packets ---------------------------------------------------------------------------- */

/* "HOST", "HOST:PORT", of IPv6 "[HOST]:PORT": the host into the list, its port to the others'. */
static int external_add(const char *text, struct buf *peers, struct traffic *t, struct err *e)
{
	const char *end = strrchr(text, ':'), *host = text;
	size_t len = strlen(text);
	bool six = *text != '[' && strchr(text, ':') != end;

	if (!*text || strchr(text, ','))
		return err_set(e, ERR_INVALID, 0, "spec.externalTargets: `%.100s`", text);
	if (end && !six && (*text != '[' || end[-1] == ']')) {
		if (peers->len > 0 && !str_eq(t->port, end + 1))
			return unsupported(e, "externalTargets", "one port for all of them only");
		snprintf(t->port, sizeof(t->port), "%s", end + 1);
		len = (size_t)(end - text);
	} else if (*t->port) {
		return unsupported(e, "externalTargets", "one port for all of them only");
	}
	if (*host == '[' && len >= 2) {
		host++;
		len -= 2;
	}
	buf_str(peers, peers->len ? "," : "");
	buf_add(peers, host, len);
	return 0;
}

static int peers_make(
	const json_t *spec, const char *peers, struct buf *ret, struct traffic *t, struct err *e)
{
	const json_t *list = json_object_get(spec, "externalTargets");
	int r = 0;

	for (size_t i = 0; i < json_array_size(list) && r == 0; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		r = external_add(text ? text : "", ret, t, e);
	}
	if (r == 0 && *t->port && *peers)
		return unsupported(e, "externalTargets", "no port beside a target");
	buf_fmt(ret, "%s%s", ret->len && *peers ? "," : "", peers);
	return r == 0 && ret->failed ? err_set(e, ERR_INVALID, 0, "spec: too many peers") : r;
}

static int netem_add(
	struct orders *o, const char *action, const struct traffic *t, json_t **ret, struct err *e)
{
	const char *direction = str_eq(t->direction, "from") ? "ingress"
				: str_eq(t->direction, "to") ? "egress"
							     : "both";

	*ret = orders_add(o, "network", action);
	if (!*ret)
		return unsupported(e, "action", "too many at once");
	json_put_str(*ret, "interface", t->interface);
	json_put_str(*ret, "direction", direction);
	json_put_str(*ret, "destination-ip", *t->peers ? t->peers : NULL);
	json_put_str(*ret, "remote-port", *t->port ? t->port : NULL);
	return 0;
}

static int partition_add(
	const json_t *spec, struct orders *o, const struct traffic *t, struct err *e)
{
	json_t *flags = orders_add(o, "network", "partition");
	const char *device = json_text(spec, "device");

	if (*t->port)
		return unsupported(e, "externalTargets", "partition knows no ports");
	json_put_str(flags, "target", *t->peers ? t->peers : "0.0.0.0/0,::/0");
	json_put_str(flags, "direction", t->direction);
	json_put_str(flags, "interface", *device ? device : NULL);
	return 0;
}

/* Each section that is there, whatever the action says: so does Chaos Mesh. */
static int sections_add(
	const json_t *spec, struct orders *o, const struct traffic *t, struct err *e)
{
	static const struct {
		const char *field, *action;
	} rows[] = { { "delay", "delay" }, { "loss", "loss" }, { "duplicate", "duplicate" },
		{ "corrupt", "corrupt" }, { "rate", "bandwidth" }, { "bandwidth", "bandwidth" } };
	json_t *flags;
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows) && r == 0; i++) {
		const json_t *section = json_object_get(spec, rows[i].field);

		if (!section)
			continue;
		r = netem_add(o, rows[i].action, t, &flags, e);
		if (r == 0 && str_eq(rows[i].action, "bandwidth"))
			r = rate_flags(section, flags, e);
		else if (r == 0 && i == 0)
			r = delay_flags(section, flags, e);
		else if (r == 0)
			r = share_flags(section, rows[i].field, flags, e);
	}
	return r;
}

int network_chaos_orders(const json_t *spec, const char *peers, struct orders *ret, struct err *e)
{
	autobuf struct buf list = BUF_INIT(60000);
	const char *action = json_text(spec, "action"), *device = json_text(spec, "device");
	const char *direction = json_text(spec, "direction");
	struct traffic t = { *device ? device : "eth0", *direction ? direction : "to" };
	int r;

	if (json_object_get(spec, "targetDevice"))
		return unsupported(e, "targetDevice", "is not supported: faults are at the source");
	r = peers_make(spec, peers, &list, &t, e);
	t.peers = buf_text(&list);
	if (r == 0)
		r = str_eq(action, "partition") ? partition_add(spec, ret, &t, e)
						: sections_add(spec, ret, &t, e);
	if (r == 0 && ret->n == 0)
		r = err_missing(e, "spec: what the action needs");
	return r;
}
