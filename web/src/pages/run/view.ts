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
	code?: string;
	advice?: string;
	expId?: string;
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

export function timeOf(moment: number | string | undefined): number | undefined {
	if (moment === undefined) return undefined;
	const time = typeof moment === 'number' ? moment : Date.parse(moment);
	return Number.isFinite(time) ? time : undefined;
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

/** The hosts that a recovering step of this flow has already healed. */
function healedHosts(run: Run, attack: StepRun): Set<string> {
	const heals = (step: StepRun) =>
		step.phase === 'RECOVER' &&
		step.flowId === attack.flowId &&
		codeOf(step) === `${codeOf(attack)}.stop`;
	const healed = (run.activities ?? []).filter(heals).flatMap((step) => step.apps ?? []);
	return new Set(healed.filter((app) => app.result === 'SUCCESS').map((app) => app.hostIp ?? ''));
}

function targetOf(run: Run, step: StepRun, app: TargetRun, healed: Set<string>): Target {
	const bites = step.phase === 'ATTACK' && app.state === 'FINISHED' && app.result === 'SUCCESS';
	return {
		id: app.taskId,
		host: [app.deviceName, app.hostIp].filter(Boolean).join(' '),
		state: stateOf(app.state, app.result),
		effect: app.effect,
		verdict: app.effect?.verdict ?? 'none',
		error: app.errorMessage,
		code: app.errorCode,
		advice: app.solution,
		expId: app.expId,
		inPlace: run.state !== 'FINISHED' && (app.inPlace ?? (bites && !healed.has(app.hostIp ?? ''))),
		deadline: timeOf(app.deadline),
	};
}

function stepOf(run: Run, step: StepRun): Step {
	const healed = healedHosts(run, step);
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
		targets: (step.apps ?? []).map((app) => targetOf(run, step, app, healed)),
	};
}

function stageOf(run: Run, asking: Step | undefined): Stage {
	if (run.state === 'FINISHED') return 'finished';
	if (run.state === 'STOPPING') return 'stopping';
	return asking ? 'waiting' : 'running';
}

function deadlineOf(run: Run, steps: Step[]): number | undefined {
	const own = timeOf(run.deadline);
	if (own !== undefined) return own;
	if (run.duration && run.startTime) return run.startTime + run.duration * 1000;
	const all = steps.flatMap((step) => step.targets.flatMap(({ deadline }) => deadline ?? []));
	return all.length ? Math.max(...all) : undefined;
}

export function viewOf(run: Run): View {
	const steps = (run.activities ?? []).map((step) => stepOf(run, step));
	const asking =
		run.state === 'RUNNING' ? steps.find((step) => step.state === 'asking') : undefined;
	return {
		stage: stageOf(run, asking),
		result: run.result,
		steps,
		inPlace: steps.flatMap((step) => step.targets).filter((target) => target.inPlace).length,
		asking,
		deadline: deadlineOf(run, steps),
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
