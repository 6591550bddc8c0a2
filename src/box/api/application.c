/* Applications, their groups and machines. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "box/api/box.h"
#include "box/api/host.h"
#include "box/api/pod.h"
#include "box/api/scope.h"

static const struct shape pair_shape = { "AppNameAndIdPair", (const struct field[]){
								     { "app_name", FIELD_TEXT },
								     { "app_id", FIELD_TEXT },
								     { "app_type", FIELD_INT },
								     { "scope_type", FIELD_INT },
								     { "os_type", FIELD_INT },
								     { 0 },
							     } };

static const struct shape summary_shape = { "UserApplicationSummary",
	(const struct field[]){
		{ "app_name", FIELD_TEXT },
		{ "app_id", FIELD_TEXT },
		{ "app_type", FIELD_INT },
		{ "isDefault", FIELD_BOOL },
		{ "machine_count", FIELD_INT },
		{ "online_count", FIELD_INT },
		{ 0 },
	} };

static const struct shape basic_shape = { "ApplicationBasicInfo",
	(const struct field[]){
		{ "app_name", FIELD_TEXT },
		{ "app_id", FIELD_TEXT },
		{ "app_type", FIELD_INT },
		{ "app_groups", FIELD_TEXTS },
		{ "machine_count", FIELD_INT },
		{ 0 },
	} };

static const struct shape count_shape = { "ApplicationHostsCount",
	(const struct field[]){
		{ "total", FIELD_INT },
		{ "permissionCount", FIELD_INT },
		{ 0 },
	} };

static const struct shape list_request = { "ApplicationSearchRequest",
	(const struct field[]){
		{ "key", FIELD_TEXT, .help = "part of the name" },
		{ "appType", FIELD_TEXT },
		{ "osType", FIELD_INT },
		{ "page", FIELD_INT },
		{ "size", FIELD_INT },
		{ 0 },
	} };

static const struct shape application_request = { "UserApplicationQueryRequest",
	(const struct field[]){
		{ "app_id", FIELD_INT },
		{ "app_name", FIELD_TEXT, .help = "instead of the id" },
		{ 0 },
	} };

static const struct shape hosts_request = { "PageableQueryApplicationHostRequest",
	(const struct field[]){
		{ "app_id", FIELD_INT, FIELD_REQUIRED },
		{ "app_group", FIELD_TEXTS },
		{ "scopeType", FIELD_INT, .help = "0 hosts, 2 pods" },
		POD_FILTER_FIELDS,
		{ "key", FIELD_TEXT, .help = "part of an address or a host name" },
		{ "osType", FIELD_INT },
		{ "page", FIELD_INT },
		{ "size", FIELD_INT },
		{ 0 },
	} };

static const struct shape scopes_request = { "ApplicationScopeSearchRequest",
	(const struct field[]){
		{ "app_id", FIELD_INT, FIELD_REQUIRED },
		{ "group", FIELD_TEXT },
		{ "key", FIELD_TEXT },
		{ "ip", FIELD_TEXT },
		{ "page", FIELD_INT },
		{ "size", FIELD_INT },
		{ 0 },
	} };

static const struct shape count_request = { "ApplicationHostsCountRequest",
	(const struct field[]){
		{ "appId", FIELD_INT, FIELD_REQUIRED },
		{ "groupNames", FIELD_TEXTS },
		{ 0 },
	} };

static const struct shape host_request = { "ApplicationScopeQueryRequest",
	(const struct field[]){
		{ "appConfigurationId", FIELD_TEXT, FIELD_REQUIRED },
		{ 0 },
	} };

static void put_identity(json_t *out, const struct application *a)
{
	char id[24];

	snprintf(id, sizeof(id), "%lld", a->id);
	json_put_str(out, "app_name", a->name);
	json_put_str(out, "app_id", id);
	json_put_int(out, "app_type", a->app_type);
}

static int add_pair(const struct application *a, void *rows, struct err *e)
{
	json_t *out = json_object();

	(void)e;
	put_identity(out, a);
	json_put_int(out, "scope_type", a->app_type ? SCOPE_K8S : SCOPE_HOST);
	json_put_int(out, "os_type", 0);
	json_array_append_new(rows, out);
	return 0;
}

static int add_summary(const struct application *a, void *rows, struct err *e)
{
	json_t *out = json_object();

	(void)e;
	put_identity(out, a);
	json_put_bool(out, "isDefault", str_eq(a->name, "chaos-default-app"));
	json_put_int(out, "machine_count", a->machines);
	json_put_int(out, "online_count", a->online);
	json_array_append_new(rows, out);
	return 0;
}

static int page_applications(struct call *c, application_f *add, struct err *e)
{
	struct page page = call_page(c);
	struct application_filter filter = {
		.user = c->user.id,
		.namespace = c->namespace,
		.key = call_text(c, "key"),
		.offset = page_offset(&page),
		.limit = page.size,
	};
	autojson json_t *rows = json_array();
	int r;

	r = store_application_count(c->db, &filter, &page.total, e);
	if (r == 0)
		r = store_application_each(c->db, &filter, add, rows, e);
	if (r == 0)
		c->result = page_result(&page, json_incref(rows));
	return r;
}

static int user_applications(struct call *c, struct err *e)
{
	return page_applications(c, add_pair, e);
}

static int user_summaries(struct call *c, struct err *e)
{
	return page_applications(c, add_summary, e);
}

static int search_applications(struct call *c, struct err *e)
{
	struct application_filter filter = {
		.user = c->user.id,
		.namespace = c->namespace,
		.key = call_text(c, "key"),
		.limit = SCOPES_MAX,
	};

	c->result = json_array();
	return store_application_each(c->db, &filter, add_summary, c->result, e);
}

/* The caller's application that app_id or app_name names. */
static int find_application(struct call *c, long long id, struct application *ret, struct err *e)
{
	int r = store_application_find(
		c->db, c->user.id, id, c->namespace, call_text(c, "app_name"), ret, e);

	return r == -ERR_NOTFOUND ? call_fail(c, e, API_P_APPLICATION_NOT_FOUND, "%s", "") : r;
}

static int add_name(const char *name, void *names, struct err *e)
{
	(void)e;
	json_array_append_new(names, json_string(name));
	return 0;
}

static int application_groups(struct call *c, struct err *e)
{
	struct application a;
	int r = find_application(c, call_int(c, "app_id", 0), &a, e);

	if (r < 0)
		return r;
	c->result = json_array();
	return store_group_each(c->db, a.id, add_name, c->result, e);
}

static int application_basic(struct call *c, struct err *e)
{
	struct application a;
	json_t *groups;
	int r = find_application(c, call_int(c, "app_id", 0), &a, e);

	if (r < 0)
		return r;
	c->result = json_object();
	put_identity(c->result, &a);
	json_put_int(c->result, "machine_count", a.machines);
	groups = json_array();
	json_object_set_new(c->result, "app_groups", groups);
	return store_group_each(c->db, a.id, add_name, groups, e);
}

static int application_hosts(struct call *c, struct err *e)
{
	struct device_filter filter = DEVICE_FILTER_ALL;
	autofree char *groups = json_line(json_object_get(c->body, "app_group"));
	autopodfilter struct pod_filter pods = { 0 };
	struct application a;
	int r = find_application(c, call_int(c, "app_id", 0), &a, e);

	if (r == 0)
		r = pod_filter_read(c, &pods, &filter, e);
	if (r < 0)
		return r;
	filter.app_id = a.id;
	filter.groups = groups;
	filter.key = call_text(c, "key");
	filter.os_type = (int)call_int(c, "osType", -1);
	return scope_page(c, &filter, host_json, e);
}

static int application_scopes(struct call *c, struct err *e)
{
	struct device_filter filter = DEVICE_FILTER_ALL;
	struct application a;
	int r = find_application(c, call_int(c, "app_id", 0), &a, e);

	if (r < 0)
		return r;
	filter.app_id = a.id;
	filter.group = call_text(c, "group");
	filter.key = str_empty(call_text(c, "key")) ? call_text(c, "ip") : call_text(c, "key");
	return scope_page(c, &filter, scope_json, e);
}

static int count_hosts(struct call *c, struct err *e)
{
	struct device_filter filter = DEVICE_FILTER_ALL;
	const json_t *names = json_object_get(c->body, "groupNames");
	autofree char *groups = json_line(names);
	struct application a;
	long long total;
	int r = find_application(c, call_int(c, "appId", 0), &a, e);

	if (r < 0)
		return r;
	filter.user = c->user.id;
	filter.app_id = a.id;
	filter.groups = groups;
	r = store_device_count(c->db, &filter, &total, e);
	if (r < 0)
		return r;
	c->result = json_object();
	json_put_int(c->result, "total", total);
	json_put_int(c->result, "permissionCount", total);
	return 0;
}

static int one_host(struct call *c, struct err *e)
{
	struct device d;
	int r = host_find(c, c->body, &d, e);

	if (r == -ERR_NOTFOUND)
		return call_fail(c, e, API_P_APP_DEVICE_NOT_FOUND, "%s", "");
	if (r == 0)
		c->result = host_json(&d);
	return r;
}

const struct route application_routes[] = {
	{ "/chaos/GetUserApplications", ROUTE_SESSION, user_applications, &list_request,
		ANSWER_PAGE, &pair_shape, "Names and ids of the user's applications" },
	{ "/chaos/GetUserApplicationSummaries", ROUTE_SESSION, user_summaries, &list_request,
		ANSWER_PAGE, &summary_shape, "The user's applications" },
	{ "/chaos/SearchApplications", ROUTE_SESSION, search_applications, &list_request,
		ANSWER_LIST, &summary_shape, "Applications by a part of their name" },
	{ "/chaos/GetApplicationBasic", ROUTE_SESSION, application_basic, &application_request,
		ANSWER_OBJECT, &basic_shape, "One application" },
	{ "/chaos/GetUserApplicationGroups", ROUTE_SESSION, application_groups,
		&application_request, ANSWER_TEXTS, NULL, "The groups of an application" },
	{ "/chaos/GetScopesByApplication", ROUTE_SESSION, application_hosts, &hosts_request,
		ANSWER_PAGE, &host_shape, "The machines of an application, as drills take them" },
	{ "/chaos/GetApplicationHosts", ROUTE_SESSION, application_scopes, &scopes_request,
		ANSWER_PAGE, &scope_shape, "The agents of an application" },
	{ "/chaos/SearchApplicationHosts", ROUTE_SESSION, application_scopes, &scopes_request,
		ANSWER_PAGE, &scope_shape, "The same, by a part of address or name" },
	{ "/chaos/CountScopesByApplication", ROUTE_SESSION, count_hosts, &count_request,
		ANSWER_OBJECT, &count_shape, "How many machines groups have" },
	{ "/chaos/GetScopeByAppConfigurationId", ROUTE_SESSION, one_host, &host_request,
		ANSWER_OBJECT, &host_shape, "One machine" },
	{ 0 },
};
