/* Network faults as JSON. */
#include "net/record.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"

enum { MOST_TEXT = 256 * 1024 };

static const struct {
	const char *key;
	size_t at; /* of a struct ranges */
} ranges[] = {
	{ "local-port", offsetof(struct traffic, local_port) },
	{ "remote-port", offsetof(struct traffic, remote_port) },
	{ "exclude-port", offsetof(struct traffic, exclude_port) },
};

static const struct {
	const char *key;
	size_t at; /* of a struct nets */
} nets[] = {
	{ "destination-ip", offsetof(struct traffic, destination_ip) },
	{ "exclude-ip", offsetof(struct traffic, exclude_ip) },
	{ "source-ip", offsetof(struct traffic, source_ip) },
	{ "exclude-source-ip", offsetof(struct traffic, exclude_source_ip) },
};

static const struct {
	const char *key;
	size_t at; /* of a char * */
} texts[] = {
	{ "protocol", offsetof(struct traffic, protocol) },
	{ "include", offsetof(struct traffic, include) },
};

static const void *member(const struct traffic *t, size_t at)
{
	return (const char *)t + at;
}

static void put_list(json_t *object, const char *key, struct buf *text)
{
	if (text->len > 0)
		json_put_str(object, key, buf_text(text));
	buf_reset(text);
}

/* The set by its number, which it has as long as a program holds it. */
static void put_found(json_t *object, const struct traffic_found *found)
{
	json_t *groups = json_array();
	uint32_t number = 0;

	if (found->set > 0 && bpf_map_number(found->set, &number, NULL) == 0)
		json_put_int(object, "set", number);
	json_put_bool(object, "exempts", found->exempts);
	json_put_bool(object, "sockets", found->sockets);
	for (size_t i = 0; i < found->n_groups; i++)
		json_array_append_new(
			groups, json_pack("{s:I,s:i}", "id", (json_int_t)found->groups[i].id,
					"level", (int)found->groups[i].level));
	json_object_set_new(object, "groups", groups);
}

static void put_traffic(json_t *object, const struct traffic *t)
{
	autobuf struct buf b = BUF_INIT(MOST_TEXT);

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		json_put_str(object, texts[i].key, *(char *const *)member(t, texts[i].at));
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		traffic_put_ranges(&b, member(t, ranges[i].at));
		put_list(object, ranges[i].key, &b);
	}
	for (size_t i = 0; i < ARRAY_LEN(nets); i++) {
		traffic_put_nets(&b, member(t, nets[i].at));
		put_list(object, nets[i].key, &b);
	}
	put_found(object, &t->found);
}

/*
 * The shares and times; of a rate and a distribution, how much is enough to know that one is there:
 * whoever has either shares its tree with nobody, so nobody computes it anew.
 */
static const struct {
	const char *key;
	size_t offset;
} reals[] = {
#define REAL(key, member)                                                                          \
	{                                                                                          \
		key, offsetof(struct net_fault, member)                                            \
	}
	REAL("delay-ms", delay_ms),
	REAL("jitter-ms", jitter_ms),
	REAL("loss", loss),
	REAL("duplicate", duplicate),
	REAL("corrupt", corrupt),
	REAL("reorder", reorder),
	REAL("burst-p", gemodel.p),
#undef REAL
};

static double *real_of(const struct net_fault *f, size_t i)
{
	return (double *)((char *)(uintptr_t)f + reals[i].offset);
}

json_t *net_fault_to_json(const struct net_fault *f)
{
	json_t *object = json_object();

	for (size_t i = 0; i < ARRAY_LEN(reals); i++)
		json_put_real(object, reals[i].key, *real_of(f, i));
	json_put_int(object, "rate", (long long)f->rate.bps);
	json_put_int(object, "distribution", f->distribution);
	json_put_int(object, "seed", (long long)f->seed);
	json_put_int(object, "deadline-ms", f->deadline_ms);
	put_traffic(object, f->traffic);
	return object;
}

void traffic_free(struct traffic *t)
{
	free(t->interface);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		free(*(char **)member(t, texts[i].at));
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		ranges_free((struct ranges *)member(t, ranges[i].at));
	for (size_t i = 0; i < ARRAY_LEN(nets); i++)
		nets_free((struct nets *)member(t, nets[i].at));
	if (t->found.set > 0)
		close(t->found.set);
	free(t->found.groups);
	*t = (struct traffic){ 0 };
}

static int get_texts(const json_t *object, struct traffic *t, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *text = json_text(object, texts[i].key);
		char **to = (char **)member(t, texts[i].at);

		if (!str_empty(text) && (*to = strdup(text)) == NULL)
			return err_set(e, ERR_NOMEM, errno, "record of a network fault");
	}
	return 0;
}

static int get_lists(const json_t *object, struct traffic *t, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(ranges) && r == 0; i++) {
		const char *text = json_text(object, ranges[i].key);

		if (!str_empty(text))
			r = ranges_parse(
				text, 1, 65535, (struct ranges *)member(t, ranges[i].at), e);
	}
	for (size_t i = 0; i < ARRAY_LEN(nets) && r == 0; i++) {
		const char *text = json_text(object, nets[i].key);

		if (!str_empty(text))
			r = hosts_parse(text, (struct nets *)member(t, nets[i].at), e);
	}
	return r;
}

/* A set that nobody holds any more selects nobody: what is only in it is not hit. */
static int get_found(const json_t *object, struct traffic_found *found, struct err *e)
{
	json_t *groups = json_object_get(object, "groups"), *group;
	long long number = json_integer_value(json_object_get(object, "set"));
	size_t i;

	if (number > 0 && bpf_map_open((uint32_t)number, &found->set, NULL) < 0)
		found->set = 0;
	found->exempts = found->set > 0 && json_is_true(json_object_get(object, "exempts"));
	found->sockets = json_is_true(json_object_get(object, "sockets"));
	found->groups = calloc(json_array_size(groups) + 1, sizeof(*found->groups));
	if (found->groups == NULL)
		return err_set(e, ERR_NOMEM, errno, "record of a network fault");
	json_array_foreach(groups, i, group)
	{
		found->groups[found->n_groups++] = (struct cgroup2_name){
			.id = (uint64_t)json_integer_value(json_object_get(group, "id")),
			.level = (unsigned)json_integer_value(json_object_get(group, "level")),
		};
	}
	return 0;
}

int net_fault_from_json(
	const json_t *object, struct traffic *traffic, struct net_fault *ret, struct err *e)
{
	struct traffic t = { 0 };
	int r = get_texts(object, &t, e);

	if (r == 0)
		r = get_lists(object, &t, e);
	if (r == 0)
		r = get_found(object, &t.found, e);
	if (r < 0) {
		traffic_free(&t);
		return r;
	}
	*traffic = t;
	*ret = (struct net_fault){
		.traffic = traffic,
		.rate.bps = (uint64_t)json_integer_value(json_object_get(object, "rate")),
		.distribution = (enum net_distribution)json_integer_value(
			json_object_get(object, "distribution")),
		.seed = (uint64_t)json_integer_value(json_object_get(object, "seed")),
		.deadline_ms = json_integer_value(json_object_get(object, "deadline-ms")),
	};
	for (size_t i = 0; i < ARRAY_LEN(reals); i++)
		*real_of(ret, i) = json_number_value(json_object_get(object, reals[i].key));
	return 0;
}
