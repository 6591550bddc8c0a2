/* Definitions of drills as requests carry them: checked, put in order, and read for arguments. */
#include "box/drill/definition.h"

#include <string.h>

#include "box/drill/chain.h"

static int fault(void *arg, const char *app_code, bool pods, bool recovery, const char **ret_name,
	struct err *e)
{
	size_t len = strlen(app_code), suffix = strlen(".stop");

	(void)arg;
	(void)pods;
	*ret_name = "a fault";
	if (recovery && (len < suffix || strcmp(app_code + len - suffix, ".stop") != 0))
		return err_set(e, ERR_INVALID, 0, "no recovery");
	return 0;
}

static int arguments(void *arg, const char *app_code, const json_t *values, struct err *e)
{
	(void)arg;
	(void)app_code;
	(void)values;
	(void)e;
	return 0;
}

static int host(void *arg, const json_t *given, bool pods, json_t **ret, struct err *e)
{
	(void)arg;
	(void)e;
	(void)pods;
	*ret = json_deep_copy(given);
	return 0;
}

static int application(void *arg, const char *id, char ret_name[static 128], struct err *e)
{
	(void)arg;
	(void)id;
	(void)e;
	ret_name[0] = '\0';
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct definition_world world = {
		.fault = fault, .arguments = arguments, .host = host, .application = application
	};
	json_t *definition = json_loadb((const char *)data, size, 0, NULL);
	struct chain chain = { 0 };
	bool draft;

	if (json_is_object(definition) && definition_check(definition, &world, &draft, NULL) == 0 &&
		chain_make(definition, &chain, NULL) == 0)
		for (size_t i = 0; i < chain.n; i++)
			json_decref(activity_arguments(chain.links[i].activity));
	chain_free(&chain);
	json_decref(definition);
	return 0;
}
