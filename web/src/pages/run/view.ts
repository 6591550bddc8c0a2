// What the page of a run shows, from the state that the box reports.
import type { Effect, Phase, Result, Run, StepRun, TargetRun, Verdict } from '../../api/types';

export type Stage = 'waiting' | 'running' | 'stopping' | 'finished';
export type StepState = 'pending' | 'running' | 'asking' | 'done' | 'failed' | 'skipped';

export interface Target {
	id: string;
	host: string;
	state: StepState;
	effect?: Effect;
	verdict: Verdict;
	error?: string;
	/** A fault stands here, or may stand: nobody has seen it taken back yet. */
	inPlace: boolean;
	deadline?: number;
}

export interface Step {
	id: string;
	name: string;
	code: string;
	phase: Phase;
	state: StepState;
	retryable: boolean;
	error?: string;
	start?: number;
	end?: number;
	flags: string;
	/** The step holds until then by its own plan. */
	pausedUntil?: number;
	targets: Target[];
}

export interface View {
	stage: Stage;
	result?: Result;
	steps: Step[];
	/** How many targets are under a fault now. */
	inPlace: number;
	/** The step that waits for a person. */
	asking?: Step;
	/** When the box takes everything back by itself. */
	deadline?: number;
	done: number;
}

function stateOf(state: TargetRun['state'], result: Result | undefined): StepState {
	if (state === 'READY') return 'pending';
	if (state !== 'FINISHED') return 'running';
	if (result === 'SUCCESS') return 'done';
	return result === 'REJECTED' ? 'skipped' : 'failed';
}

function stepState(step: StepRun): StepState {
	const asks = step.state === 'FINISHED' || step.state === 'SUSPEND';
	if (asks && step.userCheckState === 'USER_CHECK_STATE_WAITING') return 'asking';
	return stateOf(step.state, step.runResult);
}

function codeOf(step: StepRun): string {
	return step.executableAppCode ?? step.miniAppCode ?? '';
}

function flagsOf(step: StepRun): string {
	const { matcher, action } = step.runParam?.arguments ?? {};
	return Object.entries({ ...matcher, ...action })
		.map(([name, value]) => `--${name} ${value}`)
		.join(' ');
}

/** A host with its address; a pod with its namespace and node; a node. */
function placeOf(app: TargetRun): string {
	if (!app.clusterName) return [app.deviceName, app.hostIp].filter(Boolean).join(' ');
	if (!app.kubNamespace) return app.deviceName ?? '';
	return [`${app.kubNamespace}/${app.deviceName}`, app.nodeName].filter(Boolean).join(' ');
}

function targetOf(step: StepRun, app: TargetRun): Target {
	return {
		id: [app.taskId, app.appConfigurationId, app.deviceName].join(' '),
		host: placeOf(app),
		state: stateOf(app.state, app.result),
		effect: app.effect,
		verdict: app.effect?.verdict ?? 'none',
		error: app.errorMessage,
		inPlace: step.phase === 'ATTACK' && app.expId !== undefined && app.recovered === false,
		deadline: app.deadline,
	};
}

function stepOf(step: StepRun): Step {
	return {
		id: step.activityTaskId,
		name: step.miniAppName ?? codeOf(step),
		code: codeOf(step),
		phase: step.phase,
		state: stepState(step),
		retryable: step.retryable ?? false,
		error: step.errorMessage,
		start: step.startTime,
		end: step.endTime,
		flags: flagsOf(step),
		pausedUntil: step.pausedUntil,
		targets: (step.apps ?? []).map((app) => targetOf(step, app)),
	};
}

function stageOf(run: Run, asking: Step | undefined): Stage {
	if (run.state === 'FINISHED') return 'finished';
	if (run.state === 'STOPPING') return 'stopping';
	return asking ? 'waiting' : 'running';
}

export function viewOf(run: Run): View {
	const steps = (run.activities ?? []).map(stepOf);
	const asking =
		run.state === 'RUNNING' ? steps.find((step) => step.state === 'asking') : undefined;
	return {
		stage: stageOf(run, asking),
		result: run.result,
		steps,
		inPlace: steps.flatMap((step) => step.targets).filter((target) => target.inPlace).length,
		asking,
		deadline: run.deadline,
		done: steps.filter((step) => !['pending', 'running', 'asking'].includes(step.state)).length,
	};
}

/** "1:05:09" or "02:05". */
export function clockText(milliseconds: number): string {
	const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
	const two = (value: number) => String(value).padStart(2, '0');
	const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
	return h ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}
