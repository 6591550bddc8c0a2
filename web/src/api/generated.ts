// Made by "npm run api" from the document that gale-box prints. Not edited by hand.

export interface UserRegisterRequest {
	userName: string;
	password: string;
}

export interface SignUp {
	/** whether a user may sign up now */
	open?: boolean;
	/** there is no user yet */
	first?: boolean;
}

export interface ChaosUser {
	id?: number;
	/** what agents know as uid */
	userId?: string;
	userName?: string;
	userNick?: string;
	/** what agents register with */
	license?: string;
}

export interface ChangePasswordRequest {
	oldPassword: string;
	newPassword: string;
}

export interface Namespace {
	id?: string;
	name?: string;
	description?: string;
	userId?: string;
	licenseKey?: string;
}

export interface ApplicationSearchRequest {
	/** part of the name */
	key?: string;
	appType?: string;
	osType?: number;
	page?: number;
	size?: number;
}

export interface AppNameAndIdPair {
	app_name?: string;
	app_id?: string;
	app_type?: number;
	scope_type?: number;
	os_type?: number;
}

export interface UserApplicationSummary {
	app_name?: string;
	app_id?: string;
	app_type?: number;
	isDefault?: boolean;
	machine_count?: number;
	online_count?: number;
}

export interface UserApplicationQueryRequest {
	app_id?: number;
	/** instead of the id */
	app_name?: string;
}

export interface PageableQueryApplicationHostRequest {
	app_id: number;
	app_group?: string[];
	/** 0 hosts, 2 pods */
	scopeType?: number;
	clusterIds?: string[];
	kubNamespaces?: string[];
	/** of pods: app=web,tier=front */
	labels?: string;
	/** part of an address or a host name */
	key?: string;
	osType?: number;
	page?: number;
	size?: number;
}

export interface CloudDevice {
	/** where orders go */
	ip?: string;
	privateIp?: string;
	targetIp?: string;
	port?: number;
	hostName?: string;
	deviceId?: string;
	deviceName?: string;
	deviceType?: number;
	deviceConfigurationId?: string;
	appConfigurationId?: string;
	scopeType?: number;
	osType?: number;
	app?: string;
	appId?: string;
	nodeGroup?: string;
	clusterId?: string;
	clusterName?: string;
	/** of a pod, like the next four */
	kubNamespace?: string;
	nodeName?: string;
	/** as kubectl says it: Running, Pending ... */
	podState?: string;
	restartCount?: number;
	/** their names */
	containers?: string[];
	vpcId?: string;
	k8s?: boolean;
	/** drills may use it now */
	allow?: boolean;
	/** drills cannot use it now */
	invalid?: boolean;
	/** why: AGENT_OFFLINE, CLUSTER_AGENT_OFFLINE, POD_NOT_RUNNING or POD_UNSEEN */
	invalidCode?: string;
	/** the same in words */
	authMessage?: string;
}

export interface ExperimentScope {
	configurationId?: string;
	hostConfigurationId?: string;
	privateIp?: string;
	publicIp?: string;
	port?: number;
	/** 2 online, 3 offline, 0 gone */
	agentStatus?: number;
	/** the last call from here reached it */
	reachable?: boolean;
	/** ms since 1970 */
	connectTime?: number;
	/** last heartbeat */
	lastPingTime?: number;
	agentVersion?: string;
	deviceId?: string;
	deviceName?: string;
	hostName?: string;
	deviceType?: number;
	clusterId?: string;
	clusterName?: string;
	/** pods that run in its cluster */
	podCount?: number;
	app?: string;
	appId?: string;
	groups?: string[];
	osType?: number;
	cpuNum?: number;
	/** MB */
	memSize?: number;
	installMode?: string;
	enable?: boolean;
}

export interface PageableSceneQueryRequest {
	categoryId?: string;
	functionId?: string;
	phase?: number;
	scopeType?: number;
	osType?: number;
	codes?: string[];
	page?: number;
	size?: number;
}

export interface SceneFunctionVO {
	functionId?: string;
	/** chaos.<target>.<action>, .stop behind a recovery */
	code?: string;
	name?: string;
	description?: string;
	/** host; or of a cluster: node, pod, container */
	scope?: string;
	agentRequired?: boolean;
	/** 1 prepare, 2 attack, 8 recover */
	phaseFlag?: number;
	enabled?: number;
	source?: number;
	categoryIds?: string[];
	supportScopeTypes?: number[];
	supportOsTypes?: number[];
	isPublic?: boolean;
	parameters?: SceneFunctionParameterVO[];
}

export interface SceneFunctionParameterVO {
	parameterId?: string;
	functionId?: string;
	/** the flag */
	alias?: string;
	name?: string;
	description?: string;
	/** 0 selects what is hit, 1 says how */
	type?: number;
	/** 0: not shown */
	grade?: number;
	sequence?: number;
	component?: SceneFunctionParameterComponent;
}

export interface SceneFunctionParameterComponent {
	/** input, number, radio, select, select_remote */
	type?: string;
	required?: boolean;
	defaultValue?: string;
	unit?: string;
	options?: KVPair[];
	/** select_remote: what may stand there */
	requestUrl?: string;
	constraint?: SceneFunctionParameterConstraint;
}

export interface KVPair {
	key?: string;
	value?: string;
}

export interface SceneFunctionParameterConstraint {
	/** least and most */
	range?: string[];
}

export interface SceneQueryRequest {
	/** an id or a code */
	functionId?: string;
	/** the first one counts */
	codes?: string[];
}

export interface SceneFunctionCategoryQueryRequest {
	categoryId?: string;
	parentId?: string;
	phase?: number;
	type?: number;
	scopeType?: number;
	recursive?: boolean;
	osType?: number;
}

export interface SceneFunctionCategoryVO {
	categoryId?: string;
	parentId?: string;
	name?: string;
	phase?: number;
	level?: number;
	type?: number;
	supportScopeTypes?: number[];
	children?: SceneFunctionCategoryVO[];
}

export interface ExperimentClusterQueryRequest {
	cluster_id?: string;
	/** a node's name */
	node_configuration_id?: string;
	kub_namespace?: string[];
	/** part of an address or a name */
	key?: string;
	page?: number;
	size?: number;
}

export interface ExperimentClusterVO {
	clusterId?: string;
	clusterName?: string;
	/** its agents */
	nodeCount?: number;
	/** those that are online */
	onlineCount?: number;
	podCount?: number;
	/** pods that run */
	onlinePodCount?: number;
	/** its agents are all online */
	agentConsistency?: boolean;
	version?: string;
	installMode?: string;
}

export interface ApplicationTagsSearchRequest {
	/** part of the name */
	key?: string;
	appId?: number;
	groupNames?: string[];
}

export interface SettingQueryInstallRequest {
	/** host; of a cluster k8s_helm (by Helm) or k8s (by kubectl) */
	mode?: string;
	/** its id and name: main */
	clusterName?: string;
	osType?: number;
	helmVersion?: string;
	configurationId?: string;
}

export interface ExperimentScopePageableRequest {
	/** 0 hosts, 2 clusters */
	scope_type?: number;
	filter?: ExperimentScopeFilter;
	page?: number;
	size?: number;
}

export interface ExperimentScopeFilter {
	/** part of an address or a host name */
	key?: string;
	type?: number;
}

export interface CloudUserScopeRequest {
	/** 0 hosts, 2 pods */
	scopeType?: number;
	clusterIds?: string[];
	kubNamespaces?: string[];
	/** of pods: app=web,tier=front */
	labels?: string;
	osType?: number;
	key?: string;
	page?: number;
	size?: number;
}

export interface ActivityTask {
	experimentTaskId?: string;
	activityTaskId?: string;
	activityId?: string;
	/** ms since 1970 */
	startTime?: number;
	/** ms since 1970 */
	endTime?: number;
	/** READY, RUNNING or FINISHED */
	state?: string;
	/** SUCCESS, FAILED, REJECTED, ERROR or STOPPED */
	runResult?: string;
	userCheckState?: string;
	/** PREPARE, ATTACK, CHECK or RECOVER */
	phase?: string;
	errorMessage?: string;
	runParam?: ActivityRunParam;
	apps?: MiniAppTaskSummary[];
	miniAppName?: string;
	miniAppCode?: string;
	order?: number;
	executableAppCode?: string;
	flowId?: string;
	retryable?: boolean;
	/** ms since 1970 */
	pausedUntil?: number;
}

export interface ActivityRunParam {
	activityId?: string;
	arguments?: Record<string, unknown>;
	interruptedIfFailed?: boolean;
	failedTolerance?: number;
	needUserCheck?: boolean;
}

export interface MiniAppTaskSummary {
	/** ms since 1970 */
	startTime?: number;
	/** the miniAppTaskId of QueryMiniAppTask */
	taskId?: string;
	state?: string;
	/** ms since 1970 */
	endTime?: number;
	hostIp?: string;
	result?: string;
	deviceName?: string;
	appConfigurationId?: string;
	/** of a pod or a node, as the next three */
	clusterName?: string;
	kubNamespace?: string;
	nodeName?: string;
	/** its own uid in the cluster */
	subExpId?: string;
	errorMessage?: string;
	/** uid of the experiment on the host */
	expId?: string;
	/** when the host ends it by itself */
	deadline?: number;
	recovered?: boolean;
	effect?: Effect;
}

export interface Effect {
	/** effective, partial or ineffective */
	verdict?: string;
	requested?: number;
	measured?: number;
	unit?: string;
	/** how it was measured */
	what?: string;
}

export interface ActivityTaskResultConfirmRequest {
	activityTaskId: string;
	/** true: go on; false: end the run */
	success?: boolean;
	experimentTaskId?: string;
}

export interface BaseExperimentTaskRequest {
	taskId: string;
}

export interface ExperimentTaskFeedback {
	feedbackId?: string;
	/** ms since 1970 */
	feedbackTime?: number;
	memo?: string;
	/** 1: it went as expected */
	expectationStatus?: number;
	/** 1: the business was hit */
	businessStatus?: number;
	extra?: Record<string, unknown>;
}

export interface ExperimentTaskFeedbackSubmitRequest {
	taskId: string;
	feedback: ExperimentTaskFeedback;
}

export interface FeedbackSubmitResult {
	redirectUrl?: string;
	feedbackId?: string;
	source?: number;
}

export interface ExperimentCreateRequest {
	name: string;
	description?: string;
	tags?: string[];
	miniAppDesc?: string[];
	workspaces?: string[];
	outerId?: string;
	relations?: Record<string, unknown>[];
	source?: number;
	attributes?: Record<string, string>;
	definition?: ExperimentDefinitionRequest;
}

export interface ExperimentDefinitionRequest {
	/** PHASE (default): a phase of all flows, then the next; SEQUENCE: flow by flow */
	runMode?: string;
	/** seconds until automatic recovery, 900 when absent */
	duration?: number;
	schedulerConfig?: ExperimentSchedulerConfig;
	flowGroups?: MiniFlowGroup[];
	guardConf?: ExperimentGuardConfiguration;
}

export interface ExperimentSchedulerConfig {
	cronExpression?: string;
	/** ms since 1970 */
	fixedTime?: number;
}

export interface MiniFlowGroup {
	groupId?: string;
	groupName?: string;
	order?: number;
	required?: boolean;
	/** 0: hosts */
	scopeType?: number;
	/** 0: Linux */
	osType?: number;
	appName?: string;
	appId?: string;
	appType?: number;
	appGroups?: string[];
	/** 1: hosts; 2: hostPercent of the application */
	selectType?: number;
	hostPercent?: number;
	cloudServiceType?: string;
	cloudServiceName?: string;
	hosts?: CloudDevice[];
	flows?: MiniFlow[];
}

export interface MiniFlow {
	id?: string;
	flowId?: string;
	name?: string;
	order?: number;
	required?: boolean;
	prepare?: ExperimentActivityInfo[];
	attack?: ExperimentActivityInfo[];
	check?: ExperimentActivityInfo[];
	recover?: ExperimentActivityInfo[];
}

export interface ExperimentActivityInfo {
	id?: string;
	/** chaos.<target>.<action>, and .stop behind it in recover */
	app_code: string;
	activityName?: string;
	activityId?: string;
	/** waits for a person afterwards */
	user_check?: boolean;
	/** goes on with recovery if it fails */
	interruptedIfFailed?: boolean;
	/** percent of targets; 0: none may fail */
	failedTolerance?: number;
	pauses?: ExperimentNodePausesDefinition;
	order?: number;
	required?: boolean;
	sync?: boolean;
	/** some of the group's machines; empty: all */
	scope?: CloudDevice[];
	arguments?: SceneArgumentGrade[];
}

export interface ExperimentNodePausesDefinition {
	/** ms */
	before?: number;
	/** ms */
	after?: number;
}

export interface SceneArgumentGrade {
	gradeName?: string;
	order?: number;
	open?: boolean;
	argumentList?: SceneArgumentDefinition[];
}

export interface SceneArgumentDefinition {
	/** name of the parameter */
	alias?: string;
	value?: string;
	name?: string;
	description?: string;
	component?: Record<string, unknown>;
	enabled?: boolean;
	unit?: string;
	parameterId?: string;
	functionId?: string;
	order?: number;
	grade?: number;
}

export interface ExperimentGuardConfiguration {
	guards?: Record<string, unknown>[];
}

export interface BaseExperimentRequest {
	experimentId: string;
}

export interface InitMiniFlowRequest {
	appCode: string;
	phase?: string;
	source?: number;
	appId?: string;
	nodeGroups?: string[];
}

export interface MiniFlowActivities {
	prepare?: ExperimentActivityInfo[];
	attack?: ExperimentActivityInfo[];
	check?: ExperimentActivityInfo[];
	recover?: ExperimentActivityInfo[];
}

export interface ExperimentTasksRequest {
	experimentId: string;
	/** ms since 1970 */
	startTime?: number;
	/** ms since 1970 */
	endTime?: number;
	resultEnums?: string[];
}

export interface ExperimentTask {
	experimentName?: string;
	experimentId?: string;
	taskId?: string;
	/** ms since 1970 */
	startTime?: number;
	/** ms since 1970 */
	endTime?: number;
	/** RUNNING, STOPPING or FINISHED */
	state?: string;
	result?: string;
	message?: string;
	currentPhase?: string;
	creator?: ChaosUserName;
	feedbackStatus?: number;
	namespace?: string;
	progressPercent?: number;
	/** seconds */
	duration?: number;
	/** of the automatic recovery */
	deadline?: number;
	/** of the choice of hosts */
	seed?: number;
}

export interface ChaosUserName {
	userName?: string;
}

export interface ExperimentInfo {
	experimentId?: string;
	basicInfo?: ExperimentBasicInfo;
	flowInfo?: ExperimentFlowInfo;
	experimentAppRisks?: ExperimentAppRisk[];
	permission?: number;
}

export interface ExperimentBasicInfo {
	experimentId?: string;
	name?: string;
	description?: string;
	tags?: string[];
	miniAppDesc?: string[];
	workspaces?: string[];
	outerId?: string;
	relations?: Record<string, unknown>[];
	source?: number;
	/** ms since 1970 */
	gmtCreate?: number;
	/** ms since 1970 */
	gmtModified?: number;
	ownerUserId?: string;
	/** DRAFT, READY or RUNNING */
	state?: string;
	namespace?: string;
	/** the last run */
	experimentTaskId?: string;
	schedulerConfig?: ExperimentSchedulerConfig;
}

export interface ExperimentFlowInfo {
	experimentId?: string;
	/** PHASE (default): a phase of all flows, then the next; SEQUENCE: flow by flow */
	runMode?: string;
	/** seconds until automatic recovery, 900 when absent */
	duration?: number;
	schedulerConfig?: ExperimentSchedulerConfig;
	flowGroups?: MiniFlowGroup[];
	guardConf?: ExperimentGuardConfiguration;
}

export interface ExperimentAppRisk {
	appCode?: string;
	appName?: string;
	message?: string;
}

export interface UserExperimentPageableQueryRequest {
	searchKey?: string;
	state?: string;
	states?: string[];
	results?: string[];
	tagNames?: string[];
	scheduler?: boolean;
	page?: number;
	size?: number;
}

export interface UserExperiment {
	experimentId?: string;
	name?: string;
	/** ms since 1970 */
	createTime?: number;
	tags?: string[];
	miniAppDesc?: string[];
	state?: string;
	task?: ExperimentTask;
	schedulerConfig?: ExperimentSchedulerConfig;
	experimentAppRisks?: ExperimentAppRisk[];
	creator?: string;
	permission?: number;
}

export interface ExperimentRunRequest {
	experimentId: string;
	/** without activities: a run goes as defined */
	param?: Record<string, unknown>;
	sync?: boolean;
}

export interface ExperimentRunResult {
	taskId?: string;
}

export interface ExperimentTaskSummary {
	experimentName?: string;
	experimentId?: string;
	taskId?: string;
	/** ms since 1970 */
	startTime?: number;
	/** ms since 1970 */
	endTime?: number;
	/** RUNNING, STOPPING or FINISHED */
	state?: string;
	result?: string;
	message?: string;
	currentPhase?: string;
	creator?: ChaosUserName;
	feedbackStatus?: number;
	namespace?: string;
	progressPercent?: number;
	/** seconds */
	duration?: number;
	/** of the automatic recovery */
	deadline?: number;
	/** of the choice of hosts */
	seed?: number;
	activities?: ActivityTask[];
	permission?: number;
	isJvm?: boolean;
}

export interface ParameterValuesRequest {
	/** the machine */
	configurationId: string;
	/** chaos.network.delay */
	functionId: string;
	/** interface */
	parameter: string;
}

export interface ParameterValue {
	/** the value */
	key?: string;
	/** what a person is shown */
	value?: string;
}

export interface Routes {
	/** Signs a user up */
	UserRegister: { request: UserRegisterRequest; result: boolean };
	/** Whether signing up is possible */
	QuerySignUp: { request: object; result: SignUp };
	/** Signs in: the answer carries the session cookie */
	UserLogin: { request: UserRegisterRequest; result: ChaosUser };
	/** Signs out */
	UserLoginout: { request: object; result: boolean };
	/** Who is signed in */
	LoginUserInfo: { request: object; result: ChaosUser };
	/** Changes the password and ends the user's other sessions */
	ChangePassword: { request: ChangePasswordRequest; result: boolean };
	/** The user's namespaces */
	QueryNamespaceList: { request: object; result: Namespace[] };
	/** Names and ids of the user's applications */
	GetUserApplications: { request: ApplicationSearchRequest; result: { page?: number; pageSize?: number; pages?: number; total?: number; data?: AppNameAndIdPair[]; hasMore?: boolean } };
	/** The user's applications */
	GetUserApplicationSummaries: { request: ApplicationSearchRequest; result: { page?: number; pageSize?: number; pages?: number; total?: number; data?: UserApplicationSummary[]; hasMore?: boolean } };
	/** The groups of an application */
	GetUserApplicationGroups: { request: UserApplicationQueryRequest; result: string[] };
	/** The machines of an application, as drills take them */
	GetScopesByApplication: { request: PageableQueryApplicationHostRequest; result: { page?: number; pageSize?: number; pages?: number; total?: number; data?: CloudDevice[]; hasMore?: boolean } };
	/** Faults and recoveries, of a category or all */
	QuerySceneFunctionByCategoryId: { request: PageableSceneQueryRequest; result: { page?: number; pageSize?: number; pages?: number; total?: number; data?: SceneFunctionVO[]; hasMore?: boolean } };
	/** The parameters of a fault */
	QuerySceneFunctionParameters: { request: SceneQueryRequest; result: SceneFunctionParameterVO[] };
	/** The tree of categories */
	QuerySceneFunctionCategories: { request: SceneFunctionCategoryQueryRequest; result: SceneFunctionCategoryVO[] };
	/** The user's clusters in a namespace */
	ListExperimentClusters: { request: ExperimentClusterQueryRequest; result: ExperimentClusterVO[] };
	/** The namespaces of Kubernetes that pods are in */
	SearchClusterNamespace: { request: ApplicationTagsSearchRequest; result: string[] };
	/** How an agent of this user is started */
	QueryInstallCommand: { request: SettingQueryInstallRequest; result: Record<string, string> };
	/** The user's agents in a namespace */
	PageableQueryExperimentScopes: { request: ExperimentScopePageableRequest; result: { page?: number; pageSize?: number; pages?: number; total?: number; data?: ExperimentScope[]; hasMore?: boolean } };
	/** The user's machines in a namespace, as drills take them */
	UserScope: { request: CloudUserScopeRequest; result: { page?: number; pageSize?: number; pages?: number; total?: number; data?: CloudDevice[]; hasMore?: boolean } };
	/** Continues or ends a run that waits for a person */
	UserCheckActivityTask: { request: ActivityTaskResultConfirmRequest; result: undefined };
	/** Repeats a step on the machines where it failed */
	RetryActivityTask: { request: ActivityTaskResultConfirmRequest; result: string };
	/** Says how a run went */
	SubmitExperimentTaskFeedback: { request: ExperimentTaskFeedbackSubmitRequest; result: FeedbackSubmitResult };
	/** Makes a drill, a draft while machines or flows are missing */
	CreateExperiment: { request: ExperimentCreateRequest; result: string };
	/** Deletes a drill and the history of its runs */
	DeleteExperiment: { request: BaseExperimentRequest; result: undefined };
	/** The activities of a new flow for a fault */
	InitMiniFlowByAppCode: { request: InitMiniFlowRequest; result: MiniFlowActivities };
	/** The runs of a drill */
	QueryExperimentTasksByExperimentId: { request: ExperimentTasksRequest; result: ExperimentTask[] };
	/** A drill */
	QueryExperiment: { request: BaseExperimentRequest; result: ExperimentInfo };
	/** The drills of the user */
	PageableQueryUserExperiments: { request: UserExperimentPageableQueryRequest; result: { currentPage?: number; pageSize?: number; pages?: number; total?: number; content?: UserExperiment[] } };
	/** Starts a run of a drill */
	RunExperiment: { request: ExperimentRunRequest; result: ExperimentRunResult };
	/** Stops a run and takes everything back */
	StopExperimentTask: { request: BaseExperimentTaskRequest; result: undefined };
	/** A run with all its steps */
	QueryExperimentTask: { request: BaseExperimentTaskRequest; result: ExperimentTaskSummary };
	/** What a parameter may be on a machine, as its agent sees it now */
	QueryParameterValues: { request: ParameterValuesRequest; result: ParameterValue[] };
}
