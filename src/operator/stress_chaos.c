/* StressChaos: load on processors and memory of a container, as orders to the node. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "operator/order.h"

static int common_check(const json_t *stressor, const char *name, struct err *e)
{
	if (json_array_size(json_object_get(stressor, "options")) > 0)
		return err_set(e, ERR_UNSUPPORTED, 0,
			"spec.stressors.%s.options: there is no stress-ng here", name);
	if (json_integer_value(json_object_get(stressor, "workers")) < 1)
		return err_set(e, ERR_INVALID, 0, "spec.stressors.%s.workers: 1 at least", name);
	return 0;
}

static int cpu_add(const json_t *cpu, struct orders *o, struct err *e)
{
	const json_t *load = json_object_get(cpu, "load");
	json_t *flags = orders_add(o, "cpu", "fullload");

	json_object_set_new(flags, "cpu-count",
		json_sprintf(
			"%lld", (long long)json_integer_value(json_object_get(cpu, "workers"))));
	json_object_set_new(flags, "cpu-percent",
		json_sprintf("%lld", load ? (long long)json_integer_value(load) : 100LL));
	return common_check(cpu, "cpu", e);
}

static int memory_add(const json_t *memory, struct orders *o, struct err *e)
{
	const char *size = json_text(memory, "size");
	json_t *flags = orders_add(o, "mem", "load");
	size_t len = strlen(size);
	char digits[8] = "";
	long long percent;

	if (json_integer_value(json_object_get(memory, "oomScoreAdj")) != 0)
		return err_set(e, ERR_UNSUPPORTED, 0,
			"spec.stressors.memory.oomScoreAdj: is not supported");
	if (len == 0 || size[len - 1] != '%')
		return err_set(e, ERR_UNSUPPORTED, 0,
			"spec.stressors.memory.size: percent of the container's limit only");
	snprintf(digits, sizeof(digits), "%.*s", (int)len - 1, size);
	if (str_to_int(digits, 1, 100, &percent, e) < 0)
		return err_set(e, ERR_INVALID, 0, "spec.stressors.memory.size: `%.50s`", size);
	json_put_str(flags, "mem-percent", digits);
	return common_check(memory, "memory", e);
}

int stress_chaos_orders(const json_t *spec, const char *peers, struct orders *ret, struct err *e)
{
	const json_t *stressors = json_object_get(spec, "stressors");
	const json_t *cpu = json_object_get(stressors, "cpu");
	const json_t *memory = json_object_get(stressors, "memory");
	int r = 0;

	(void)peers;
	if (*json_text(spec, "stressngStressors"))
		return err_set(e, ERR_UNSUPPORTED, 0,
			"spec.stressngStressors: there is no stress-ng here");
	if (cpu)
		r = cpu_add(cpu, ret, e);
	if (r == 0 && memory)
		r = memory_add(memory, ret, e);
	return r == 0 && ret->n == 0 ? err_missing(e, "spec.stressors") : r;
}
