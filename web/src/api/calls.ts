// One function a route.
import { call } from './client';
import type * as T from './types';

export const login = (userName: string, password: string) =>
	call<T.User>('UserLogin', { userName, password });
export const register = (userName: string, password: string) =>
	call<boolean>('UserRegister', { userName, password });
export const signUp = (signal?: AbortSignal) => call<T.SignUp>('QuerySignUp', {}, signal);
export const logout = () => call<boolean>('UserLoginout');
export const me = (signal?: AbortSignal) => call<T.User>('LoginUserInfo', {}, signal);
export const changePassword = (oldPassword: string, newPassword: string) =>
	call<boolean>('ChangePassword', { oldPassword, newPassword });

export const namespaces = (signal?: AbortSignal) =>
	call<T.Namespace[]>('QueryNamespaceList', {}, signal);

export const agents = (key: string, page: number, size: number, signal?: AbortSignal) =>
	call<T.Page<T.Agent>>(
		'PageableQueryExperimentScopes',
		{ scope_type: 0, filter: { key }, page, size },
		signal,
	);
export const installCommand = (signal?: AbortSignal) =>
	call<Record<string, string>>('QueryInstallCommand', { Mode: 'host', OsType: 0 }, signal);

export const hosts = (key: string, signal?: AbortSignal) =>
	call<T.Page<T.Host>>('UserScope', { scopeType: 0, osType: 0, key, page: 1, size: 500 }, signal);
export const applications = (signal?: AbortSignal) =>
	call<T.Page<T.Application>>(
		'GetUserApplications',
		{ appType: 0, osType: 0, page: 1, size: 500 },
		signal,
	);
export const applicationGroups = (app_id: string, signal?: AbortSignal) =>
	call<string[]>('GetUserApplicationGroups', { app_id }, signal);
export const applicationHosts = (app_id: string, app_group: string[], signal?: AbortSignal) =>
	call<T.Page<T.Host>>('GetScopesByApplication', { app_id, app_group, page: 1, size: 500 }, signal);

export const categories = (signal?: AbortSignal) =>
	call<T.Category[]>('QuerySceneFunctionCategories', { phase: 2, scopeType: 0 }, signal);
export const faults = (signal?: AbortSignal) =>
	call<T.Page<T.Fault>>(
		'QuerySceneFunctionByCategoryId',
		{ phase: 2, scopeType: 0, page: 1, size: 500 },
		signal,
	);
export const parameters = (functionId: string, signal?: AbortSignal) =>
	call<T.Parameter[]>('QuerySceneFunctionParameters', { functionId }, signal);

export const flowOfFault = (appCode: string, signal?: AbortSignal) =>
	call<T.Flow>('InitMiniFlowByAppCode', { appCode, phase: 'ATTACK', source: 1 }, signal);
export const createDrill = (name: string, description: string, definition: T.Definition) =>
	call<string>('CreateExperiment', { name, description, definition });
export const drills = (
	filter: { searchKey?: string; states?: string[] },
	page: number,
	size: number,
	signal?: AbortSignal,
) => call<T.Content<T.Drill>>('PageableQueryUserExperiments', { ...filter, page, size }, signal);
export const drill = (experimentId: string, signal?: AbortSignal) =>
	call<T.DrillInfo>('QueryExperiment', { experimentId }, signal);
export const deleteDrill = (experimentId: string) =>
	call<void>('DeleteExperiment', { experimentId });
export const runsOfDrill = (experimentId: string, signal?: AbortSignal) =>
	call<T.RunBrief[]>('QueryExperimentTasksByExperimentId', { experimentId }, signal);
export const runDrill = (experimentId: string) =>
	call<{ taskId: string }>('RunExperiment', { experimentId });

export const run = (taskId: string, signal?: AbortSignal) =>
	call<T.Run>('QueryExperimentTask', { taskId }, signal);
export const stopRun = (taskId: string) => call<void>('StopExperimentTask', { taskId });
export const confirmStep = (activityTaskId: string, success: boolean) =>
	call<void>('UserCheckActivityTask', { activityTaskId, success });
export const retryStep = (activityTaskId: string, experimentTaskId: string) =>
	call<string>('RetryActivityTask', { activityTaskId, experimentTaskId });
export const giveFeedback = (taskId: string, expectationStatus: number, businessStatus: number) =>
	call<unknown>('SubmitExperimentTaskFeedback', {
		taskId,
		feedback: { expectationStatus, businessStatus },
	});
