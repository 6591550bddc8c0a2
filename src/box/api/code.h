/* The error codes of the console's API: name, number, text in English and Chinese. */
#ifndef BOX_API_CODE_H
#define BOX_API_CODE_H

#include <stdbool.h>

#include "base/err.h"

/* P_3xxx: parameter or permission, S_1xxx: system, B_2xxx: business. Names and numbers are the
 * protocol's, as they are (some numbers stand twice). */
#define API_CODES(X)                                                                               \
	X(S_SYSTEM_ERROR, 1000, "internal error", "系统内部错误")                                  \
	X(S_DB_ERROR, 1100, "database error", "数据库异常")                                        \
	X(S_REQUEST_OUTER_SYSTEM_FAILED, 1300, "another system did not answer",                    \
		"请求外部系统失败")                                                                \
	X(B_HOST_NOT_FOUND, 2201, "no such machine", "机器不存在或者探针已卸载")                   \
	X(B_HOST_NOT_ALIVE, 2202, "the agent does not answer", "当前节点心跳异常，无法访问")       \
	X(B_PERCENT_HOST_NOT_ALIVE, 2205, "no machine of the application fits",                    \
		"应用下无符合条件的机器")                                                          \
	X(B_K8S_AGENT_NOT_ALIVE, 2306, "the cluster's agent does not answer",                      \
		"K8S演练探针状态异常,请稍后重试")                                                  \
	X(B_EXPERIMENT_ALREADY_RUNNING, 2401, "the drill is running", "演练已有任务在运行中")      \
	X(B_EXPERIMENT_DRAFT_STATE, 2402, "the drill is a draft", "演练处于草稿状态")              \
	X(B_ACTIVITY_ALREADY_RUNNING, 2403, "the step is running", "当前活动已有演练任务")         \
	X(B_EXPERIMENT_TASK_ALREADY_FINISHED, 2404, "the run has ended", "演练任务已经完结")       \
	X(B_ACTIVITY_TASK_HAS_CHECKED, 2405, "the step was confirmed before", "不允许重复确认")    \
	X(B_ATTACK_ACTIVITY_NOT_FINISHED, 2406, "nothing was injected, nothing to recover",        \
		"未注入对应故障,无需执行恢复操作")                                                 \
	X(B_EXPERIMENT_TASK_STOP_TIMEOUT, 2407, "the run did not stop in time",                    \
		"演练任务停止超时")                                                                \
	X(B_EXPERIMENT_CREATE_FAILED, 2408, "the drill was not created", "演练创建失败")           \
	X(B_EXPERIMENT_TASK_STOPPING, 2409, "the run is stopping", "演练停止中")                   \
	X(B_EXPERIMENT_TASK_NOT_PUSHABLE, 2414, "the run cannot go on", "演练任务无法推进")        \
	X(B_EXPERIMENT_TASK_FEEDBACK_DENIED, 2416, "no feedback is possible now", "不允许反馈")    \
	X(B_MINI_FLOW_PARAM_ERROR, 2418, "a flow lacks its attack step",                           \
		"微流程参数异常，缺少attack阶段")                                                  \
	X(B_PERCENT_HOST_APP_OR_GROUP_NOT_FOUND, 2424,                                             \
		"a percentage needs an application and a group",                                   \
		"百分比模式执行必须有应用和分组信息")                                              \
	X(B_MINIAPP_NOT_EXIST, 2705, "no such fault", "小程序不存在或已删除")                      \
	X(B_MINIAPP_CATEGORY_NOT_EXIST, 2718, "no such category", "小程序类目不存在或已删除")      \
	X(P_ARGUMENT_ILLEGAL, 3000, "wrong argument", "参数填写有误")                              \
	X(P_LOGIN_MISSED, 3001, "sign in first", "缺少用户登录信息")                               \
	X(P_REQUIRE_FIELD_MISSING, 3002, "a parameter is missing", "缺少必填参数")                 \
	X(P_NAMESPACE_EXIST, 3003, "the namespace exists", "namespace已经存在")                    \
	X(P_LOGIN_FORBINATION, 3005, "wrong name or password", "账号密码错误，登录失败")           \
	X(P_USER_OPERATION_LIMITED, 3100, "not now", "用户操作受限制")                             \
	X(P_USER_PERMISSION_DENIED, 3101, "permission denied", "用户权限不足")                     \
	X(P_ERROR_CODE_MINI_GROUP_ID_NOT_EXIST, 3204, "no such flow group", "微流程组ID不存在")    \
	X(P_ERROR_CODE_MINI_FLOW_NOT_EXIST, 3205, "no such flow", "微流程不存在")                  \
	X(P_ERROR_CODE_ACTIVITY_NOT_EXIST, 3206, "no such activity", "小程序不存在")               \
	X(P_EXPERIMENT_NOT_FOUND, 3301, "no such drill", "演练不存在")                             \
	X(P_EXPERIMENT_DEFINITION_ILLEGAL, 3302, "the definition of the drill is wrong",           \
		"演练定义格式有误")                                                                \
	X(P_ACTIVITY_NOT_FOUND, 3303, "no such activity", "演练活动不存在")                        \
	X(P_EXPERIMENT_TASK_NOT_FOUND, 3304, "no such run", "演练任务未找到")                      \
	X(P_NAMESPACE_MISSED, 3304, "no such namespace", "缺少namespace")                          \
	X(P_ACTIVITY_TASK_NOT_FOUND, 3305, "no such step", "活动任务未找到")                       \
	X(P_ACTIVITY_TASK_STATUS_ILLEGAL, 3306, "the step is not in a state for this",             \
		"任务状态不合法")                                                                  \
	X(P_APPLICATION_NOT_FOUND, 3310, "no such application", "无法找到应用")                    \
	X(P_APP_DEVICE_NOT_FOUND, 3311, "no such machine of an application", "应用机器未找到")     \
	X(P_ERROR_HOSTS_NOT_FOUND, 3311, "no such machine", "无法找到对应的机器")                  \
	X(P_ERROR_GROUP_HOSTS_SHOULD_IN_SAME_APP, 3312,                                            \
		"the machines of a group belong to one application",                               \
		"同一个分组下面的机器应用是同一个")                                                \
	X(P_ERROR_EXPERIMENT_APP_SHOULD_IN_SAME_NAMESPACE, 3313,                                   \
		"drill and application belong to one namespace", "演练和应用要是同一个namespace")  \
	X(P_ERROR_FLOW_GROUP_ATTACK_ONLY_ONE, 3314, "a flow has exactly one attack step",          \
		"微流程组ATTACK有且只能有一个")                                                    \
	X(P_ERROR_MINI_FLOW_ARGUMENT_REQUIRED_MISSED, 3315, "a required parameter is missing",     \
		"微流程必填字段缺失")                                                              \
	X(P_APPLICATION_ID_REQUIRED, 3320, "choose an application first", "请先选择应用")          \
	X(P_HOST_REQUIRED, 3321, "choose machines", "机器选择不能为空")

enum api_code {
	API_OK,
#define API_ENUM(name, number, en, zh) API_##name,
	API_CODES(API_ENUM)
#undef API_ENUM
};

const char *api_code_name(enum api_code code); /* "P_LOGIN_MISSED"; "200" for API_OK */
int api_code_number(enum api_code code);
const char *api_code_text(enum api_code code, bool english);

/* The code of an error whose handler named none. */
enum api_code api_code_of(enum err_kind kind);

#endif
