/* Commands: what may come in an option string, and what the values in it are then parsed as. */
#include <stdlib.h>
#include <string.h>

#include "jvm/agent/command.h"
#include "jvm/agent/rule.h"
#include "jvm/agent/site.h"
#include "jvm/agent/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool variable(void *ctx, int n, double *ret)
{
	(void)ctx;
	*ret = n;
	return true;
}

static bool math(void *ctx, const char *name, double a, double b, double *ret)
{
	(void)ctx;
	(void)name;
	*ret = a + b;
	return true;
}

static void use(const struct command *c)
{
	static const char *const types[] = { "I", "J", "C", "Z", "F", "D", "Ljava/lang/Long;",
		"[I" };
	const struct formula_world world = { .variable = variable, .math = math };
	struct jvm_rule_slot slot = { 0 };
	struct rule rule;
	char why[64];
	int64_t bits;

	for (size_t i = 0; i < c->n_sites; i++)
		site_has_method(&c->sites[i], c->uid ? c->uid : "m", "(I[Ljava/lang/String;)V");
	for (size_t i = 0; c->value && i < sizeof(types) / sizeof(*types); i++) {
		char letter;

		value_fits(c->value, types[i], why, sizeof(why));
		if (value_shape(types[i], &letter) == VALUE_PRIMITIVE)
			value_bits(c->value, letter, &world, &bits);
	}
	if (rule_init(&rule, c, 1, why, sizeof(why))) {
		rule.slot = &slot;
		rule_decide(&rule, NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct command *c = malloc(sizeof(*c));
	char *text = malloc(size + 1), why[64];

	memcpy(text, data, size);
	if (command_parse(text, size, c, why, sizeof(why)))
		use(c);
	free(text);
	free(c);
	return 0;
}
