/* The catalogue and the caller's machines, as the check of a definition asks for them. */
#include "box/api/drill_world.h"

#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "box/api/box.h"
#include "box/api/host.h"
#include "box/catalogue/catalogue.h"
#include "box/fleet/fleet.h"

/* What is true of a host now and not for a definition. */
static const char *const passing[] = { "allow", "invalid", "invalidCode", "authMessage", "podState",
	"restartCount" };

static int fault(void *arg, const char *app_code, bool pods, bool recovery, const char **ret_name,
	struct err *e)
{
	struct drill_world *world = arg;
	const struct function *f = catalogue_find(world->call->box->catalogue, app_code);

	if (!f || function_on_hosts(f) == pods)
		return call_fail(world->call, e, API_B_MINIAPP_NOT_EXIST,
			"`app_code`: there is no %s for %s", app_code, pods ? "pods" : "hosts");
	if ((f->phase == FUNCTION_RECOVER) != recovery)
		return err_set(
			e, ERR_INVALID, 0, "`app_code`: %s belongs into another phase", app_code);
	function_name(f, world->call->english, world->name, sizeof(world->name));
	*ret_name = world->name;
	return 0;
}

static int arguments(void *arg, const char *app_code, const json_t *values, struct err *e)
{
	const struct drill_world *world = arg;

	return function_check(catalogue_find(world->call->box->catalogue, app_code), values, e);
}

static int host(void *arg, const json_t *given, bool pods, json_t **ret, struct err *e)
{
	struct drill_world *world = arg;
	struct call *c = world->call;
	struct device device;
	int r = host_find(c, given, &device, e);

	if (r == -ERR_NOTFOUND)
		return call_fail(c, e, API_P_ERROR_HOSTS_NOT_FOUND, "%s", e->msg);
	if (r < 0)
		return r;
	if (!str_eq(device.namespace, world->namespace))
		return call_fail(c, e, API_P_ERROR_EXPERIMENT_APP_SHOULD_IN_SAME_NAMESPACE,
			"the machine %s belongs to the namespace %s", device.configuration_id,
			device.namespace);
	if (pods && !device_is_pod(&device))
		return err_set(
			e, ERR_INVALID, 0, "the machine %s is no pod", device.configuration_id);
	if (!pods && !str_empty(device.cluster_id))
		return err_set(e, ERR_INVALID, 0, "the machine %s is %s, no host",
			device.configuration_id,
			device_is_pod(&device) ? "a pod" : "the agent of a cluster");
	if (!pods && device.device_type != DEVICE_TYPE_HOST)
		return err_set(
			e, ERR_INVALID, 0, "the machine %s is no host", device.configuration_id);
	*ret = host_json(&device);
	for (size_t i = 0; i < ARRAY_LEN(passing); i++)
		json_object_del(*ret, passing[i]);
	return 0;
}

static int application(void *arg, const char *id, char ret_name[static 128], struct err *e)
{
	struct drill_world *world = arg;
	struct call *c = world->call;
	struct application a = { 0 };
	long long number = 0;
	int r = str_to_int(id, 1, INT64_MAX, &number, NULL);

	if (r == 0)
		r = store_application_find(c->db, c->user.id, number, world->namespace, "", &a, e);
	if (r == -ERR_NOTFOUND || number == 0 || (r == 0 && !str_eq(a.namespace, world->namespace)))
		return call_fail(c, e, API_P_APPLICATION_NOT_FOUND,
			"`appId`: there is no application %s", id);
	if (r == 0)
		snprintf(ret_name, 128, "%s", a.name);
	return r;
}

const struct definition_world *drill_world_open(struct drill_world *world)
{
	world->checks = (struct definition_world){ .arg = world,
		.fault = fault,
		.arguments = arguments,
		.host = host,
		.application = application };
	return &world->checks;
}

int drill_world_namespace(struct call *c, const char *namespace, struct err *e)
{
	long long id;
	int r = store_namespace_find(c->db, c->user.id, namespace, &id, e);

	if (r == -ERR_NOTFOUND)
		return call_fail(c, e, API_P_NAMESPACE_MISSED, "%s", namespace);
	return r;
}
