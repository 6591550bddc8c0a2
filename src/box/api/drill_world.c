#include "box/api/drill_world.h"

#include <stdint.h>
#include <stdio.h>

#include "base/str.h"
#include "box/api/box.h"
#include "box/catalogue/catalogue.h"
#include "box/drill/view.h"
#include "box/store/fleet.h"

static int fault(void *arg, const char *app_code, const char **ret_name, struct err *e)
{
	struct drill_world *world = arg;
	const struct function *f = catalogue_find(world->call->box->catalogue, app_code);

	if (!f || !f->on_hosts)
		return call_fail(world->call, e, API_B_MINIAPP_NOT_EXIST,
			"`app_code`: there is no %s for hosts", app_code);
	function_name(f, world->call->english, world->name, sizeof(world->name));
	*ret_name = world->name;
	return 0;
}

static int arguments(void *arg, const char *app_code, const json_t *values, struct err *e)
{
	const struct drill_world *world = arg;

	return function_check(catalogue_find(world->call->box->catalogue, app_code), values, e);
}

/* Host of the API: as the store knows it, whatever the request said. */
static json_t *host_json(const struct device *d)
{
	json_t *host = json_object();

	json_put_str(host, "ip", d->private_ip);
	json_put_int(host, "port", d->port);
	json_put_str(host, "hostName", d->hostname);
	json_put_str(host, "privateIp", d->private_ip);
	json_put_str(host, "deviceId", d->device_id);
	json_put_str(host, "deviceName", d->hostname);
	json_put_str(host, "deviceConfigurationId", d->configuration_id);
	json_put_str(host, "appConfigurationId", d->configuration_id);
	json_put_int(host, "scopeType", SCOPE_HOST);
	json_put_int(host, "deviceType", d->device_type);
	json_put_int(host, "osType", d->os_type);
	json_put_bool(host, "k8s", false);
	json_put_bool(host, "invalid", false);
	if (d->app_id == 0)
		return host;
	json_put_str(host, "app", d->app_name);
	view_put_id(host, "appId", d->app_id);
	json_put_str(host, "nodeGroup", d->group_name);
	return host;
}

static int host(void *arg, const json_t *given, json_t **ret, struct err *e)
{
	struct drill_world *world = arg;
	struct call *c = world->call;
	const char *id = json_text(given, "deviceConfigurationId");
	struct device device;
	int r;

	if (str_empty(id))
		id = json_text(given, "appConfigurationId");
	if (str_empty(id))
		return err_missing(e, "deviceConfigurationId");
	r = store_device_find(c->db, c->user.id, id, &device, e);
	if (r == -ERR_NOTFOUND)
		return call_fail(c, e, API_P_ERROR_HOSTS_NOT_FOUND, "there is no machine %s", id);
	if (r < 0)
		return r;
	if (!str_eq(device.namespace, world->namespace))
		return call_fail(c, e, API_P_ERROR_EXPERIMENT_APP_SHOULD_IN_SAME_NAMESPACE,
			"the machine %s belongs to the namespace %s", id, device.namespace);
	if (device.device_type != DEVICE_TYPE_HOST)
		return err_set(e, ERR_INVALID, 0, "the machine %s is no host", id);
	*ret = host_json(&device);
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
