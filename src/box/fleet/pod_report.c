/* From the text of a report to its pods. */
#include "box/fleet/pod_report.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "box/fleet/fleet.h"

#define GROUP_SUFFIX "-group"

/* The first one that a pod has names its application. */
static const char *const app_labels[] = { "chaos/app-instance", "app-group-name",
	"app.kubernetes.io/name", "k8s-app", "app" };

/* Without a group of its own, a pod is in <app>-group, a text that the list keeps. */
static int name_group(json_t *element, struct pod *pod, struct err *e)
{
	json_t *name;

	if (str_empty(pod->app) || !str_empty(pod->group))
		return 0;
	name = json_sprintf("%s" GROUP_SUFFIX, pod->app);
	if (!name || json_object_set_new(element, GROUP_SUFFIX, name) < 0)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	pod->group = json_string_value(name);
	return 0;
}

static char *names_line(const json_t *list)
{
	autojson json_t *names = json_array();
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (json_is_string(one))
			json_array_append(names, one);
	}
	return json_line(names);
}

static int read_full(json_t *element, struct pod *pod, struct err *e)
{
	const json_t *labels = json_object_get(element, "labels");

	pod->kind = POD_FULL;
	pod->name = json_text(element, "name");
	pod->namespace = json_text(element, "namespace");
	pod->ip = json_text(element, "ip");
	pod->node = json_text(element, "nodeName");
	pod->state = json_text(element, "state");
	pod->running = strcasecmp(pod->state, "running") == 0;
	pod->restarts = (int)json_integer_value(json_object_get(element, "restartCount"));
	pod->app = "";
	for (size_t i = 0; i < ARRAY_LEN(app_labels) && str_empty(pod->app); i++)
		pod->app = json_text(labels, app_labels[i]);
	pod->group = json_text(labels, "chaos/app-group");
	pod->labels = json_is_object(labels) ? json_line(labels) : strdup("{}");
	pod->containers = names_line(json_object_get(element, "containers"));
	if (!pod->labels || !pod->containers)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return name_group(element, pod, e);
}

static int read_pod(json_t *element, struct pod *pod, struct err *e)
{
	pod->uid = json_text(element, "uid");
	if (json_is_false(json_object_get(element, "exist")))
		pod->kind = POD_DELETED;
	else if (str_empty(json_text(element, "name")))
		pod->kind = POD_SUMMARY;
	else
		return read_full(element, pod, e);
	return 0;
}

static int read_list(
	struct pod_report *report, const char *user_id, const char *namespace, struct err *e)
{
	size_t i;
	json_t *element;
	int r;

	json_array_foreach(report->list, i, element)
	{
		struct pod *pod = &report->pods[report->n];

		if (!json_is_object(element))
			return err_set(e, ERR_INVALID, 0, "`pods[%zu]`: an object expected", i);
		if (str_empty(json_text(element, "uid")))
			continue;
		report->n++;
		r = read_pod(element, pod, e);
		if (r < 0)
			return r;
		fleet_pod_cid(user_id, namespace, pod->uid, pod->cid);
	}
	return 0;
}

int pod_report_read(const char *text, size_t len, const char *user_id, const char *namespace,
	struct pod_report *ret, struct err *e)
{
	autopods struct pod_report report = { 0 };
	int r;

	if (json_parse(text, len, &report.list, NULL) < 0 || !json_is_array(report.list))
		return err_set(e, ERR_INVALID, 0, "`pods`: a JSON list expected");
	report.pods = calloc(json_array_size(report.list) + 1, sizeof(*report.pods));
	if (!report.pods)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	r = read_list(&report, user_id, namespace, e);
	if (r < 0)
		return r;
	*ret = report;
	report = (struct pod_report){ 0 };
	return 0;
}

void pod_report_done(struct pod_report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		free(report->pods[i].labels);
		free(report->pods[i].containers);
	}
	free(report->pods);
	json_decref(report->list);
	*report = (struct pod_report){ 0 };
}

json_t *pod_report_answer(const struct pod_report *report)
{
	json_t *answer = json_object();

	for (size_t i = 0; i < report->n; i++)
		if (report->pods[i].kind != POD_DELETED)
			json_put_str(answer, report->pods[i].uid, report->pods[i].cid);
	return answer;
}
