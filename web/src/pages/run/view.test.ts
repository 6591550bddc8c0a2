import { describe, expect, it } from 'vitest';

import type { Run, StepRun, TargetRun } from '../../api/types';
import { clockText, viewOf } from './view';

const START = Date.UTC(2026, 0, 1);

function target(more: Partial<TargetRun> = {}): TargetRun {
	return { taskId: 'm1', state: 'FINISHED', result: 'SUCCESS', hostIp: '10.0.0.5', ...more };
}

function step(more: Partial<StepRun> = {}): StepRun {
	return {
		activityTaskId: 'a1',
		executableAppCode: 'chaos.cpu.fullload',
		miniAppName: 'CPU',
		phase: 'ATTACK',
		flowId: 'f1',
		state: 'FINISHED',
		runResult: 'SUCCESS',
		apps: [target()],
		...more,
	};
}

function recovery(more: Partial<StepRun> = {}): StepRun {
	return step({
		activityTaskId: 'a2',
		executableAppCode: 'chaos.cpu.fullload.stop',
		phase: 'RECOVER',
		state: 'READY',
		runResult: undefined,
		apps: [target({ taskId: 'm2', state: 'READY', result: undefined })],
		...more,
	});
}

function run(activities: StepRun[], more: Partial<Run> = {}): Run {
	return {
		taskId: 't1',
		experimentId: 'e1',
		state: 'RUNNING',
		startTime: START,
		activities,
		...more,
	};
}

describe('viewOf', () => {
	it('waits for a person while a step asks, and names the step', () => {
		const view = viewOf(run([step({ userCheckState: 'USER_CHECK_STATE_WAITING' }), recovery()]));
		expect(view.stage).toBe('waiting');
		expect(view.asking?.id).toBe('a1');
		expect(view.done).toBe(0);
	});

	it('counts targets under a fault until they are healed', () => {
		const attack = step({
			apps: [target(), target({ taskId: 'm3', hostIp: '10.0.0.6' })],
		});
		expect(viewOf(run([attack, recovery()])).inPlace).toBe(2);
		const healing = recovery({ state: 'RUNNING', apps: [target({ taskId: 'm2' })] });
		expect(viewOf(run([attack, healing])).inPlace).toBe(1);
	});

	it('does not take another flow for the one that heals', () => {
		const other = recovery({ flowId: 'f2', state: 'FINISHED', apps: [target({ taskId: 'm2' })] });
		expect(viewOf(run([step(), other])).inPlace).toBe(1);
	});

	it('has nothing in place when the attack failed or the run is over', () => {
		const failed = step({ runResult: 'FAILED', apps: [target({ result: 'FAILED' })] });
		expect(viewOf(run([failed, recovery()])).inPlace).toBe(0);
		expect(viewOf(run([step()], { state: 'FINISHED' })).inPlace).toBe(0);
	});

	it('believes the box when it says what is in place', () => {
		expect(viewOf(run([step({ apps: [target({ inPlace: false })] })])).inPlace).toBe(0);
	});

	it('tells failed from skipped', () => {
		const states = viewOf(
			run([
				step({ runResult: 'FAILED' }),
				step({ runResult: 'REJECTED' }),
				step({ state: 'RUNNING', runResult: undefined }),
			]),
		).steps.map(({ state }) => state);
		expect(states).toEqual(['failed', 'skipped', 'running']);
	});

	it('is stopping while the box takes things back', () => {
		expect(viewOf(run([step()], { state: 'STOPPING' })).stage).toBe('stopping');
	});

	it('reads the deadline from the run, else from its duration, else from the targets', () => {
		const at = new Date(START + 60_000).toISOString();
		expect(viewOf(run([], { deadline: at })).deadline).toBe(START + 60_000);
		expect(viewOf(run([], { duration: 30 })).deadline).toBe(START + 30_000);
		expect(viewOf(run([step({ apps: [target({ deadline: at })] })])).deadline).toBe(START + 60_000);
		expect(viewOf(run([step()])).deadline).toBeUndefined();
	});

	it('carries the measured effect', () => {
		const effect = { verdict: 'partial', requested: 50, measured: 31, unit: 'percent' } as const;
		const [first] = viewOf(run([step({ apps: [target({ effect })] })])).steps;
		expect(first?.targets[0]).toMatchObject({ verdict: 'partial', effect });
	});
});

describe('clockText', () => {
	it('shows minutes and seconds, hours only when there are any, and never less than nothing', () => {
		expect(clockText(125_000)).toBe('02:05');
		expect(clockText(3_909_000)).toBe('1:05:09');
		expect(clockText(-5)).toBe('00:00');
	});
});
