/* Single steps of a run, and what people do about them; feedback when it is over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/rand.h"
#include "base/str.h"
#include "box/api/drill_call.h"
#include "box/drill/view.h"
#include "box/store/db.h"
#include "box/store/drill_run.h"

static const struct shape activity_request = { "QueryActivityTaskRequest",
	(const struct field[]){
		{ "activityTaskId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ 0 },
	} };

static const struct shape execution_request = { "MiniAppTaskQueryRequest",
	(const struct field[]){
		{ "miniAppTaskId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ 0 },
	} };

static const struct shape check_request = { "ActivityTaskResultConfirmRequest",
	(const struct field[]){
		{ "activityTaskId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ "success", FIELD_BOOL, .help = "true: go on; false: end the run" },
		{ "experimentTaskId", FIELD_TEXT, .max = 32 },
		{ 0 },
	} };

static const struct shape execution_full_shape = { "MiniAppTask",
	(const struct field[]){
		{ "data", FIELD_TEXT, .help = "what the agent answered" },
		{ "startTime", FIELD_TIME },
		{ "taskId", FIELD_TEXT },
		{ "state", FIELD_TEXT },
		{ "endTime", FIELD_TIME },
		{ "errorMessage", FIELD_TEXT },
		{ "hostIp", FIELD_TEXT },
		{ "result", FIELD_TEXT },
		{ "expId", FIELD_TEXT },
		{ "solution", FIELD_TEXT },
		{ "extraInfo", FIELD_MAP, .help = "request: the command that was sent" },
		{ "deviceName", FIELD_TEXT },
		{ "appConfigurationId", FIELD_TEXT },
		{ "deadline", FIELD_TIME },
		{ "recovered", FIELD_BOOL },
		{ "effect", FIELD_OBJECT },
		{ 0 },
	} };

static const struct shape feedback_shape = { "ExperimentTaskFeedback",
	(const struct field[]){
		{ "feedbackId", FIELD_TEXT, .max = 64 },
		{ "feedbackTime", FIELD_TIME },
		{ "memo", FIELD_TEXT, .max = 2000 },
		{ "expectationStatus", FIELD_INT, .max = 1, .help = "1: it went as expected" },
		{ "businessStatus", FIELD_INT, .max = 1, .help = "1: the business was hit" },
		{ "extra", FIELD_OBJECT },
		{ 0 },
	} };

static const struct shape feedback_request = { "ExperimentTaskFeedbackSubmitRequest",
	(const struct field[]){
		{ "taskId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ "feedback", FIELD_OBJECT, FIELD_REQUIRED, .shape = &feedback_shape },
		{ 0 },
	} };

static const struct shape feedback_result_shape = { "FeedbackSubmitResult",
	(const struct field[]){
		{ "redirectUrl", FIELD_TEXT },
		{ "feedbackId", FIELD_TEXT },
		{ "source", FIELD_INT },
		{ 0 },
	} };

static int query_activity(struct call *c, struct err *e)
{
	const struct actor who = drill_actor(c);
	long long id = drill_call_id(c, "activityTaskId"), task;
	autorun struct run run = { 0 };
	int r = store_run_of_activity(c->db, id, &task, e);

	if (r == 0)
		r = act_load(&who, task, &run, e);
	if (r == -ERR_NOTFOUND)
		return call_fail(c, e, API_P_ACTIVITY_TASK_NOT_FOUND, "no activity task %lld", id);
	for (size_t i = 0; r == 0 && i < run.activity_count; i++)
		if (run.activities[i].id == id)
			c->result = view_activity(&run, i);
	return r;
}

static int query_execution(struct call *c, struct err *e)
{
	const struct actor who = drill_actor(c);
	long long id = drill_call_id(c, "miniAppTaskId"), task;
	autofree char *request = NULL, *response = NULL;
	autorun struct run run = { 0 };
	json_t *extra;
	int r = store_run_of_execution(c->db, id, &task, e);

	if (r == 0)
		r = act_load(&who, task, &run, e);
	if (r == -ERR_NOTFOUND)
		return call_fail(c, e, API_P_ACTIVITY_TASK_NOT_FOUND, "no mini app task %lld", id);
	if (r < 0 || (r = store_execution_texts(c->db, id, &request, &response, e)) < 0)
		return r;
	for (size_t i = 0; i < run.execution_count; i++)
		if (run.executions[i].id == id)
			c->result = view_execution(&run, i);
	json_put_str(c->result, "data", response);
	extra = json_object();
	json_put_str(extra, "request", request);
	json_object_set_new(c->result, "extraInfo", extra);
	return 0;
}

/* The codes of a step that is not in a state for it. */
static int step_failed(struct call *c, int r, struct err *e)
{
	if (r == -ERR_BUSY)
		return call_fail(c, e, API_B_ACTIVITY_ALREADY_RUNNING, "%s", e->msg);
	if (r == -ERR_CONFLICT)
		return call_fail(c, e, API_P_ACTIVITY_TASK_STATUS_ILLEGAL, "%s", e->msg);
	return drill_call_fail(c, r, API_P_ACTIVITY_TASK_NOT_FOUND, e);
}

static int user_check(struct call *c, struct err *e)
{
	const struct actor who = drill_actor(c);
	long long id = drill_call_id(c, "activityTaskId"), task;
	int r = act_user_check(&who, id, call_bool(c, "success", false), &task, e);

	if (r < 0)
		return step_failed(c, r, e);
	drill_call_changed(c, task);
	return 0;
}

static int retry(struct call *c, struct err *e)
{
	const struct actor who = drill_actor(c);
	long long id = drill_call_id(c, "activityTaskId"), task;
	int r = act_retry(&who, id, &task, e);

	if (r < 0)
		return step_failed(c, r, e);
	drill_call_changed(c, task);
	c->result = json_string(call_text(c, "activityTaskId"));
	return 0;
}

static int get_feedback(struct call *c, struct err *e)
{
	autorun struct run run = { 0 };
	struct feedback feedback;
	int r = drill_call_run(c, &run, e);

	if (r < 0)
		return r;
	r = store_feedback_load(c->db, run.id, &feedback, e);
	if (r == -ERR_NOTFOUND) {
		c->result = json_object();
		return 0;
	}
	if (r < 0)
		return r;
	c->result = json_object();
	json_put_str(c->result, "feedbackId", feedback.id);
	view_put_time(c->result, "feedbackTime", feedback.at_ms);
	json_put_str(c->result, "memo", feedback.memo);
	if (feedback.expectation >= 0)
		json_put_int(c->result, "expectationStatus", feedback.expectation);
	if (feedback.business >= 0)
		json_put_int(c->result, "businessStatus", feedback.business);
	return 0;
}

static int status_of(const json_t *given, const char *key)
{
	const json_t *value = json_object_get(given, key);

	return json_is_integer(value) ? json_integer_value(value) != 0 : -1;
}

static int submit_feedback(struct call *c, struct err *e)
{
	const json_t *given = json_object_get(c->body, "feedback");
	autotx struct tx tx = { 0 };
	autorun struct run run = { 0 };
	struct feedback feedback = { .at_ms = c->now_ms };
	int r = drill_call_run(c, &run, e);

	if (r < 0)
		return r;
	if (run.state != STATE_FINISHED)
		return call_fail(
			c, e, API_B_EXPERIMENT_TASK_FEEDBACK_DENIED, "the run has not ended yet");
	feedback.expectation = status_of(given, "expectationStatus");
	feedback.business = status_of(given, "businessStatus");
	snprintf(feedback.memo, sizeof(feedback.memo), "%s", json_text(given, "memo"));
	rand_hex(feedback.id, 32);
	if ((r = tx_begin(&tx, c->db, e)) < 0 ||
		(r = store_feedback_save(c->db, run.id, &feedback, e)) < 0 ||
		(r = store_feedback_load(c->db, run.id, &feedback, e)) < 0 ||
		(r = tx_commit(&tx, e)) < 0)
		return r;
	c->result = json_object();
	json_put_str(c->result, "feedbackId", feedback.id);
	drill_call_changed(c, run.id);
	return 0;
}

const struct route drill_activity_routes[] = {
	{ "/chaos/QueryActivityTask", ROUTE_SESSION, query_activity, &activity_request,
		ANSWER_OBJECT, &drill_activity_shape, "One step of a run" },
	{ "/chaos/QueryMiniAppTask", ROUTE_SESSION, query_execution, &execution_request,
		ANSWER_OBJECT, &execution_full_shape, "One step of a run on one machine" },
	{ "/chaos/UserCheckActivityTask", ROUTE_SESSION, user_check, &check_request, ANSWER_NONE,
		NULL, "Continues or ends a run that waits for a person" },
	{ "/chaos/RetryActivityTask", ROUTE_SESSION, retry, &check_request, ANSWER_TEXT, NULL,
		"Repeats a step on the machines where it failed" },
	{ "/chaos/GetExperimentTaskFeedback", ROUTE_SESSION, get_feedback, &drill_task_request,
		ANSWER_OBJECT, &feedback_shape, "What people said about a run" },
	{ "/chaos/SubmitExperimentTaskFeedback", ROUTE_SESSION, submit_feedback, &feedback_request,
		ANSWER_OBJECT, &feedback_result_shape, "Says how a run went" },
	{ 0 },
};
