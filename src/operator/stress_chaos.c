/* StressChaos: load on processors and memory of a container, as orders to the node. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "operator/kind.h"

enum { MOST_WORKERS = 8192, OPTIONS_MAX = 65536, MB = 1 << 20 };
enum { MOST_RATE_MB = 1000000 }; /* mem load's: at once */

#define MOST_BYTES (1LL << 50)

/* What is wanted of both stressors, whichever way it is said. */
struct stress {
	long long cpu, load; /* cpu: workers, 0: none; load: percent */
	long long vm;	     /* workers, 0: none */
	char size[32];	     /* of all of them: "25%" of the container's limit, "256MB" */
	long long grow_ms;   /* in this time all of it is taken */
	long long oom;	     /* 0: as it comes */
};

/* --- options of stress-ng and memStress ------------------------------------------------------- */

enum option { CPU, LOAD, VM, SIZE, TIME, KEEP };
enum place { STRESSNG = 1, CPU_OPTIONS = 2, MEMORY_OPTIONS = 4 };

static const struct {
	const char *name;
	enum option option; /* KEEP has no value: it is kept anyway */
	unsigned places;
} options[] = {
	{ "--cpu", CPU, STRESSNG },
	{ "-c", CPU, STRESSNG },
	{ "--cpu-load", LOAD, STRESSNG | CPU_OPTIONS },
	{ "-l", LOAD, STRESSNG | CPU_OPTIONS },
	{ "--vm", VM, STRESSNG },
	{ "-m", VM, STRESSNG },
	{ "--vm-bytes", SIZE, STRESSNG },
	{ "--vm-keep", KEEP, STRESSNG },
	{ "--time", TIME, MEMORY_OPTIONS },
};

static int option_set(struct stress *s, enum option option, const char *value, struct err *e)
{
	switch (option) {
	case CPU:
		return str_to_int(value, 1, MOST_WORKERS, &s->cpu, e);
	case LOAD:
		return str_to_int(value, 0, 100, &s->load, e);
	case VM:
		return str_to_int(value, 1, MOST_WORKERS, &s->vm, e);
	case SIZE:
		snprintf(s->size, sizeof(s->size), "%s", value);
		return 0;
	case TIME:
		return str_to_duration(value, &s->grow_ms, e);
	default:
		return 0;
	}
}

/* -1: it is none that is known there. */
static int option_find(const char *word, enum place place)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].places & place && strlen(options[i].name) == len &&
			strncmp(options[i].name, word, len) == 0)
			return (int)i;
	return -1;
}

/* "--cpu 2" and "--cpu=2". */
static int options_read(
	struct stress *s, const char *text, enum place place, const char *field, struct err *e)
{
	autowords struct words w = { 0 };
	int r = words_parse(text, &w, e);

	for (size_t i = 0; i < w.n && r == 0; i++) {
		const char *word = w.v[i], *value = strchr(word, '=');
		int found = option_find(word, place);

		if (found < 0)
			return err_set(e, ERR_UNSUPPORTED, 0,
				"spec.%s: there is no `%.60s` here: the load is not stress-ng's",
				field, word);
		value = value ? value + 1 : "";
		if (options[found].option != KEEP && !*value && i + 1 < w.n)
			value = w.v[++i];
		r = option_set(s, options[found].option, value, e);
		if (r < 0)
			return err_wrap(e, "spec.%s: %s", field, word);
	}
	return r;
}

static int options_of(struct stress *s, const json_t *stressor, enum place place, const char *field,
	struct err *e)
{
	autobuf struct buf text = BUF_INIT(OPTIONS_MAX);
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(stressor, "options"), i, one)
	{
		buf_fmt(&text, "%s ", json_string_value(one) ? json_string_value(one) : "");
	}
	if (text.failed)
		return err_set(e, ERR_INVALID, 0, "spec.%s: too long", field);
	return options_read(s, buf_text(&text), place, field, e);
}

/* --- what is wanted --------------------------------------------------------------------------- */

static int workers_read(const json_t *stressor, const char *field, long long *ret, struct err *e)
{
	long long n = json_integer_value(json_object_get(stressor, "workers"));

	if (n < 1 || n > MOST_WORKERS)
		return err_set(e, ERR_INVALID, 0, "spec.stressors.%s.workers: 1 to %d", field,
			MOST_WORKERS);
	*ret = n;
	return 0;
}

static int cpu_read(const json_t *cpu, struct stress *s, struct err *e)
{
	const json_t *load = json_object_get(cpu, "load");
	int r = workers_read(cpu, "cpu", &s->cpu, e);

	if (load)
		s->load = json_integer_value(load);
	return r == 0 ? options_of(s, cpu, CPU_OPTIONS, "stressors.cpu.options", e) : r;
}

static int memory_read(const json_t *memory, struct stress *s, struct err *e)
{
	int r = workers_read(memory, "memory", &s->vm, e);

	snprintf(s->size, sizeof(s->size), "%s", json_text(memory, "size"));
	s->oom = json_integer_value(json_object_get(memory, "oomScoreAdj"));
	return r == 0 ? options_of(s, memory, MEMORY_OPTIONS, "stressors.memory.options", e) : r;
}

/* As Chaos Mesh has it: stressngStressors, where they are given, and not stressors. */
static int stress_read(const json_t *spec, struct stress *ret, struct err *e)
{
	const json_t *stressors = json_object_get(spec, "stressors");
	const json_t *cpu = json_object_get(stressors, "cpu");
	const json_t *memory = json_object_get(stressors, "memory");
	const char *words = json_text(spec, "stressngStressors");
	struct stress s = { .load = 100 };
	int r = 0;

	if (*words) {
		r = options_read(&s, words, STRESSNG, "stressngStressors", e);
	} else {
		r = cpu ? cpu_read(cpu, &s, e) : 0;
		if (r == 0 && memory)
			r = memory_read(memory, &s, e);
	}
	if (r == 0 && s.cpu == 0 && s.vm == 0)
		r = err_missing(e, "spec.stressors");
	*ret = s;
	return r;
}

/* --- the orders ------------------------------------------------------------------------------- */

static void put_int(json_t *flags, const char *name, long long value)
{
	json_object_set_new(flags, name, json_sprintf("%lld", value));
}

static void cpu_add(const struct stress *s, struct orders *o)
{
	json_t *flags = orders_add(o, "cpu", "fullload");

	put_int(flags, "workers", s->cpu);
	put_int(flags, "cpu-percent", s->load);
}

static int size_illegal(const char *size, struct err *e)
{
	return err_illegal(e, "size of memory", size, "25% of the container's limit, 256MB, 1GiB");
}

static int percent_put(const struct stress *s, size_t digits, json_t *flags, struct err *e)
{
	char text[sizeof(s->size)];
	long long percent;

	snprintf(text, sizeof(text), "%.*s", (int)digits, s->size);
	if (str_to_int(text, 0, 100, &percent, NULL) < 0)
		return size_illegal(s->size, e);
	put_int(flags, "mem-percent", percent);
	if (s->grow_ms > 0)
		return err_set(e, ERR_UNSUPPORTED, 0,
			"spec.stressors.memory.options: --time is for a size in bytes");
	put_int(flags, "rate", MOST_RATE_MB);
	return 0;
}

static int bytes_put(const struct stress *s, json_t *flags, struct err *e)
{
	long long bytes, mb;

	if (str_to_bytes(s->size, 1, MOST_BYTES, &bytes, NULL) < 0)
		return size_illegal(s->size, e);
	put_int(flags, "size", bytes);
	mb = s->grow_ms > 0 ? bytes / MB * 1000 / s->grow_ms : MOST_RATE_MB;
	put_int(flags, "rate", mb < 1 ? 1 : mb < MOST_RATE_MB ? mb : MOST_RATE_MB);
	return 0;
}

static int memory_add(const struct stress *s, struct orders *o, struct err *e)
{
	json_t *flags = orders_add(o, "mem", "load");
	size_t digits = strcspn(s->size, "%");
	int r = s->size[digits] && !s->size[digits + 1] ? percent_put(s, digits, flags, e)
							: bytes_put(s, flags, e);

	if (s->oom != 0)
		put_int(flags, "oom-score-adj", s->oom);
	return r;
}

int stress_chaos_orders(
	const json_t *spec, const struct side *side, struct orders *ret, struct err *e)
{
	struct stress s;
	int r = stress_read(spec, &s, e);

	(void)side;
	if (r == 0 && s.cpu > 0)
		cpu_add(&s, ret);
	if (r == 0 && s.vm > 0)
		r = memory_add(&s, ret, e);
	return r;
}

/* Which of the record's orders is which load, and since when. */
void stress_chaos_note(const struct task *t, bool in, json_t *status)
{
	const struct side side = { t->key, "" };
	json_t *instances = json_object_get(status, "instances"), *one;
	autoorders struct orders orders = { 0 };
	char id[1024], uid[64], now[40];

	snprintf(id, sizeof(id), "%s/%s/%s", t->namespace, t->pod, t->container);
	if (!in && json_object_get(instances, id)) /* of a merge patch, what is to go is null */
		json_object_set_new(instances, id, json_null());
	if (!in || stress_chaos_orders(t->spec, &side, &orders, NULL) < 0)
		return;
	if (!json_is_object(instances)) {
		instances = json_object();
		json_object_set_new(status, "instances", instances);
	}
	one = json_object();
	json_object_set_new(instances, id, one);
	clock_rfc3339_at(clock_wall_ms(), now);
	for (size_t i = 0; i < orders.n; i++) {
		bool cpu = str_eq(orders.v[i].target, "cpu");

		task_uid(t, i, uid, sizeof(uid));
		json_put_str(one, cpu ? "uid" : "memoryUid", uid);
		json_put_str(one, cpu ? "startTime" : "memoryStartTime", now);
	}
}
