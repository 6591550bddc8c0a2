import { describe, expect, it } from 'vitest';

import type { Parameter } from '../../api/types';
import { checkField, checkFields, fieldOf, fieldsOf, fillGrades, flagsText } from './fields';

const percent: Parameter = {
	alias: 'cpu-percent',
	description: 'share of the machine',
	type: 1,
	component: {
		type: 'number',
		required: true,
		unit: 'percent',
		constraint: { range: ['0', '100'] },
	},
};
const list: Parameter = { alias: 'cpu-list', type: 0, component: { type: 'input' } };
const mode: Parameter = {
	alias: 'mode',
	component: {
		type: 'select',
		options: [
			{ key: 'ram', value: 'ram' },
			{ key: 'cache', value: 'cache' },
		],
	},
};
const force: Parameter = {
	alias: 'force',
	component: {
		type: 'radio',
		options: [
			{ key: 'true', value: 'yes' },
			{ key: 'false', value: 'no' },
		],
	},
};

describe('fieldOf', () => {
	it('takes kind, unit and limits from the row', () => {
		expect(fieldOf(percent)).toMatchObject({
			kind: 'number',
			unit: '%',
			min: 0,
			max: 100,
			required: true,
			selects: false,
		});
		expect(fieldOf(list)).toMatchObject({ kind: 'text', selects: true, min: undefined });
		expect(fieldOf(mode).kind).toBe('select');
		expect(fieldOf(force).kind).toBe('switch');
		const remote = { ...list, functionId: 'chaos.x.y', component: { type: 'select_remote' } };
		expect(fieldOf(remote)).toMatchObject({ kind: 'remote', functionId: 'chaos.x.y' });
		expect(fieldOf({ ...list, component: { type: 'select_containers' } }).kind).toBe('containers');
	});

	it('leaves out hidden rows and the time limit', () => {
		const rows = [percent, { ...list, grade: 0 }, { alias: 'timeout' }];
		expect(fieldsOf(rows).map((field) => field.alias)).toEqual(['cpu-percent']);
	});
});

describe('checkField', () => {
	it('refuses a missing required value unless it has a default', () => {
		expect(checkField(fieldOf(percent), ' ')).toEqual({ key: 'required' });
		const withDefault = { ...percent, component: { ...percent.component!, defaultValue: '50' } };
		expect(checkField(fieldOf(withDefault), '')).toBeNull();
	});

	it('holds numbers to their limits, both ends included', () => {
		const field = fieldOf(percent);
		expect(checkField(field, '0')).toBeNull();
		expect(checkField(field, '100')).toBeNull();
		expect(checkField(field, '150')).toEqual({ key: 'between', min: 0, max: 100 });
		expect(checkField(field, '50%')).toEqual({ key: 'number' });
	});

	it('names the one limit that there is', () => {
		expect(checkField({ ...fieldOf(percent), max: undefined }, '-1')).toEqual({
			key: 'least',
			min: 0,
		});
		expect(checkField({ ...fieldOf(percent), min: undefined }, '101')).toEqual({
			key: 'most',
			max: 100,
		});
	});

	it('takes only words that are offered', () => {
		expect(checkField(fieldOf(mode), 'ram')).toBeNull();
		expect(checkField(fieldOf(mode), 'nosuch')).toEqual({ key: 'choice', choices: 'ram, cache' });
	});

	it('reports every bad field', () => {
		const errors = checkFields(fieldsOf([percent, mode]), { 'cpu-percent': 'x', mode: 'y' });
		expect(Object.keys(errors)).toEqual(['cpu-percent', 'mode']);
	});
});

describe('writing values back', () => {
	it('trims, and leaves out what is empty', () => {
		const [grade] = fillGrades([{ argumentList: [percent, list] }], {
			'cpu-percent': ' 30 ',
			'cpu-list': ' ',
		});
		expect(grade?.argumentList.map((row) => row.value)).toEqual(['30', undefined]);
	});

	it('reads as a command line', () => {
		const fields = fieldsOf([percent, list, force]);
		expect(flagsText(fields, { 'cpu-percent': '30', 'cpu-list': '', force: 'true' })).toBe(
			'--cpu-percent 30 --force',
		);
		expect(flagsText(fields, { force: 'false' })).toBe('');
	});
});
