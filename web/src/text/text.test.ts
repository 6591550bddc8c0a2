import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import en from './en.json';
import zh from './zh.json';

type Tree = { [name: string]: string | Tree };

function flat(tree: Tree, path = ''): Map<string, string> {
	const rows = Object.entries(tree).flatMap(([name, value]): [string, string][] => {
		const key = path ? `${path}.${name}` : name;
		return typeof value === 'string' ? [[key, value]] : [...flat(value, key)];
	});
	return new Map(rows);
}

/** Without the endings of plural forms, which differ between languages. */
function stems(tree: Tree): string[] {
	const keys = [...flat(tree).keys()].map((key) => key.replace(/_(one|other)$/, ''));
	return [...new Set(keys)].sort();
}

function holes(text: string): string[] {
	return [...text.matchAll(/\{\{(\w+)\}\}|<(\w+)>/g)].map(([hole]) => hole).sort();
}

function sources(): string {
	const files = readdirSync('src', { recursive: true, encoding: 'utf8' });
	return files
		.filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.'))
		.map((name) => readFileSync(join('src', name), 'utf8'))
		.join('\n');
}

describe('texts', () => {
	it('are the same in both languages, sentence by sentence', () => {
		expect(stems(zh)).toEqual(stems(en));
	});

	it('have the same holes and links', () => {
		const english = flat(en);
		for (const [key, text] of flat(zh))
			expect([key, holes(text)]).toEqual([key, holes(english.get(key) ?? '')]);
	});

	it('are all in use', () => {
		const code = sources();
		const used = (key: string) =>
			code.includes(`'${key}'`) || code.includes(`\`${key.replace(/[^.]+$/, '')}\${`);
		expect(stems(en).filter((key) => !used(key))).toEqual([]);
	});

	it('hold every word: none stands in the code in another script', () => {
		const lines = sources().split('\n');
		const chinese = lines.filter((line) => /[\u4e00-\u9fff]/.test(line));
		expect(chinese.filter((line) => !line.includes('中文'))).toEqual([]);
	});
});
