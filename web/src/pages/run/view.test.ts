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

	it('counts targets under a fault until they are seen to be healed', () => {
		const there = target({ expId: 'a', recovered: false });
		const gone = target({ expId: 'b', recovered: true });
		expect(viewOf(run([step({ apps: [there, gone] }), recovery()])).inPlace).toBe(1);
		expect(viewOf(run([step({ apps: [gone, gone] })])).inPlace).toBe(0);
	});

	it('tells the pods of one order apart, with namespace and node', () => {
		const pod = { clusterName: 'lane', kubNamespace: 'shop', nodeName: 'n1', hostIp: '10.1.0.7' };
		const apps = [target({ ...pod, deviceName: 'web-0' }), target({ ...pod, deviceName: 'web-1' })];
		const { targets } = viewOf(run([step({ apps })])).steps[0]!;
		expect(targets.map(({ host }) => host)).toEqual(['shop/web-0 n1', 'shop/web-1 n1']);
		expect(new Set(targets.map(({ id }) => id)).size).toBe(2);
		const node = target({ clusterName: 'lane', deviceName: 'n1', nodeName: 'n1', hostIp: '' });
		expect(viewOf(run([step({ apps: [node] })])).steps[0]?.targets[0]?.host).toBe('n1');
	});

	it('counts a fault once, not for its recovery again', () => {
		const there = target({ expId: 'a', recovered: false });
		expect(viewOf(run([step({ apps: [there] }), recovery({ apps: [there] })])).inPlace).toBe(1);
	});

	it('goes on counting what an ended run has left behind', () => {
		const attack = step({ apps: [target({ expId: 'a', recovered: false })] });
		expect(viewOf(run([attack], { state: 'FINISHED' }))).toMatchObject({
			stage: 'finished',
			inPlace: 1,
		});
	});

	it('has nothing in place where nothing was sent', () => {
		expect(viewOf(run([step({ apps: [target({ result: 'FAILED' })] })])).inPlace).toBe(0);
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
