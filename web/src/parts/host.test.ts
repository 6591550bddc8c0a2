import { createInstance } from 'i18next';
import { describe, expect, it } from 'vitest';

import en from '../text/en.json';
import zh from '../text/zh.json';
import { invalidText } from './host';

const words = createInstance();
await words.init({
	resources: { en: { translation: en }, zh: { translation: zh } },
	showSupportNotice: false,
});

describe('why a machine cannot be used', () => {
	const pod = { invalidCode: 'POD_NOT_RUNNING', authMessage: 'as told', podState: 'Pending' };

	it('is said in the language of the reader, with the state of the pod', () => {
		expect(invalidText(words.getFixedT('zh'), pod)).toBe('Pod 未运行（Pending）');
		expect(invalidText(words.getFixedT('en'), pod)).toBe('the pod does not run (Pending)');
	});

	it('is said as the box tells it where the reason is new to the page', () => {
		const other = { invalidCode: 'toString', authMessage: 'as told' };
		expect(invalidText(words.getFixedT('zh'), other)).toBe('as told');
	});
});
