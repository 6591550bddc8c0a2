// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';

import { groupFaults, matches, scopeOf } from './use-catalogue';

const cpu = { functionId: '1', code: 'chaos.cpu.fullload', name: 'CPU load', categoryIds: ['c'] };
const odd = { functionId: '2', code: 'chaos.odd.one', name: 'Odd', categoryIds: ['gone'] };

describe('groupFaults', () => {
	it('puts faults under the leaves of the tree and drops empty groups', () => {
		const tree = [
			{ categoryId: 'r', name: 'System', children: [{ categoryId: 'c', name: 'CPU' }] },
			{ categoryId: 'm', name: 'Memory' },
		];
		expect(groupFaults(tree, [cpu]).map(({ category }) => category.name)).toEqual(['CPU']);
	});

	it('loses no fault whose category the tree does not have', () => {
		expect(groupFaults([], [odd])[0]?.faults).toEqual([odd]);
	});
});

describe('scopeOf', () => {
	it('reads the scope out of a code', () => {
		const codes = ['chaos.cpu.fullload', 'chaos.pod-cpu.fullload', 'chaos.node-network.delay'];
		expect(codes.map(scopeOf)).toEqual(['host', 'pod', 'node']);
		expect(scopeOf('')).toBe('host');
	});
});

describe('matches', () => {
	it('wants every word, in any case', () => {
		expect(matches(cpu, 'LOAD cpu')).toBe(true);
		expect(matches(cpu, 'cpu network')).toBe(false);
		expect(matches(cpu, '')).toBe(true);
	});
});
