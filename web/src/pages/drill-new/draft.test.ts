import { describe, expect, it } from 'vitest';

import { hostName } from '../../parts/host';
import {
	changeTargets,
	containersOf,
	definitionOf,
	EMPTY,
	stepError,
	type Draft,
	type DraftFault,
} from './draft';

function fault(code: string, value = '30'): DraftFault {
	return {
		key: code,
		code,
		name: code,
		flow: {
			attack: [
				{
					app_code: code,
					user_check: true,
					arguments: [
						{
							argumentList: [
								{
									alias: 'percent',
									component: {
										type: 'number',
										required: true,
										constraint: { range: ['0', '100'] },
									},
								},
							],
						},
					],
				},
			],
			recover: [{ app_code: `${code}.stop`, user_check: true }],
		},
		values: { percent: value },
	};
}

const draft: Draft = {
	...EMPTY,
	name: 'A drill',
	hosts: [{ deviceConfigurationId: 'c1', ip: '10.0.0.5' }],
	faults: [fault('one'), fault('two')],
};

function attacks(given: Draft) {
	return definitionOf(given).flowGroups[0]!.flows.map((flow) => flow.attack![0]!);
}

describe('definitionOf', () => {
	it('makes a flow of each fault, in order, with the values written in', () => {
		const [group] = definitionOf(draft).flowGroups;
		expect(group?.flows.map(({ name, order }) => [name, order])).toEqual([
			['one', 0],
			['two', 1],
		]);
		expect(group?.flows[0]?.attack?.[0]?.arguments?.[0]?.argumentList[0]?.value).toBe('30');
		expect(group?.hosts).toEqual(draft.hosts);
	});

	it('asks a person after each attack of a row, never after a recovery', () => {
		expect(attacks(draft).map((attack) => attack.user_check)).toEqual([true, true]);
		const [flow] = definitionOf(draft).flowGroups[0]!.flows;
		expect(flow?.recover?.[0]?.user_check).toBe(false);
	});

	it('asks once, when all stand, when they run side by side', () => {
		const together = attacks({ ...draft, runMode: 'PHASE' });
		expect(together.map((attack) => attack.user_check)).toEqual([false, true]);
	});

	it('holds by itself when no person is asked', () => {
		const alone = { ...draft, userCheck: false, hold: 20 };
		expect(attacks(alone).map((attack) => attack.pauses?.after)).toEqual([20_000, 20_000]);
		expect(attacks({ ...alone, runMode: 'PHASE' }).map((attack) => attack.pauses?.after)).toEqual([
			0, 20_000,
		]);
		expect(attacks(alone).some((attack) => attack.user_check)).toBe(false);
	});

	it('names the application only when hosts were chosen by it', () => {
		const chosen = { ...draft, appId: '7', appName: 'shop', appGroups: ['g'] };
		expect(definitionOf(chosen).flowGroups[0]?.appId).toBeUndefined();
		expect(definitionOf({ ...chosen, by: 'application' }).flowGroups[0]).toMatchObject({
			appId: '7',
			appName: 'shop',
			appGroups: ['g'],
		});
	});
});

describe('pods', () => {
	const pod = { deviceConfigurationId: 'p1', hostName: 'web-0', kubNamespace: 'shop' };

	it('are a group of their kind, and lose what was chosen for hosts', () => {
		const on = { ...draft, ...changeTargets('pods') };
		expect([on.hosts, on.faults, on.scope]).toEqual([[], [], 'pod']);
		expect(definitionOf(on).flowGroups[0]?.scopeType).toBe(2);
		expect(definitionOf(draft).flowGroups[0]?.scopeType).toBe(0);
	});

	it('are named with their namespace', () => {
		expect(hostName(pod)).toBe('shop/web-0');
	});

	it('offer each container once', () => {
		const pods = [{ ...pod, containers: ['app', 'proxy'] }, pod, { containers: ['app', 'log'] }];
		expect(containersOf(pods)).toEqual(['app', 'log', 'proxy']);
	});
});

describe('stepError', () => {
	it('lets a good draft pass every step', () => {
		expect([0, 1, 2].map((step) => stepError(draft, step))).toEqual([null, null, null]);
	});

	it('says what is missing', () => {
		expect(stepError(EMPTY, 0)).toBe('noHosts');
		expect(stepError(EMPTY, 1)).toBe('noFaults');
		expect(stepError({ ...draft, faults: [fault('one', '150')] }, 1)).toBe('badParameters');
		expect(stepError({ ...draft, name: ' ' }, 2)).toBe('noName');
		expect(stepError({ ...draft, duration: 5 }, 2)).toBe('badDuration');
		expect(stepError({ ...draft, duration: NaN }, 2)).toBe('badDuration');
		expect(stepError({ ...draft, userCheck: false, hold: 0 }, 2)).toBe('badHold');
	});

	it('does not let a plan outlast the time after which all is taken back', () => {
		const alone = { ...draft, userCheck: false, hold: 30, duration: 60 };
		expect(stepError(alone, 2)).toBe('holdTooLong');
		expect(stepError({ ...alone, runMode: 'PHASE' }, 2)).toBeNull();
	});
});
