// What travels between the pages and the box: the generated types, with the members that the box
// always gives made sure and words narrowed to the ones that there are. Dates are ms since 1970.
import type * as wire from './generated';

/** T with the members K always there. */
type Sure<T, K extends keyof T> = Omit<T, K> & Required<Pick<T, K>>;
/** T with the members of M in the place of its own. */
type With<T, M extends { [K in keyof M]: K extends keyof T ? unknown : never }> = Omit<T, keyof M> &
	M;

export type State = 'READY' | 'RUNNING' | 'SUSPEND' | 'STOPPING' | 'FINISHED';
export type Result = 'SUCCESS' | 'FAILED' | 'REJECTED' | 'ERROR' | 'STOPPED' | 'SOPPED_FAILED';
export type Phase = 'PREPARE' | 'ATTACK' | 'CHECK' | 'RECOVER';
export type Verdict = 'none' | 'effective' | 'partial' | 'ineffective';
export type RunMode = 'SEQUENCE' | 'PHASE';

export interface Page<Row> {
	data?: Row[];
	total: number;
}

export interface Content<Row> {
	content?: Row[];
	total: number;
}

export type User = Sure<wire.ChaosUser, 'userId' | 'userName' | 'license'>;
export type SignUp = Required<wire.SignUp>;
export type Namespace = Sure<wire.Namespace, 'id' | 'name'>;

/** A registered agent. agentStatus: 2 online, 3 offline, 0 closed. */
export type Agent = Sure<wire.ExperimentScope, 'configurationId' | 'agentStatus'>;
/** A machine that a drill may hit: a host, or a pod of a cluster. */
export type Host = wire.CloudDevice;
export type Application = Sure<wire.AppNameAndIdPair, 'app_name' | 'app_id'>;

export type ApplicationSummary = Sure<wire.UserApplicationSummary, 'app_name' | 'app_id'>;
export type Cluster = Sure<wire.ExperimentClusterVO, 'clusterId' | 'clusterName'>;
/** What a fault is done to. */
export type Scope = 'host' | 'pod' | 'container' | 'node';

export type Category = With<
	Sure<wire.SceneFunctionCategoryVO, 'categoryId' | 'name'>,
	{ children?: Category[] }
>;
export type Component = With<
	wire.SceneFunctionParameterComponent,
	{ options?: { key: string; value: string }[] }
>;
export type ParameterValue = Sure<wire.ParameterValue, 'key' | 'value'>;
/** A row of a fault's parameter table, as the catalogue and as a drill's activity carry it. */
export type Parameter = With<
	Sure<wire.SceneFunctionParameterVO, 'alias'>,
	{ component?: Component }
> &
	Pick<wire.SceneArgumentDefinition, 'value' | 'unit'>;
export type Fault = With<
	Sure<wire.SceneFunctionVO, 'functionId' | 'code' | 'name'>,
	{ parameters?: Parameter[]; scope?: Scope }
>;

export type ArgumentGrade = With<wire.SceneArgumentGrade, { argumentList: Parameter[] }>;
export type Activity = With<wire.ExperimentActivityInfo, { arguments?: ArgumentGrade[] }>;
type Phases = Partial<Record<'prepare' | 'attack' | 'check' | 'recover', Activity[]>>;
export type Flow = With<wire.MiniFlow, Phases>;
export type FlowGroup = With<wire.MiniFlowGroup, { hosts?: Host[]; flows: Flow[] }>;
export interface Definition {
	runMode: RunMode;
	/** Seconds until the box takes everything back by itself. */
	duration: number;
	flowGroups: FlowGroup[];
}

export type DrillInfo = With<
	Sure<wire.ExperimentInfo, 'experimentId'>,
	{ basicInfo: Sure<wire.ExperimentBasicInfo, 'name' | 'state'>; flowInfo: Definition }
>;
export type RunBrief = With<
	Sure<wire.ExperimentTask, 'taskId' | 'experimentId'>,
	{ state: State; result?: Result }
>;
export type Drill = With<
	Sure<wire.UserExperiment, 'experimentId' | 'name' | 'state'>,
	{ task?: RunBrief }
>;

/** What was asked for and what the target was seen to experience. */
export type Effect = With<wire.Effect, { verdict: Verdict }>;
/** One activity on one target. */
export type TargetRun = With<
	Sure<wire.MiniAppTaskSummary, 'taskId'>,
	{ state: State; result?: Result; effect?: Effect }
>;
export type StepRun = With<
	Sure<wire.ActivityTask, 'activityTaskId'>,
	{
		state: State;
		runResult?: Result;
		phase: Phase;
		apps?: TargetRun[];
		runParam?: { arguments?: Partial<Record<'matcher' | 'action', Record<string, string>>> };
	}
>;
export type Run = RunBrief & { activities?: StepRun[] };
