/* Helpers and shapes of the handlers of drills. */
#include "box/api/drill_call.h"

#include <stdint.h>
#include <stdio.h>

#include "base/str.h"
#include "box/api/box.h"
#include "box/drill/drill.h"
#include "box/net/topic.h"

long long drill_call_id(const struct call *c, const char *name)
{
	long long id = 0;

	str_to_int(call_text(c, name), 1, INT64_MAX, &id, NULL);
	return id;
}

struct actor drill_actor(const struct call *c)
{
	return (struct actor){ .db = c->db, .user = c->user.id, .now_ms = c->now_ms };
}

int drill_call_fail(struct call *c, int r, enum api_code not_found, struct err *e)
{
	if (r == -ERR_NOTFOUND)
		return call_fail(c, e, not_found, "%s", e->msg);
	return r;
}

int drill_call_experiment(struct call *c, struct experiment *ret, struct err *e)
{
	int r = store_experiment_load(c->db, c->user.id, drill_call_id(c, "experimentId"), ret, e);

	return drill_call_fail(c, r, API_P_EXPERIMENT_NOT_FOUND, e);
}

int drill_call_run(struct call *c, struct run *ret, struct err *e)
{
	const struct actor who = drill_actor(c);
	int r = act_load(&who, drill_call_id(c, "taskId"), ret, e);

	return drill_call_fail(c, r, API_P_EXPERIMENT_TASK_NOT_FOUND, e);
}

void drill_call_changed(struct call *c, long long task)
{
	char topic[TOPIC_MAX];

	snprintf(topic, sizeof(topic), TASK_TOPIC "%lld", task);
	topics_publish(c->box->topics, DRILL_TOPIC);
	topics_publish(c->box->topics, topic);
}

int drill_add_name(const char *name, void *list, struct err *e)
{
	(void)e;
	json_array_append_new(list, json_string(name));
	return 0;
}

unsigned drill_result_bits(const json_t *names)
{
	unsigned bits = 0;

	for (int k = RESULT_SUCCESS; k <= RESULT_SOPPED_FAILED; k++)
		if (json_has_text(names, run_result_name(k)))
			bits |= 1U << (k + 1);
	return bits;
}

const struct shape drill_task_request = { "BaseExperimentTaskRequest",
	(const struct field[]){
		{ "taskId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ 0 },
	} };

static const struct shape effect_shape = { "Effect",
	(const struct field[]){
		{ "verdict", FIELD_TEXT, .help = "effective, partial or ineffective" },
		{ "requested", FIELD_REAL },
		{ "measured", FIELD_REAL },
		{ "unit", FIELD_TEXT },
		{ "what", FIELD_TEXT, .help = "how it was measured" },
		{ 0 },
	} };

static const struct shape execution_shape = { "MiniAppTaskSummary",
	(const struct field[]){
		{ "startTime", FIELD_TIME },
		{ "taskId", FIELD_TEXT, .help = "the miniAppTaskId of QueryMiniAppTask" },
		{ "state", FIELD_TEXT },
		{ "endTime", FIELD_TIME },
		{ "hostIp", FIELD_TEXT },
		{ "result", FIELD_TEXT },
		{ "deviceName", FIELD_TEXT },
		{ "appConfigurationId", FIELD_TEXT },
		{ "clusterName", FIELD_TEXT, .help = "of a pod or a node, as the next three" },
		{ "kubNamespace", FIELD_TEXT },
		{ "nodeName", FIELD_TEXT },
		{ "subExpId", FIELD_TEXT, .help = "its own uid in the cluster" },
		{ "errorMessage", FIELD_TEXT },
		{ "expId", FIELD_TEXT, .help = "uid of the experiment on the host" },
		{ "deadline", FIELD_TIME, .help = "when the host ends it by itself" },
		{ "recovered", FIELD_BOOL },
		{ "effect", FIELD_OBJECT, .shape = &effect_shape },
		{ 0 },
	} };

static const struct shape run_param_shape = { "ActivityRunParam",
	(const struct field[]){
		{ "activityId", FIELD_TEXT },
		{ "arguments", FIELD_OBJECT },
		{ "interruptedIfFailed", FIELD_BOOL },
		{ "failedTolerance", FIELD_INT },
		{ "needUserCheck", FIELD_BOOL },
		{ 0 },
	} };

const struct shape drill_activity_shape = { "ActivityTask",
	(const struct field[]){
		{ "experimentTaskId", FIELD_TEXT },
		{ "activityTaskId", FIELD_TEXT },
		{ "activityId", FIELD_TEXT },
		{ "startTime", FIELD_TIME },
		{ "endTime", FIELD_TIME },
		{ "state", FIELD_TEXT, .help = "READY, RUNNING or FINISHED" },
		{ "runResult", FIELD_TEXT, .help = "SUCCESS, FAILED, REJECTED, ERROR or STOPPED" },
		{ "userCheckState", FIELD_TEXT },
		{ "phase", FIELD_TEXT, .help = "PREPARE, ATTACK, CHECK or RECOVER" },
		{ "errorMessage", FIELD_TEXT },
		{ "runParam", FIELD_OBJECT, .shape = &run_param_shape },
		{ "apps", FIELD_LIST, .shape = &execution_shape },
		{ "miniAppName", FIELD_TEXT },
		{ "miniAppCode", FIELD_TEXT },
		{ "order", FIELD_INT },
		{ "executableAppCode", FIELD_TEXT },
		{ "flowId", FIELD_TEXT },
		{ "retryable", FIELD_BOOL },
		{ "pausedUntil", FIELD_TIME },
		{ 0 },
	} };

static const struct shape creator_shape = { "ChaosUserName", (const struct field[]){
								     { "userName", FIELD_TEXT },
								     { 0 },
							     } };

#define TASK_FIELDS                                                                                \
	{ "experimentName", FIELD_TEXT }, { "experimentId", FIELD_TEXT },                          \
		{ "taskId", FIELD_TEXT }, { "startTime", FIELD_TIME }, { "endTime", FIELD_TIME },  \
		{ "state", FIELD_TEXT, .help = "RUNNING, STOPPING or FINISHED" },                  \
		{ "result", FIELD_TEXT }, { "message", FIELD_TEXT },                               \
		{ "currentPhase", FIELD_TEXT },                                                    \
		{ "creator", FIELD_OBJECT, .shape = &creator_shape },                              \
		{ "feedbackStatus", FIELD_INT }, { "namespace", FIELD_TEXT },                      \
		{ "progressPercent", FIELD_INT }, { "duration", FIELD_INT, .help = "seconds" },    \
		{ "deadline", FIELD_TIME, .help = "of the automatic recovery" },                   \
	{                                                                                          \
		"seed", FIELD_INT, .help = "of the choice of hosts"                                \
	}

const struct shape drill_task_shape = { "ExperimentTask", (const struct field[]){
								  TASK_FIELDS,
								  { 0 },
							  } };

const struct shape drill_task_full_shape = { "ExperimentTaskSummary",
	(const struct field[]){
		TASK_FIELDS,
		{ "activities", FIELD_LIST, .shape = &drill_activity_shape },
		{ "permission", FIELD_INT },
		{ "isJvm", FIELD_BOOL },
		{ 0 },
	} };
