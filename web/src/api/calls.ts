// One function a route.
import { call } from './client';
import type * as T from './types';

export const login = (userName: string, password: string) =>
	call('UserLogin', { userName, password }) as Promise<T.User>;
export const register = (userName: string, password: string) =>
	call('UserRegister', { userName, password });
export const signUp = (signal?: AbortSignal) =>
	call('QuerySignUp', {}, signal) as Promise<T.SignUp>;
export const logout = () => call('UserLoginout', {});
export const me = (signal?: AbortSignal) => call('LoginUserInfo', {}, signal) as Promise<T.User>;
export const changePassword = (oldPassword: string, newPassword: string) =>
	call('ChangePassword', { oldPassword, newPassword });

export const namespaces = (signal?: AbortSignal) =>
	call('QueryNamespaceList', {}, signal) as Promise<T.Namespace[]>;

export const agents = (key: string, page: number, size: number, signal?: AbortSignal) =>
	call('PageableQueryExperimentScopes', { filter: { key }, page, size }, signal) as Promise<
		T.Page<T.Agent>
	>;
export type InstallMode = 'host' | 'k8s_helm' | 'k8s';
export const installCommand = (mode: InstallMode, clusterName: string, signal?: AbortSignal) =>
	call('QueryInstallCommand', { mode, clusterName, osType: 0 }, signal);

export const hosts = (key: string, signal?: AbortSignal) =>
	call('UserScope', { scopeType: 0, osType: 0, key, page: 1, size: 500 }, signal) as Promise<
		T.Page<T.Host>
	>;
/** Pods of all clusters, or of those that the filter names. */
export interface PodFilter {
	key?: string;
	clusterIds?: string[];
	kubNamespaces?: string[];
	/** "app=web,tier=front" */
	labels?: string;
}
export const pods = (filter: PodFilter, signal?: AbortSignal) =>
	call('UserScope', { ...filter, scopeType: 2, page: 1, size: 500 }, signal) as Promise<
		T.Page<T.Host>
	>;
export const clusters = (signal?: AbortSignal) =>
	call('ListExperimentClusters', {}, signal) as Promise<T.Cluster[]>;
export const podNamespaces = (signal?: AbortSignal) => call('SearchClusterNamespace', {}, signal);

export const applicationSummaries = (
	key: string,
	page: number,
	size: number,
	signal?: AbortSignal,
) =>
	call('GetUserApplicationSummaries', { key, page, size }, signal) as Promise<
		T.Page<T.ApplicationSummary>
	>;
export const applications = (signal?: AbortSignal) =>
	call('GetUserApplications', { osType: 0, page: 1, size: 500 }, signal) as Promise<
		T.Page<T.Application>
	>;
export const applicationGroups = (app_id: string, signal?: AbortSignal) =>
	call('GetUserApplicationGroups', { app_id: Number(app_id) }, signal);
export const applicationHosts = (
	app_id: string,
	filter: { app_group?: string[]; scopeType?: number },
	signal?: AbortSignal,
) =>
	call(
		'GetScopesByApplication',
		{ ...filter, app_id: Number(app_id), page: 1, size: 500 },
		signal,
	) as Promise<T.Page<T.Host>>;

export const categories = (scopeType: number, signal?: AbortSignal) =>
	call('QuerySceneFunctionCategories', { phase: 2, scopeType }, signal) as Promise<T.Category[]>;
export const faults = (scopeType: number, signal?: AbortSignal) =>
	call(
		'QuerySceneFunctionByCategoryId',
		{ phase: 2, scopeType, page: 1, size: 500 },
		signal,
	) as Promise<T.Page<T.Fault>>;
export const parameters = (functionId: string, signal?: AbortSignal) =>
	call('QuerySceneFunctionParameters', { functionId }, signal) as Promise<T.Parameter[]>;

export const parameterValues = (
	configurationId: string,
	functionId: string,
	parameter: string,
	signal?: AbortSignal,
) =>
	call('QueryParameterValues', { configurationId, functionId, parameter }, signal) as Promise<
		T.ParameterValue[]
	>;

export const flowOfFault = (appCode: string, signal?: AbortSignal) =>
	call('InitMiniFlowByAppCode', { appCode, phase: 'ATTACK', source: 1 }, signal) as Promise<T.Flow>;
export const createDrill = (name: string, description: string, definition: T.Definition) =>
	call('CreateExperiment', { name, description, definition });
export const drills = (
	filter: { searchKey?: string; states?: string[] },
	page: number,
	size: number,
	signal?: AbortSignal,
) =>
	call('PageableQueryUserExperiments', { ...filter, page, size }, signal) as Promise<
		T.Content<T.Drill>
	>;
export const drill = (experimentId: string, signal?: AbortSignal) =>
	call('QueryExperiment', { experimentId }, signal) as Promise<T.DrillInfo>;
export const deleteDrill = (experimentId: string) => call('DeleteExperiment', { experimentId });
export const runsOfDrill = (experimentId: string, signal?: AbortSignal) =>
	call('QueryExperimentTasksByExperimentId', { experimentId }, signal) as Promise<T.RunBrief[]>;
export const runDrill = (experimentId: string) =>
	call('RunExperiment', { experimentId }) as Promise<{ taskId: string }>;

export const run = (taskId: string, signal?: AbortSignal) =>
	call('QueryExperimentTask', { taskId }, signal) as Promise<T.Run>;
export const stopRun = (taskId: string) => call('StopExperimentTask', { taskId });
export const confirmStep = (activityTaskId: string, success: boolean) =>
	call('UserCheckActivityTask', { activityTaskId, success });
export const retryStep = (activityTaskId: string, experimentTaskId: string) =>
	call('RetryActivityTask', { activityTaskId, experimentTaskId });
export const giveFeedback = (taskId: string, expectationStatus: number, businessStatus: number) =>
	call('SubmitExperimentTaskFeedback', {
		taskId,
		feedback: { expectationStatus, businessStatus },
	});
