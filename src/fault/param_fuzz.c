/* Values of parameters come from whoever gives the order. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fault/param.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_args {
	bool flag;
	long long number, time;
	double real;
	char *text, *choice;
	struct ranges ranges;
	struct nets nets, hosts;
	char *choices;
};

static const struct param rows[] = {
	{ "flag", PARAM_BOOL, offsetof(struct fuzz_args, flag) },
	{ "number", PARAM_INT, offsetof(struct fuzz_args, number), -5, 1e300 },
	{ "time", PARAM_DURATION, offsetof(struct fuzz_args, time), 1, 1000 },
	{ "real", PARAM_REAL, offsetof(struct fuzz_args, real) },
	{ "text", PARAM_STR, offsetof(struct fuzz_args, text) },
	{ "choice", PARAM_CHOICE, offsetof(struct fuzz_args, choice), .choices = "a b" },
	{ "ranges", PARAM_RANGES, offsetof(struct fuzz_args, ranges) },
	{ "nets", PARAM_NETS, offsetof(struct fuzz_args, nets) },
	{ "hosts", PARAM_HOSTS, offsetof(struct fuzz_args, hosts) },
	{ "choices", PARAM_CHOICES, offsetof(struct fuzz_args, choices), .choices = "a b" },
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *values = json_object();
	struct fuzz_args args;

	if (size > 0)
		json_object_set_new(values, rows[data[0] % 10].name,
			json_stringn((const char *)data + 1, size - 1));
	if (params_parse(rows, values, &args, NULL) == 0)
		params_free(rows, &args);
	json_decref(values);
	return 0;
}
