// From a fault's parameter rows to the fields of a form and back. Values are text, as in an order.
import type { Activity, ArgumentGrade, Parameter } from '../../api/types';
import { unitText } from '../units';

export type FieldKind = 'text' | 'number' | 'switch' | 'select' | 'remote' | 'containers';

export interface Field {
	alias: string;
	help: string;
	kind: FieldKind;
	required: boolean;
	/** Selects what is hit; the others say how. */
	selects: boolean;
	unit?: string;
	min?: number;
	max?: number;
	fallback?: string;
	options: { value: string; label: string }[];
	/** The fault whose machine can list values, of a remote field. */
	functionId: string;
}

export type Values = Record<string, string>;

export type FieldError =
	| { key: 'required' }
	| { key: 'number' }
	| { key: 'between'; min: number; max: number }
	| { key: 'least'; min: number }
	| { key: 'most'; max: number }
	| { key: 'choice'; choices: string };

function limit(text: string | undefined): number | undefined {
	if (text === undefined || text.trim() === '') return undefined;
	const number = Number(text);
	return Number.isFinite(number) ? number : undefined;
}

function isFlag(row: Parameter): boolean {
	const options = row.component?.options ?? [];
	return options.length === 2 && options.every(({ key }) => key === 'true' || key === 'false');
}

function kindOf(row: Parameter): FieldKind {
	const type = row.component?.type ?? 'input';
	if (type === 'number') return 'number';
	if (type === 'select_remote') return 'remote';
	if (type === 'select_containers') return 'containers';
	if (type === 'switch' || type === 'checkbox' || isFlag(row)) return 'switch';
	return row.component?.options?.length ? 'select' : 'text';
}

export function fieldOf(row: Parameter): Field {
	const range = row.component?.constraint?.range ?? [];
	return {
		alias: row.alias,
		help: row.description || row.name || '',
		kind: kindOf(row),
		required: row.component?.required ?? false,
		selects: row.type === 0,
		unit: unitText(row.unit || row.component?.unit) || undefined,
		min: limit(range[0]),
		max: limit(range[1]),
		fallback: row.component?.defaultValue || undefined,
		options: (row.component?.options ?? []).map(({ key, value }) => ({
			value: key,
			label: value || key,
		})),
		functionId: row.functionId ?? '',
	};
}

/** The fields that a person fills: the box takes the time limit from the drill's duration. */
export function fieldsOf(rows: Parameter[]): Field[] {
	return rows.filter((row) => row.grade !== 0 && row.alias !== 'timeout').map(fieldOf);
}

export function rowsOf(activity: Activity): Parameter[] {
	return (activity.arguments ?? []).flatMap((grade) => grade.argumentList);
}

function checkNumber({ min, max }: Field, text: string): FieldError | null {
	const number = Number(text);
	if (!Number.isFinite(number)) return { key: 'number' };
	const low = min !== undefined && number < min;
	const high = max !== undefined && number > max;
	if (!low && !high) return null;
	if (min !== undefined && max !== undefined) return { key: 'between', min, max };
	return min !== undefined ? { key: 'least', min } : { key: 'most', max: max ?? 0 };
}

/** What is wrong with the text of a field, or null. The box judges the rest (ranges, networks). */
export function checkField(field: Field, text: string | undefined): FieldError | null {
	const value = text?.trim() ?? '';
	if (value === '') return field.required && !field.fallback ? { key: 'required' } : null;
	if (field.kind === 'number') return checkNumber(field, value);
	if (field.kind === 'select' && !field.options.some((option) => option.value === value))
		return { key: 'choice', choices: field.options.map((option) => option.value).join(', ') };
	return null;
}

export function checkFields(fields: Field[], values: Values): Record<string, FieldError> {
	const errors: Record<string, FieldError> = {};
	for (const field of fields) {
		const error = checkField(field, values[field.alias]);
		if (error) errors[field.alias] = error;
	}
	return errors;
}

/** The values that a drill's activity carries already. */
export function valuesOf(rows: Parameter[]): Values {
	return Object.fromEntries(
		rows.flatMap((row) => (row.value ? [[row.alias, row.value] as const] : [])),
	);
}

/** The grades with the values written in; what a person left empty stays out of the order. */
export function fillGrades(grades: ArgumentGrade[], values: Values): ArgumentGrade[] {
	return grades.map((grade) => ({
		...grade,
		argumentList: grade.argumentList.map((row) => {
			const value = values[row.alias]?.trim();
			return { ...row, value: value || undefined };
		}),
	}));
}

/** "--time 100 --interface eth0": how the order reads on a command line. */
export function flagsText(fields: Field[], values: Values): string {
	return fields
		.flatMap(({ alias, kind }) => {
			const value = values[alias]?.trim();
			if (!value || (kind === 'switch' && value === 'false')) return [];
			return [kind === 'switch' ? `--${alias}` : `--${alias} ${value}`];
		})
		.join(' ');
}
