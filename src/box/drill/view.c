/* JSON of tasks, activities and executions. */
#include "box/drill/view.h"

#include <stdio.h>

#include "base/json.h"
#include "base/str.h"

#define PERMISSION_ALL 7

void view_put_time(json_t *object, const char *key, int64_t ms)
{
	if (ms > 0)
		json_put_int(object, key, ms);
}

void view_put_id(json_t *object, const char *key, long long id)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", id);
	json_put_str(object, key, text);
}

size_t view_left(const struct run *run)
{
	size_t left = 0;

	for (size_t i = 0; run->state == STATE_FINISHED && i < run->injection_count; i++)
		left += run->injections[i].state < INJECTION_ABSENT;
	return left;
}

static void put_filled(json_t *object, const char *key, const char *text)
{
	json_put_str(object, key, str_empty(text) ? NULL : text);
}

static void put_message(json_t *object, const struct run *run)
{
	size_t left = view_left(run);
	char text[RUN_TEXT_MAX + 128];

	snprintf(text, sizeof(text), "%s", run->message);
	if (left > 0)
		snprintf(text, sizeof(text),
			"%s%s%zu faults are not taken back yet; it is tried again", run->message,
			str_empty(run->message) ? "" : "; ", left);
	put_filled(object, "message", text);
}

static bool is_over(const struct activity *a)
{
	return a->state == STATE_FINISHED && a->check != CHECK_WAITING;
}

static const char *current_phase(const struct run *run)
{
	for (size_t i = 0; i < run->activity_count; i++)
		if (!is_over(&run->activities[i]))
			return run_phase_name(run->activities[i].phase);
	if (run->activity_count == 0)
		return NULL;
	return run_phase_name(run->activities[run->activity_count - 1].phase);
}

static int progress(const struct run *run)
{
	size_t over = 0;

	for (size_t i = 0; i < run->activity_count; i++)
		over += is_over(&run->activities[i]);
	if (run->state == STATE_FINISHED)
		return 100;
	return (int)(over * 100 / run->activity_count);
}

json_t *view_task(const struct run *run, const char *creator)
{
	json_t *task = json_object(), *who;

	json_put_str(task, "experimentName", run->name);
	view_put_id(task, "experimentId", run->experiment);
	view_put_id(task, "taskId", run->id);
	view_put_time(task, "startTime", run->start_ms);
	view_put_time(task, "endTime", run->end_ms);
	json_put_str(task, "state", run_state_name(run->state));
	json_put_str(task, "result", run_result_name(run->result));
	put_message(task, run);
	json_put_str(task, "currentPhase", current_phase(run));
	json_put_str(task, "namespace", run->namespace);
	if (run->feedback >= 0)
		json_put_int(task, "feedbackStatus", run->feedback);
	if (creator) {
		who = json_object();
		json_put_str(who, "userName", creator);
		json_object_set_new(task, "creator", who);
	}
	if (run->activity_count > 0 || run->state == STATE_FINISHED) /* not of a bare head */
		json_put_int(task, "progressPercent", progress(run));
	json_put_int(task, "duration", run->duration_s);
	view_put_time(task, "deadline", run->deadline_ms);
	json_put_int(task, "seed", run->seed);
	return task;
}

static void put_effect(json_t *object, const struct execution *x)
{
	json_t *effect = x->effect ? json_loads(x->effect, 0, NULL) : NULL;

	if (effect)
		json_object_set_new(object, "effect", effect);
}

json_t *view_execution(const struct run *run, size_t execution)
{
	const struct execution *x = &run->executions[execution];
	json_t *object = json_object();
	int newest = x->newest;

	view_put_id(object, "taskId", x->id);
	view_put_time(object, "startTime", x->start_ms);
	view_put_time(object, "endTime", x->end_ms);
	json_put_str(object, "state", run_state_name(x->state));
	json_put_str(object, "result", run_result_name(x->result));
	json_put_str(object, "hostIp", x->host_ip);
	json_put_str(object, "deviceName", x->device_name);
	json_put_str(object, "appConfigurationId", x->target);
	put_filled(object, "errorMessage", x->error);
	if (newest < 0 && x->attacked >= 0)
		newest = run->executions[x->attacked].newest;
	if (newest >= 0) {
		const struct injection *in = &run->injections[newest];

		json_put_str(object, "expId", in->uid);
		view_put_time(object, "deadline", in->deadline_ms);
		json_put_bool(object, "recovered", in->state >= INJECTION_ABSENT);
	}
	put_effect(object, x);
	return object;
}

/* A pod of an order: the order's own values, and what differs. */
static json_t *view_pod(const struct run *run, size_t execution, const struct run_pod *pod)
{
	const struct execution *x = &run->executions[execution];
	json_t *object = view_execution(run, execution);
	bool good = pod->result == RESULT_SUCCESS;

	json_put_str(object, "deviceName", pod->name);
	json_put_str(object, "hostIp", pod->ip);
	json_put_str(object, "appConfigurationId", pod->configuration_id);
	json_put_str(object, "clusterName", x->device_name);
	put_filled(object, "kubNamespace", x->space);
	put_filled(object, "nodeName", pod->node);
	put_filled(object, "subExpId", pod->sub_uid);
	json_object_del(object, "errorMessage");
	if (pod->result != RESULT_NONE)
		json_put_str(object, "result", run_result_name(pod->result));
	if (!good)
		put_filled(object, "errorMessage", str_empty(pod->error) ? x->error : pod->error);
	return object;
}

static void add_targets(json_t *apps, const struct run *run, size_t execution)
{
	const struct execution *x = &run->executions[execution];

	if (!execution_is_order(x))
		json_array_append_new(apps, view_execution(run, execution));
	for (size_t i = x->first_pod; i < x->first_pod + x->pod_count; i++)
		json_array_append_new(apps, view_pod(run, execution, &run->pods[i]));
}

/* A failed activity that may be repeated now (see machine_retry). */
static bool retryable(const struct run *run, size_t activity)
{
	const struct activity *a = &run->activities[activity];

	if (a->state != STATE_FINISHED || a->result == RESULT_SUCCESS ||
		a->result == RESULT_REJECTED)
		return false;
	if (a->phase == PHASE_RECOVER)
		return true;
	for (size_t i = activity + 1; i < run->activity_count; i++)
		if (run->activities[i].state != STATE_READY)
			return false;
	return run->state == STATE_RUNNING;
}

static json_t *run_param(const struct activity *a)
{
	json_t *param = json_object(), *arguments = json_object();

	json_object_set_new(arguments, "action", json_loads(a->arguments, 0, NULL));
	json_put_str(param, "activityId", a->definition_id);
	json_object_set_new(param, "arguments", arguments);
	json_put_bool(param, "interruptedIfFailed", a->interrupt);
	json_put_int(param, "failedTolerance", a->tolerance);
	json_put_bool(param, "needUserCheck", a->needs_check);
	return param;
}

json_t *view_activity(const struct run *run, size_t activity)
{
	const struct activity *a = &run->activities[activity];
	json_t *object = json_object(), *apps = json_array();

	view_put_id(object, "experimentTaskId", run->id);
	view_put_id(object, "activityTaskId", a->id);
	json_put_str(object, "activityId", a->definition_id);
	view_put_time(object, "startTime", a->start_ms);
	view_put_time(object, "endTime", a->end_ms);
	json_put_str(object, "state", run_state_name(a->state));
	json_put_str(object, "runResult", run_result_name(a->result));
	json_put_str(object, "userCheckState", user_check_name(a->check));
	json_put_str(object, "phase", run_phase_name(a->phase));
	put_filled(object, "errorMessage", a->error);
	json_object_set_new(object, "runParam", run_param(a));
	for (size_t i = 0; i < run->execution_count; i++)
		if (run->executions[i].activity == activity)
			add_targets(apps, run, i);
	json_object_set_new(object, "apps", apps);
	json_put_str(object, "miniAppName", a->name);
	json_put_str(object, "miniAppCode", a->app_code);
	json_put_int(object, "order", (long long)activity);
	json_put_str(object, "executableAppCode", a->app_code);
	json_put_str(object, "flowId", a->flow_id);
	json_put_bool(object, "retryable", retryable(run, activity));
	if (a->state == STATE_RUNNING && a->step != STEP_WORK)
		view_put_time(object, "pausedUntil", a->wake_ms);
	return object;
}

json_t *view_task_full(const struct run *run, const char *creator)
{
	json_t *task = view_task(run, creator), *activities = json_array();

	for (size_t i = 0; i < run->activity_count; i++)
		json_array_append_new(activities, view_activity(run, i));
	json_object_set_new(task, "activities", activities);
	json_put_int(task, "permission", PERMISSION_ALL);
	json_put_bool(task, "isJvm", false);
	return task;
}
