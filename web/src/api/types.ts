// What travels between the pages and the box. Dates are milliseconds since 1970; members that
// have no value are absent.

export type State = 'READY' | 'RUNNING' | 'SUSPEND' | 'STOPPING' | 'FINISHED';
export type Result = 'SUCCESS' | 'FAILED' | 'REJECTED' | 'ERROR' | 'STOPPED' | 'SOPPED_FAILED';
export type Phase = 'PREPARE' | 'ATTACK' | 'CHECK' | 'RECOVER';
export type Verdict = 'none' | 'effective' | 'partial' | 'ineffective';
export type RunMode = 'SEQUENCE' | 'PHASE';

export interface User {
	userId: string;
	userName: string;
	license: string;
}

export interface SignUp {
	open: boolean;
	/** There is no user yet. */
	first: boolean;
}

export interface Namespace {
	id: string;
	name: string;
}

export interface Page<Row> {
	data?: Row[];
	total: number;
	page: number;
	pageSize: number;
}

export interface Content<Row> {
	content?: Row[];
	total: number;
	currentPage: number;
	pageSize: number;
}

/** A registered agent. agentStatus: 2 online, 3 offline, 0 closed. */
export interface Agent {
	configurationId: string;
	deviceId?: string;
	hostName?: string;
	deviceName?: string;
	privateIp?: string;
	publicIp?: string;
	agentStatus: number;
	agentVersion?: string;
	connectTime?: number;
	groups?: string[];
	installMode?: string;
	experimentTaskCount?: number;
}

/** A target as drills store it. */
export interface Host {
	ip?: string;
	privateIp?: string;
	port?: number;
	hostName?: string;
	deviceName?: string;
	deviceId?: string;
	deviceConfigurationId?: string;
	appConfigurationId?: string;
	scopeType?: number;
	deviceType?: number;
	app?: string;
	appId?: string;
	nodeGroup?: string;
	allow?: boolean;
	invalid?: boolean;
	authMessage?: string;
}

export interface Application {
	app_name: string;
	app_id: string;
	app_type?: number;
}

export interface Category {
	categoryId: string;
	name: string;
	phase?: number;
	children?: Category[];
}

export interface Component {
	type: string;
	required?: boolean;
	defaultValue?: string;
	unit?: string;
	options?: { key: string; value: string }[];
	constraint?: { range?: string[]; checkerTemplate?: string };
}

/** A row of a fault's parameter table, as the catalogue and as a drill's activity carry it. */
export interface Parameter {
	parameterId?: string;
	functionId?: string;
	alias: string;
	name?: string;
	description?: string;
	unit?: string;
	value?: string;
	enabled?: boolean;
	/** 0 selects what is hit, 1 says how. */
	type?: number;
	/** 0 is not shown. */
	grade?: number;
	component?: Component;
}

export interface Fault {
	functionId: string;
	code: string;
	name: string;
	description?: string;
	categoryIds?: string[];
	parameters?: Parameter[];
}

export interface ArgumentGrade {
	gradeName?: string;
	order?: number;
	open?: boolean;
	argumentList: Parameter[];
}

export interface Activity {
	id?: string;
	activityId?: string;
	app_code: string;
	activityName?: string;
	user_check?: boolean;
	interruptedIfFailed?: boolean;
	failedTolerance?: number;
	pauses?: { before?: number; after?: number };
	order?: number;
	arguments?: ArgumentGrade[];
}

export type Flow = Partial<Record<'prepare' | 'attack' | 'check' | 'recover', Activity[]>> & {
	id?: string;
	flowId?: string;
	name?: string;
	order?: number;
};

export interface FlowGroup {
	groupId?: string;
	groupName?: string;
	order?: number;
	scopeType: number;
	osType: number;
	selectType: number;
	appName?: string;
	appId?: string;
	appGroups?: string[];
	hosts?: Host[];
	flows: Flow[];
}

export interface Definition {
	runMode: RunMode;
	/** Seconds until the box takes everything back by itself. */
	duration: number;
	flowGroups: FlowGroup[];
}

export interface DrillInfo {
	experimentId: string;
	basicInfo: {
		experimentId: string;
		name: string;
		description?: string;
		state: string;
		gmtCreate?: number;
		experimentTaskId?: string;
	};
	flowInfo: Definition;
}

export interface RunBrief {
	taskId: string;
	experimentId: string;
	experimentName?: string;
	startTime?: number;
	endTime?: number;
	state: State;
	result?: Result;
	message?: string;
}

export interface Drill {
	experimentId: string;
	name: string;
	createTime?: number;
	state: string;
	task?: RunBrief;
	creator?: string;
}

/** What was asked for and what the target was seen to experience. */
export interface Effect {
	verdict: Verdict;
	requested?: number;
	measured?: number;
	unit?: string;
	what?: string;
}

/** One activity on one target. */
export interface TargetRun {
	taskId: string;
	state: State;
	result?: Result;
	hostIp?: string;
	deviceName?: string;
	appConfigurationId?: string;
	startTime?: number;
	endTime?: number;
	expId?: string;
	errorMessage?: string;
	effect?: Effect;
	deadline?: number;
	recovered?: boolean;
}

export interface StepRun {
	activityTaskId: string;
	activityId?: string;
	experimentTaskId?: string;
	miniAppName?: string;
	miniAppCode?: string;
	executableAppCode?: string;
	phase: Phase;
	order?: number;
	flowId?: string;
	state: State;
	runResult?: Result;
	userCheckState?:
		'USER_CHECK_STATE_WAITING' | 'USER_CHECK_STATE_PASSED' | 'USER_CHECK_STATE_FAILED';
	errorMessage?: string;
	retryable?: boolean;
	startTime?: number;
	endTime?: number;
	pausedUntil?: number;
	apps?: TargetRun[];
	runParam?: {
		arguments?: { matcher?: Record<string, string>; action?: Record<string, string> };
	};
}

export interface Run extends RunBrief {
	currentPhase?: Phase;
	activities?: StepRun[];
	feedbackStatus?: number;
	/** When the box takes everything back by itself. */
	deadline?: number;
	duration?: number;
}
