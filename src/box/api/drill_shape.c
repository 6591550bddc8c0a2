/* Shapes of a definition. */
#include "box/api/drill_shape.h"

#include "box/api/host.h"

const struct shape drill_schedule_shape = { "ExperimentSchedulerConfig",
	(const struct field[]){
		{ "cronExpression", FIELD_TEXT, .max = 127 },
		{ "fixedTime", FIELD_TIME },
		{ 0 },
	} };

const struct shape drill_guards_shape = { "ExperimentGuardConfiguration",
	(const struct field[]){
		{ "guards", FIELD_LIST },
		{ 0 },
	} };

static const struct shape pauses_shape = { "ExperimentNodePausesDefinition",
	(const struct field[]){
		{ "before", FIELD_INT, .help = "ms" },
		{ "after", FIELD_INT, .help = "ms" },
		{ 0 },
	} };

static const struct shape argument_shape = { "SceneArgumentDefinition",
	(const struct field[]){
		{ "alias", FIELD_TEXT, .max = 128, .help = "name of the parameter" },
		{ "value", FIELD_TEXT, .max = 16384 },
		{ "name", FIELD_TEXT },
		{ "description", FIELD_TEXT },
		{ "component", FIELD_OBJECT },
		{ "enabled", FIELD_BOOL },
		{ "unit", FIELD_TEXT },
		{ "parameterId", FIELD_TEXT },
		{ "functionId", FIELD_TEXT },
		{ "order", FIELD_INT },
		{ "grade", FIELD_INT },
		{ 0 },
	} };

static const struct shape grade_shape = { "SceneArgumentGrade",
	(const struct field[]){
		{ "gradeName", FIELD_TEXT },
		{ "order", FIELD_INT },
		{ "open", FIELD_BOOL },
		{ "argumentList", FIELD_LIST, .shape = &argument_shape },
		{ 0 },
	} };

const struct shape drill_activity_info_shape = { "ExperimentActivityInfo",
	(const struct field[]){
		{ "id", FIELD_TEXT, .max = 128 },
		{ "app_code", FIELD_TEXT, FIELD_REQUIRED, .max = 128,
			.help = "chaos.<target>.<action>, and .stop behind it in recover" },
		{ "activityName", FIELD_TEXT, .max = 255 },
		{ "activityId", FIELD_TEXT, .max = 64 },
		{ "user_check", FIELD_BOOL, .help = "waits for a person afterwards" },
		{ "interruptedIfFailed", FIELD_BOOL, .help = "goes on with recovery if it fails" },
		{ "failedTolerance", FIELD_INT, .help = "percent of targets; 0: none may fail" },
		{ "pauses", FIELD_OBJECT, .shape = &pauses_shape },
		{ "order", FIELD_INT },
		{ "required", FIELD_BOOL },
		{ "sync", FIELD_BOOL },
		{ "scope", FIELD_LIST, .shape = &host_shape,
			.help = "some of the group's machines; empty: all" },
		{ "arguments", FIELD_LIST, .shape = &grade_shape },
		{ 0 },
	} };

const struct shape drill_flow_shape = { "MiniFlow",
	(const struct field[]){
		{ "id", FIELD_TEXT, .max = 128 },
		{ "flowId", FIELD_TEXT, .max = 64 },
		{ "name", FIELD_TEXT, .max = 255 },
		{ "order", FIELD_INT },
		{ "required", FIELD_BOOL },
		{ "prepare", FIELD_LIST, .shape = &drill_activity_info_shape },
		{ "attack", FIELD_LIST, .shape = &drill_activity_info_shape },
		{ "check", FIELD_LIST, .shape = &drill_activity_info_shape },
		{ "recover", FIELD_LIST, .shape = &drill_activity_info_shape },
		{ 0 },
	} };

const struct shape drill_group_shape = { "MiniFlowGroup",
	(const struct field[]){
		{ "groupId", FIELD_TEXT, .max = 64 },
		{ "groupName", FIELD_TEXT, .max = 255 },
		{ "order", FIELD_INT },
		{ "required", FIELD_BOOL },
		{ "scopeType", FIELD_INT, .help = "0: hosts" },
		{ "osType", FIELD_INT, .help = "0: Linux" },
		{ "appName", FIELD_TEXT, .max = 127 },
		{ "appId", FIELD_TEXT, .max = 32 },
		{ "appType", FIELD_INT },
		{ "appGroups", FIELD_TEXTS },
		{ "selectType", FIELD_INT, .help = "1: hosts; 2: hostPercent of the application" },
		{ "hostPercent", FIELD_INT },
		{ "cloudServiceType", FIELD_TEXT },
		{ "cloudServiceName", FIELD_TEXT },
		{ "hosts", FIELD_LIST, .shape = &host_shape },
		{ "flows", FIELD_LIST, .shape = &drill_flow_shape },
		{ 0 },
	} };

const struct shape drill_definition_shape = { "ExperimentDefinitionRequest",
	(const struct field[]){
		DRILL_DEFINITION_FIELDS,
		{ 0 },
	} };
