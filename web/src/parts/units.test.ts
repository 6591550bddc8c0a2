import { describe, expect, it } from 'vitest';

import { agoText, spanText } from './units';

describe('agoText', () => {
	it('takes the largest unit that fits, in both languages', () => {
		expect(agoText('en', 0, 5_000)).toBe('5 seconds ago');
		expect(agoText('en', 0, 3_600_000 * 2)).toBe('2 hours ago');
		expect(agoText('zh', 0, 180_000)).toBe('3分钟前');
	});

	it('does not speak of the future when clocks differ', () => {
		expect(agoText('en', 5_000, 0)).toBe('0 seconds ago');
	});
});

describe('spanText', () => {
	it('is short', () => {
		expect(spanText(1_240)).toBe('1.2 s');
		expect(spanText(65_000)).toBe('1 min 5 s');
		expect(spanText(900_000)).toBe('15 min');
	});
});
