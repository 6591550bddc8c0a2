/* Network faults as JSON. */
#include "net/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"

static void put_list(json_t *object, const char *key, struct buf *text)
{
	if (text->len > 0)
		json_put_str(object, key, buf_text(text));
	buf_free(text);
}

static void put_ranges(json_t *object, const char *key, const struct ranges *r)
{
	struct buf b = BUF_INIT(64 * 1024);

	traffic_put_ranges(&b, r);
	put_list(object, key, &b);
}

static void put_nets(json_t *object, const char *key, const struct nets *n)
{
	struct buf b = BUF_INIT(128 * 1024);

	traffic_put_nets(&b, n);
	put_list(object, key, &b);
}

json_t *net_fault_to_json(const struct net_fault *f)
{
	const struct traffic *t = f->traffic;
	json_t *object = json_object();

	json_put_real(object, "delay-ms", f->delay_ms);
	json_put_real(object, "jitter-ms", f->jitter_ms);
	json_put_real(object, "loss", f->loss);
	json_put_real(object, "corrupt", f->corrupt);
	json_put_int(object, "seed", (long long)f->seed);
	json_put_int(object, "deadline-ms", f->deadline_ms);
	json_put_str(object, "protocol", t->protocol);
	put_ranges(object, "local-port", &t->local_port);
	put_ranges(object, "remote-port", &t->remote_port);
	put_ranges(object, "exclude-port", &t->exclude_port);
	put_nets(object, "destination-ip", &t->destination_ip);
	put_nets(object, "exclude-ip", &t->exclude_ip);
	return object;
}

static int get_ranges(const json_t *object, const char *key, struct ranges *ret, struct err *e)
{
	const char *text = json_text(object, key);

	return str_empty(text) ? 0 : ranges_parse(text, 1, 65535, ret, e);
}

static int get_nets(const json_t *object, const char *key, struct nets *ret, struct err *e)
{
	const char *text = json_text(object, key);

	return str_empty(text) ? 0 : nets_parse(text, ret, e);
}

void traffic_free(struct traffic *t)
{
	free(t->interface);
	free(t->protocol);
	ranges_free(&t->local_port);
	ranges_free(&t->remote_port);
	ranges_free(&t->exclude_port);
	nets_free(&t->destination_ip);
	nets_free(&t->exclude_ip);
	*t = (struct traffic){ 0 };
}

static int get_lists(const json_t *object, struct traffic *t, struct err *e)
{
	int r = get_ranges(object, "local-port", &t->local_port, e);

	if (r == 0)
		r = get_ranges(object, "remote-port", &t->remote_port, e);
	if (r == 0)
		r = get_ranges(object, "exclude-port", &t->exclude_port, e);
	if (r == 0)
		r = get_nets(object, "destination-ip", &t->destination_ip, e);
	if (r == 0)
		r = get_nets(object, "exclude-ip", &t->exclude_ip, e);
	return r;
}

int net_fault_from_json(
	const json_t *object, struct traffic *traffic, struct net_fault *ret, struct err *e)
{
	struct traffic t = { 0 };
	const char *protocol = json_text(object, "protocol");
	int r = get_lists(object, &t, e);

	if (r == 0 && !str_empty(protocol) && (t.protocol = strdup(protocol)) == NULL)
		r = err_set(e, ERR_NOMEM, errno, "record of a network fault");
	if (r < 0) {
		traffic_free(&t);
		return r;
	}
	*traffic = t;
	*ret = (struct net_fault){
		.traffic = traffic,
		.delay_ms = json_number_value(json_object_get(object, "delay-ms")),
		.jitter_ms = json_number_value(json_object_get(object, "jitter-ms")),
		.loss = json_number_value(json_object_get(object, "loss")),
		.corrupt = json_number_value(json_object_get(object, "corrupt")),
		.seed = (uint64_t)json_integer_value(json_object_get(object, "seed")),
		.deadline_ms = json_integer_value(json_object_get(object, "deadline-ms")),
	};
	return 0;
}
